/// What one part's header may have; each limit is the largest value that is accepted.
public struct MultipartLimits: Sendable, Equatable {
    /// Bytes of the field lines, each with its CRLF, without the empty line.
    public var headerBytes: Int
    /// Field lines.
    public var headerFieldCount: Int

    public init(headerBytes: Int = 4096, headerFieldCount: Int = 16) {
        self.headerBytes = headerBytes
        self.headerFieldCount = headerFieldCount
    }
}

/// What separates the parts of a multipart body (RFC 2046 section 5.1.1).
public struct MultipartBoundary: Sendable, Equatable {
    public let bytes: [UInt8]

    /// nil when it is none: it has 1 to 70 characters out of a small set, and no blank at its end.
    public init?(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
        guard (1...70).contains(bytes.count), bytes.last != 0x20, bytes.allSatisfy(Self.isAllowed) else { return nil }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20: true
        default: "'()+_,-./:=?".utf8.contains(byte)
        }
    }
}
