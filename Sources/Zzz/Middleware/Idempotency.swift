/// Lets a client repeat a request that must not be done twice (draft-ietf-httpapi-idempotency-key-header-07): the first
/// response to an `Idempotency-Key` is kept in the daemon's ``Store`` and given again to whoever repeats the request,
/// with `Idempotent-Replayed: true`.
///
/// ```swift
/// post("/payments", through: [Pipeline { Idempotency(isRequired: true) }]) { context in ... }
/// ```
/// | the key was used | the answer |
/// |---|---|
/// | never | the handler's |
/// | by a request that is not answered yet | 409, with Retry-After |
/// | by a request with another method, target or body | 422 |
/// | by this request | that request's response |
///
/// Put it behind what authenticates, and behind ``RateLimit``. Responses that say that nothing was done are not kept,
/// so that the request can be tried again: 5xx, 401, 403, 408, 409, 425 and 429. A response that is streamed, a file,
/// or too large for the store cannot be given again: who repeats such a request gets 409. The store is a cache: what
/// must never be done twice needs a unique key in the database as well.
public struct Idempotency: Middleware {
    private let header: String
    private let isRequired: Bool
    private let methods: Set<Method>
    private let scope: RequestKey
    private let expiresIn: Duration
    private let pendingFor: Duration
    private let documentation: String?
    private let keeps: @Sendable (Status) -> Bool

    /// - Parameters:
    ///   - header: the field with the key.
    ///   - isRequired: whether a request without a key is refused with 400.
    ///   - methods: the methods that a key counts for.
    ///   - scope: whose keys they are: nobody is given a response of somebody else's.
    ///   - expiresIn: how long a response is kept.
    ///   - pendingFor: how long a request may take; longer than the routes' timeout. A handler that has crashed keeps
    ///     its key so long.
    ///   - documentation: the address of a page about keys, for a Link field with refusals.
    ///   - keeps: which responses are given again.
    public init(
        header: String = "Idempotency-Key", isRequired: Bool = false, methods: Set<Method> = [.post, .patch],
        scope: RequestKey = .header("Authorization"), expiresIn: Duration = .seconds(86_400),
        pendingFor: Duration = .seconds(120), documentation: String? = nil,
        keeps: @escaping @Sendable (Status) -> Bool = { Idempotency.isFinal($0) }
    ) {
        self.header = header
        self.isRequired = isRequired
        self.methods = methods
        self.scope = scope
        self.expiresIn = expiresIn
        self.pendingFor = pendingFor
        self.documentation = documentation
        self.keeps = keeps
    }

    /// Whether a response is the end of the matter: all but 5xx, 401, 403, 408, 409, 425 and 429.
    public static func isFinal(_ status: Status) -> Bool {
        status.rawValue < 500 && ![401, 403, 408, 409, 425, 429].contains(status.rawValue)
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        guard expiresIn >= .milliseconds(1), pendingFor >= .milliseconds(1) else {
            throw StartupError("responses are kept for \(expiresIn), and requests may take \(pendingFor)")
        }
        _ = try Store.process.table
    }

    public func call(_ context: Context) throws -> Next {
        guard methods.contains(context.method), let scope = try scope.text(context) else { return .next }
        guard let key = try key(context) else {
            guard isRequired else { return .next }
            throw refusal(.badRequest, "This request needs an \(header) field.")
        }
        let crypto = context.crypto
        let place = try "idempotency/" + crypto.digest(.sha256, "\(scope)\n\(key)").hexadecimal
        let fingerprint = try fingerprint(context)
        // Twice: what was there may end between the two looks.
        for _ in 0..<2 {
            let pending = KeptResponse(fingerprint: fingerprint, state: .pending)
            if let version = try context.store.put(
                place, pending.bytes, expiresIn: pendingFor, ifVersion: Store.absent)
            {
                keepResponse(of: context, IdempotentRequest(place, version, fingerprint))
                return .next
            }
            if let entry = try context.store.get(place) { return try repeated(entry, fingerprint, context) }
        }
        throw inProgress
    }

    // MARK: The request

    /// The key of the one field: a String (RFC 9651 section 3.3.3), or its characters without quotes, as many clients
    /// send it. Nil without one.
    private func key(_ context: Context) throws -> String? {
        let lines = context.headers.all(header)
        guard let line = lines.first else { return nil }
        guard lines.count == 1, let key = Self.key(line) else {
            throw refusal(.badRequest, "The \(header) field must be one string of 1 to 255 visible characters.")
        }
        return key
    }

    static func key(_ line: String) -> String? {
        guard line.utf8.first == UInt8(ascii: "\"") else {
            let isPlain = line.utf8.allSatisfy { 0x21..<0x7F ~= $0 && !"\",;\\".utf8.contains($0) }
            return isPlain && 1...255 ~= line.utf8.count ? line : nil
        }
        var key: [UInt8] = []
        var rest = line.utf8.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                return rest.isEmpty && 1...255 ~= key.count ? String(decoding: key, as: UTF8.self) : nil
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), "\"\\".utf8.contains(escaped) else { return nil }
                key.append(escaped)
            case 0x20..<0x7F: key.append(byte)
            default: return nil
            }
        }
        return nil
    }

    /// What the request is: method, target and body, or the body's announced type and length where it is read as a
    /// stream.
    private func fingerprint(_ context: Context) throws -> [UInt8] {
        var text = Array("\(context.methodName) \(context.authority) \(context.rawTarget)\n".utf8)
        if context.isBodyWhole {
            text += context.body
        } else {
            text += "\(context.headers["content-type"] ?? "") \(context.contentLength ?? -1)".utf8
        }
        return try context.crypto.digest(.sha256, text)
    }

    // MARK: The answer

    private func repeated(_ entry: Store.Entry, _ fingerprint: [UInt8], _ context: Context) throws -> Next {
        guard let kept = KeptResponse(entry.value) else { throw inProgress }
        guard ConstantTime.equal(fingerprint, kept.fingerprint) else {
            throw refusal(.unprocessableContent, "This \(header) was used for another request.")
        }
        switch kept.state {
        case .pending:
            throw inProgress
        case .unrepeatable:
            throw refusal(.conflict, "This request was answered, and its response cannot be given again.")
        case .answered(let answer):
            context.setHeader("Idempotent-Replayed", "true")
            try context.respond(
                Response(
                    status: Status(rawValue: answer.status), contentType: answer.contentType,
                    headers: answer.fields.map { ($0.name, $0.value) }, body: .bytes(answer.body)))
            return .halt
        }
    }

    private var inProgress: Abort {
        var abort = refusal(.conflict, "A request with this \(header) is being handled.")
        abort.headers.append(("Retry-After", "1"))
        return abort
    }

    private func refusal(_ status: Status, _ message: String) -> Abort {
        Abort(
            status, message,
            headers: documentation.map { [("Link", "<\($0)>; rel=\"describedby\"; type=\"text/html\"")] } ?? [])
    }

    private func keepResponse(of context: Context, _ request: IdempotentRequest) {
        // What others have set before is theirs to set again.
        let fieldsBefore = context.fields.all
        let expiresIn = expiresIn
        context.beforeSend { [keeps] context in
            if keeps(context.status) {
                request.keep(context, except: fieldsBefore, expiresIn: expiresIn)
            } else {
                request.forget(context)
            }
        }
        // Nobody has answered: the client has left, or the handler was cancelled.
        context.onEnd { if !request.isAnswered { request.forget($0) } }
    }
}
