import ZzzJSON

/// Messages for the next page that a browser asks for, such as "Saved." after a form was sent. They are in a cookie
/// beside that of ``Session``, and are gone with the next response of a route behind it, whether it has shown them or
/// not.
///
/// ```swift
/// post("/posts") { context in
///     context.flash.info = "The post was saved."
///     try context.redirect(to: "/posts")
/// }
/// get("/posts") { context in .html("<p>\(context.flash.info ?? "")</p>") }
/// ```
public struct Flash {
    let context: Context

    /// What a message is about.
    public struct Kind: Hashable, Sendable, ExpressibleByStringLiteral {
        public let name: String

        public init(stringLiteral name: String) { self.name = name }

        public static let info: Kind = "info"
        public static let error: Kind = "error"
    }

    /// Reading: the message for this request's page. Setting: the message for the next one's.
    public subscript(kind: Kind) -> String? {
        get { state?.flash.shown[kind.name]?.stringValue }
        nonmutating set { change { $0.next[kind.name] = newValue.map { .string($0) } } }
    }

    /// What went well.
    public var info: String? {
        get { self[.info] }
        nonmutating set { self[.info] = newValue }
    }

    /// What went wrong.
    public var error: String? {
        get { self[.error] }
        nonmutating set { self[.error] = newValue }
    }

    /// A message for the page of this request itself, and not for the next.
    public func now(_ kind: Kind, _ text: String) { change { $0.shown[kind.name] = .string(text) } }

    /// Lets the messages of this request be those of the next one too, for an answer that is another redirect.
    public func keep() {
        change { messages in
            for (kind, text) in messages.shown where messages.next[kind] == nil { messages.next[kind] = text }
        }
    }

    /// All messages for this request's page.
    public var messages: [(kind: Kind, text: String)] {
        state?.flash.shown.map { (Kind(stringLiteral: $0), $1.stringValue ?? "") } ?? []
    }

    private var state: SessionState? { context.readFlash() }

    private func change(_ body: (inout FlashMessages) -> Void) {
        guard let state else { return }
        guard context.phase == .open || context.phase == .preparing else {
            return context.log.error("\(context.endpoint.source): a flash message after the response was made")
        }
        body(&state.flash)
    }
}

/// The messages of one request.
struct FlashMessages {
    var isRead = false
    /// For this request's page.
    var shown = JSONObject()
    /// For the next one's.
    var next = JSONObject()
}

extension Context {
    /// Messages for the page of this request and for the next one. They need ``Session``.
    public var flash: Flash { Flash(context: self) }

    /// How long messages wait for their page.
    private static let flashSeconds: Int64 = 3600

    fileprivate func readFlash() -> SessionState? {
        guard let state = sessionState else {
            log.error("\(endpoint.source): there is no Session in the route's pipelines")
            return nil
        }
        guard !state.flash.isRead else { return state }
        state.flash.isRead = true
        do {
            let cookies = ProtectedCookies(context: self, protection: flashProtection(state))
            let name = state.settings.cookies(for: instance).flash.name
            for case .bytes(let bytes) in try cookies.contents(of: name) {
                state.flash.shown = try JSONValue(parsing: Array(bytes)).objectValue ?? JSONObject()
                break
            }
        } catch {
            log.error("\(endpoint.source): the flash messages cannot be read: \(error)")
        }
        return state
    }

    /// Sets the cookie for the next request, or removes the one that this request has brought.
    func setFlashCookie(_ state: SessionState) throws {
        let cookie = state.settings.cookies(for: instance).flash
        if !state.flash.next.isEmpty {
            try setCookie(
                cookie, flashProtection(state), bytes: JSONValue.object(state.flash.next).serialized(),
                expiresAtSeconds: instance.clock.seconds() + Self.flashSeconds)
        } else if cookies.contains(cookie.name) {
            try deleteCookie(like: cookie)
        }
    }

    private func flashProtection(_ state: SessionState) -> Cookie.Protection {
        state.settings.protection ?? .encrypted
    }
}
