import ZzzAppABI
import ZzzRouter

/// One route of a site: what a request must look like, and the C function that answers it.
///
/// The function and its context belong to whoever made the route, and live as long as the site's `owner`.
public struct Route: @unchecked Sendable {
    // @unchecked: `user` is only handed back to `handler`, whose owner says which threads may call it (the loops').
    public let methods: MethodSet
    public let pattern: RoutePattern
    /// Narrows the route to some of the site's hosts; nil for all of them.
    public let host: HostPattern?
    /// Where the route is written, for messages: `Sources/App/Routes.swift:12`.
    public let source: String
    /// For people and metrics; empty when the app gave none.
    public let name: String
    public let handler: zzz_handler
    public let user: UnsafeMutableRawPointer?
    /// The handler is called when the head has arrived, and reads the body itself.
    public let streamsBody: Bool
    /// The same for multipart bodies alone.
    public let streamsMultipart: Bool
    /// The largest request body in bytes; nil for the site's.
    public let bodyLimitBytes: Int?
    /// The largest multipart body that is streamed; nil for the same as others.
    public let multipartLimitBytes: Int?
    /// How long the handler may take to begin its response; nil for the site's.
    public let requestTimeoutMilliseconds: UInt64?

    public init(
        methods: MethodSet, pattern: RoutePattern, host: HostPattern? = nil, source: String, name: String = "",
        handler: @escaping zzz_handler, user: UnsafeMutableRawPointer?, streamsBody: Bool = false,
        streamsMultipart: Bool = false, bodyLimitBytes: Int? = nil, multipartLimitBytes: Int? = nil,
        requestTimeoutMilliseconds: UInt64? = nil
    ) {
        self.methods = methods
        self.pattern = pattern
        self.host = host
        self.source = source
        self.name = name
        self.handler = handler
        self.user = user
        self.streamsBody = streamsBody
        self.streamsMultipart = streamsMultipart
        self.bodyLimitBytes = bodyLimitBytes
        self.multipartLimitBytes = multipartLimitBytes
        self.requestTimeoutMilliseconds = requestTimeoutMilliseconds
    }
}

/// A handler outside the route table: what renders 404 and 405 for a site.
public struct UnmatchedHandler: @unchecked Sendable {
    // @unchecked: as for Route.
    public let handler: zzz_handler
    public let user: UnsafeMutableRawPointer?

    public init(handler: @escaping zzz_handler, user: UnsafeMutableRawPointer?) {
        self.handler = handler
        self.user = user
    }
}
