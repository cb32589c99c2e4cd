/// Gives each request an id, in ``Context/requestID``, in the log and in the response.
///
/// One that came with the request is kept, so that a request can be followed through several servers, when it has 20 to
/// 200 characters out of letters, digits and `-._~+/=:`.
public struct RequestID: Middleware {
    private let header: String
    private let acceptsIncoming: Bool
    private let isSent: Bool
    private let generate: @Sendable () -> String

    /// - Parameters:
    ///   - header: the field that it comes and goes in.
    ///   - acceptsIncoming: whether an id that came with the request is kept.
    ///   - isSent: whether the response carries it.
    ///   - generate: makes a new one; 32 random hexadecimal digits by default.
    public init(
        header: String = "X-Request-Id", acceptsIncoming: Bool = true, isSent: Bool = true,
        generate: @escaping @Sendable () -> String = { RandomText.hexadecimal(bytes: 16) }
    ) {
        self.header = header
        self.acceptsIncoming = acceptsIncoming
        self.isSent = isSent
        self.generate = generate
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if !header.isToken { throw StartupError("\"\(header)\" is no name of a field") }
    }

    public func call(_ context: Context) throws -> Next {
        let incoming = acceptsIncoming ? context.headers[header].flatMap { Self.isValid($0) ? $0 : nil } : nil
        let id = incoming ?? generate()
        context.assigns[Key.self] = id
        if isSent { context.beforeSend { [header] in $0.setHeader(header, id) } }
        return .next
    }

    enum Key: AssignKey { typealias Value = String }

    private static func isValid(_ id: String) -> Bool {
        (20...200).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case _: "-._~+/=:".utf8.contains(byte)
                }
            }
    }
}

extension Context {
    /// The request's id, when ``RequestID`` has run.
    public var requestID: String? { isTouched ? assigns[RequestID.Key.self] : nil }
}
