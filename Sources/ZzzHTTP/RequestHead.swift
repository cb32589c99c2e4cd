/// A request line and what its field lines say about framing (RFC 9112 sections 3 and 6), as plain values.
///
/// Offsets are bytes from the start of the head's bytes, so it stays valid when the buffer moves.
@frozen public struct RequestHead: Sendable, Equatable {
    /// Bytes of the whole head, from its first byte to the end of the empty line; the body starts there.
    public var length: Int = 0
    /// The body's length in bytes as Content-Length gives it; -1 when there is none.
    public var contentLength: Int64 = -1

    /// Where the method token starts: 0, or 2 after a leading empty line.
    public var methodOffset: UInt32 = 0
    /// Bytes of the method token.
    public var methodLength: UInt32 = 0
    /// The request target as received.
    public var targetOffset: UInt32 = 0
    /// Bytes of the request target.
    public var targetLength: UInt32 = 0
    /// The path, still percent-encoded: at least "/", or "*" in asterisk-form.
    public var pathOffset: UInt32 = 0
    /// Bytes of the path, at least 1.
    public var pathLength: UInt32 = 0
    /// The query, without its "?", still percent-encoded.
    public var queryOffset: UInt32 = 0
    /// Bytes of the query; 0 when there is none, and when it is empty.
    public var queryLength: UInt32 = 0
    /// Host and port: from the target in absolute-form, else from Host (RFC 9112 section 3.3).
    public var authorityOffset: UInt32 = 0
    /// Bytes of the authority; 0 only for an HTTP/1.0 request without Host.
    public var authorityLength: UInt32 = 0
    /// Field lines in the array that was filled.
    public var fieldCount: UInt32 = 0

    /// The method; `other` for a token that has no case.
    public var method: Method = .other
    /// 0 for HTTP/1.0, 1 for HTTP/1.1 and anything above.
    public var versionMinor: UInt8 = 1
    /// The form of the request target.
    public var targetForm: TargetForm = .origin
    /// Whether the target has a "?".
    public var hasQuery: Bool = false
    /// The body comes in the chunked transfer coding.
    public var isChunked: Bool = false
    /// The client wants the connection kept after the response (RFC 9112 section 9.3).
    public var isKeepAlive: Bool = false
    /// The client waits for 100 (Continue) before it sends the body (RFC 9110 section 10.1.1); never on HTTP/1.0.
    public var expectsContinue: Bool = false
    /// Upgrade is present and Connection names it (RFC 9110 section 7.8); never on HTTP/1.0.
    public var hasUpgrade: Bool = false

    @inlinable public init() {}

    /// Whether a body of at least one byte, or of unknown length, follows.
    @inlinable public var hasBody: Bool { isChunked || contentLength > 0 }

    /// The method token in the head that starts at `head`.
    @inlinable @inline(__always)
    public func methodToken(in head: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: head + Int(methodOffset), count: Int(methodLength))
    }

    /// The request target in the head that starts at `head`.
    @inlinable @inline(__always)
    public func target(in head: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: head + Int(targetOffset), count: Int(targetLength))
    }

    /// The path in the head that starts at `head`.
    @inlinable @inline(__always)
    public func path(in head: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: head + Int(pathOffset), count: Int(pathLength))
    }

    /// The query in the head that starts at `head`; empty when there is none.
    @inlinable @inline(__always)
    public func query(in head: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: head + Int(queryOffset), count: Int(queryLength))
    }

    /// The authority in the head that starts at `head`.
    @inlinable @inline(__always)
    public func authority(in head: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: head + Int(authorityOffset), count: Int(authorityLength))
    }
}
