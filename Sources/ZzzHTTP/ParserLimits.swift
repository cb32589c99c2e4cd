/// What a peer may make the request parser read; each limit is the largest value that is still accepted.
@frozen public struct ParserLimits: Sendable, Equatable {
    /// Bytes of the request line without its CRLF; one more is 414 (RFC 9112 section 3).
    public var requestLineBytes: Int
    /// Bytes of all field lines together, each with its CRLF, without the empty line; one more is 431 (RFC 6585
    /// section 5).
    public var headerBytes: Int
    /// Field lines; one more is 431. The array that `RequestParser.parse` fills must hold as many.
    public var fieldCount: Int

    /// Values above 1 GiB (bytes) or 65,535 (fields) are treated as that.
    @inlinable
    public init(requestLineBytes: Int = 8192, headerBytes: Int = 16384, fieldCount: Int = 100) {
        self.requestLineBytes = requestLineBytes
        self.headerBytes = headerBytes
        self.fieldCount = fieldCount
    }
}
