/// A response as a value, for handlers and functions that would rather return one than answer through the context.
///
/// ```swift
/// post("/posts") { context in
///     let post = try posts.create(context.json(Draft.self))
///     return try Response.json(post, status: .created).header("Location", "/posts/\(post.id)")
/// }
/// ```
public struct Response: Answer, Sendable {
    /// What a response carries.
    public enum Body: Sendable {
        case none
        case text(String)
        case bytes([UInt8])
        /// A file's path: see ``Context/sendFile(_:contentType:)``.
        case file(String)
    }

    public var status: Status
    /// Fields beside Content-Type.
    public var headers: [(name: String, value: String)]
    /// "" for none.
    public var contentType: String
    public var body: Body

    public init(
        status: Status = .ok, contentType: String = "", headers: [(name: String, value: String)] = [],
        body: Body = .none
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// The response with one more field.
    public func header(_ name: String, _ value: String) -> Response {
        var response = self
        response.headers.append((name, value))
        return response
    }

    public func answer(_ context: Context) throws {
        context.status = status
        for (name, value) in headers { context.addHeader(name, value) }
        switch body {
        case .none:
            contentType.withBytes { context.send(.empty, type: $0) }
        case .text(let text):
            text.withBytes { text in contentType.withBytes { context.send(text, type: $0) } }
        case .bytes(let bytes):
            context.send(bytes, contentType: contentType)
        case .file(let path):
            try context.sendFile(path, contentType: contentType.isEmpty ? nil : contentType)
        }
    }
}

extension Answer where Self == Response {
    /// Text, as `text/plain; charset=utf-8`.
    public static func text(_ text: String, status: Status = .ok) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", body: .text(text))
    }

    /// HTML, as `text/html; charset=utf-8`. The text is sent as it is: escape what users wrote.
    public static func html(_ html: String, status: Status = .ok) -> Response {
        Response(status: status, contentType: "text/html; charset=utf-8", body: .text(html))
    }

    /// No body: 204.
    public static func noContent() -> Response { Response(status: .noContent) }

    /// A file.
    public static func file(_ path: String, contentType: String? = nil) -> Response {
        Response(contentType: contentType ?? "", body: .file(path))
    }

    /// A redirect: see ``Context/redirect(to:status:external:)``.
    public static func redirect(to target: String, status: Status = .found, external: Bool = false) throws -> Response {
        Response(status: status, headers: [("Location", try checkedLocation(target, external: external))])
    }
}
