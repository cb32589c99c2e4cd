/// What a peer may make the chunked decoder read beside the data; each limit is the largest value that is accepted.
@frozen public struct ChunkedLimits: Sendable, Equatable {
    /// Bytes of one chunk's extensions, from the byte behind the size to the CRLF.
    public var extensionBytesPerChunk: Int
    /// Bytes of the extensions of all chunks of one body.
    public var extensionBytesPerBody: Int
    /// Bytes of all trailers, each with its CRLF, without the empty line.
    public var trailerBytes: Int
    /// Trailers.
    public var trailerCount: Int

    @inlinable
    public init(
        extensionBytesPerChunk: Int = 256, extensionBytesPerBody: Int = 8192, trailerBytes: Int = 8192,
        trailerCount: Int = 32
    ) {
        self.extensionBytesPerChunk = extensionBytesPerChunk
        self.extensionBytesPerBody = extensionBytesPerBody
        self.trailerBytes = trailerBytes
        self.trailerCount = trailerCount
    }
}

/// Decodes a body in the chunked transfer coding (RFC 9112 section 7.1) as its bytes arrive.
///
/// It stores nothing and believes no size: data is handed out as ranges of the bytes that have come. Call it again
/// with what is behind the consumed bytes until it says `needMore` or `end`.
///
///     while true {
///         switch decoder.decode(received) {
///         case .data(let range): use(received[range]); drop(range.upperBound)
///         case .trailer(let field, let consumed): use(field, received); drop(consumed)
///         case .needMore(let consumed): drop(consumed); return     // keep the rest, append to it
///         case .end(let consumed): drop(consumed); return finish()
///         case .failure(let error): return refuse(error.status)
///         }
///     }
public struct ChunkedDecoder: Sendable {
    /// What one call of `decode` found.
    @frozen public enum Event: Sendable, Equatable {
        /// Data, as a range of the call's bytes, never empty; everything up to its end is consumed.
        case data(Range<Int>)
        /// One trailer, with offsets into the call's bytes, and how many of those it consumed.
        case trailer(HeaderField, consumed: Int)
        /// All there is has been read. The bytes behind `consumed` are the start of a trailer, at most `trailerBytes`
        /// and one: they must be there again, in front of the next ones.
        case needMore(consumed: Int)
        /// The body is over; what is behind `consumed` is not part of it.
        case end(consumed: Int)
        /// The peer broke a rule; the connection cannot be used further.
        case failure(HTTPError)
    }

    enum State: UInt8, Sendable {
        case size, sizeDigits, extensions, sizeLineFeed, data, dataCarriageReturn, dataLineFeed, trailers, end
    }

    let limits: ChunkedLimits
    var state: State = .size
    var digits: UInt8 = 0
    var extensionGrammar = ChunkExtensionGrammar()
    /// Bytes of the chunk's data that have not come; while its size is read, the size so far.
    var remaining: UInt64 = 0
    var chunkExtensionBytes = 0
    var bodyExtensionBytes = 0
    var trailerLine = FieldLineParser(cursor: 0)
    var trailer = HeaderField()
    var trailerCount = 0
    var trailerBytes = 0

    public init(limits: ChunkedLimits = ChunkedLimits()) { self.limits = limits }

    /// Whether the body has ended.
    public var isAtEnd: Bool { state == .end }

    /// Reads on until there is something to report. After `end` and `failure` it must not be called again.
    public mutating func decode(_ bytes: UnsafeRawBufferPointer) -> Event {
        precondition(state != .end, "decode after the end of the body")
        guard let start = bytes.baseAddress else { return .needMore(consumed: 0) }
        var offset = 0
        while offset < bytes.count {
            switch state {
            case .data:
                let end = offset &+ Int(min(remaining, UInt64(bytes.count &- offset)))
                remaining &-= UInt64(end &- offset)
                if remaining == 0 { state = .dataCarriageReturn }
                return .data(offset..<end)
            case .trailers:
                return decodeTrailer(start, from: offset, to: bytes.count)
            default:
                if let reason = take(start.byte(offset)) { return .failure(HTTPError(reason)) }
                offset = offset &+ 1
            }
        }
        return .needMore(consumed: offset)
    }

    /// One byte of framing; the rule that it breaks, or nil.
    private mutating func take(_ byte: UInt8) -> HTTPError.Reason? {
        switch state {
        case .size, .sizeDigits: return takeSize(byte)
        case .extensions: return takeExtension(byte)
        case .sizeLineFeed:
            guard byte == 0x0A else { return .bareCarriageReturn }
            state = remaining == 0 ? .trailers : .data
        case .dataCarriageReturn:
            guard byte == 0x0D else { return byte == 0x0A ? .bareLineFeed : .chunkWithoutLineEnd }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0A else { return .bareCarriageReturn }
            state = .size
        case .data, .trailers, .end:
            preconditionFailure("no framing byte belongs to \(state)")
        }
        return nil
    }

    /// chunk-size = 1*HEXDIG, here of at most 16 digits and up to Int64.max.
    private mutating func takeSize(_ byte: UInt8) -> HTTPError.Reason? {
        if state == .size {
            remaining = 0
            digits = 0
            chunkExtensionBytes = 0
            guard ByteClass.isMember(byte, of: ByteClass.hexDigit) else {
                return byte == 0x0A ? .bareLineFeed : .invalidChunkSize
            }
            state = .sizeDigits
        }
        if ByteClass.isMember(byte, of: ByteClass.hexDigit) {
            digits &+= 1
            guard digits <= 16, remaining < 1 << 59 else { return .chunkSizeTooLarge }
            remaining = remaining << 4 | UInt64(Hexadecimal.value(byte))
            return nil
        }
        switch byte {
        case 0x0D: state = .sizeLineFeed
        case 0x0A: return .bareLineFeed
        case 0x3B, 0x20, 0x09:
            extensionGrammar = ChunkExtensionGrammar()
            state = .extensions
            return takeExtension(byte)
        default: return .invalidChunkSize
        }
        return nil
    }

    private mutating func takeExtension(_ byte: UInt8) -> HTTPError.Reason? {
        if byte == 0x0D, extensionGrammar.mayEnd {
            state = .sizeLineFeed
            return nil
        }
        guard extensionGrammar.accepts(byte) else { return byte == 0x0A ? .bareLineFeed : .invalidChunkExtension }
        chunkExtensionBytes &+= 1
        bodyExtensionBytes &+= 1
        let isTooLong =
            chunkExtensionBytes > limits.extensionBytesPerChunk || bodyExtensionBytes > limits.extensionBytesPerBody
        return isTooLong ? .chunkExtensionTooLong : nil
    }
}
