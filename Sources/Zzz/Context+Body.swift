import ZzzAppABI

extension Context {
    /// The request's body. Empty on a route with `streamBody: true`, where ``bodyStream`` brings it.
    public var body: [UInt8] { wholeBody.array }

    /// The request's body as text, with U+FFFD for what is not UTF-8.
    public var bodyText: String { wholeBody.string }

    /// The size of the body as announced or received, in bytes; nil when it is chunked and not yet here.
    public var contentLength: Int? {
        let length = head.pointee.content_length
        return length < 0 ? nil : Int(length)
    }

    /// Calls `work` with the request's body, where the host keeps it: no copy.
    public func withBody<Result>(_ work: (RawSpan) throws -> Result) rethrows -> Result {
        try work(wholeBody.buffer.bytes)
    }

    /// The host's slice. Asking on a streaming route is a mistake that the log is told about.
    var wholeBody: zzz_bytes {
        if head.pointee.flags & UInt16(ZZZ_REQUEST_BODY_COMPLETE) == 0, phase != .ended {
            log.error("\(endpoint.source): the body is not collected on a route with streamBody: true; read bodyStream")
        }
        return head.pointee.body
    }
}
