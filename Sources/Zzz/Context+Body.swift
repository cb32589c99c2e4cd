import ZzzAppABI

extension Context {
    /// The request's body. Empty on a route with `streamBody: true`, where ``bodyStream`` brings it, and when
    /// ``BodyParser`` has read a multipart body.
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

    /// The host's slice. Asking for one that comes in pieces is a mistake that the log is told about.
    var wholeBody: zzz_bytes {
        if !isBodyWhole, phase != .ended {
            log.error(
                "\(endpoint.source): the body is not collected on a route with streamBody: true, nor is that of a form "
                    + "with files; read bodyStream or the parameters")
        }
        return head.pointee.body
    }

    /// Whether the host has collected the body.
    var isBodyWhole: Bool { head.pointee.flags & UInt16(ZZZ_REQUEST_BODY_COMPLETE) != 0 }

    /// What the body is said to be.
    var bodyType: MediaType { MediaType(headers["content-type"] ?? "application/octet-stream") }
}
