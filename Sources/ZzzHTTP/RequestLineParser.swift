/// The request line (RFC 9112 section 3): method SP target SP version CRLF.
///
/// A state per part, so that it can stop at any byte and go on later. Each part ends in an error at the first byte
/// that cannot belong to it: garbage such as a TLS ClientHello fails with its first byte.
@usableFromInline
struct RequestLineParser: Sendable {
    @usableFromInline enum Phase: UInt8, Sendable {
        case emptyLine, method, targetStart, scheme, authority, path, query, version, done
    }

    enum Step {
        case next
        case incomplete
        case failure(HTTPError.Reason)
    }

    @usableFromInline var phase: Phase = .emptyLine
    /// The first byte that has not been looked at; within `scheme` and `version`, their first byte.
    @usableFromInline var cursor: UInt32 = 0

    @inlinable init() {}

    @inline(__always)
    mutating func parse(_ start: UnsafeRawPointer, end: Int, head: inout RequestHead) -> Step {
        while true {
            let step: Step =
                switch phase {
                case .emptyLine: skipEmptyLine(start, end, &head)
                case .method: method(start, end, &head)
                case .targetStart: targetStart(start, end, &head)
                case .scheme: scheme(start, end, &head)
                case .authority: authority(start, end, &head)
                case .path: path(start, end, &head)
                case .query: query(start, end, &head)
                case .version: version(start, end, &head)
                case .done: .next
                }
            guard case .next = step, phase != .done else { return step }
        }
    }

    /// The one empty line before a request line that RFC 9112 section 2.2 asks to ignore.
    @inline(__always)
    mutating func skipEmptyLine(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        guard end > 0 else { return .incomplete }
        if start.byte(0) == 0x0D {
            guard end > 1 else { return .incomplete }
            guard start.byte(1) == 0x0A else { return .failure(.bareCarriageReturn) }
            cursor = 2
        }
        head.methodOffset = cursor
        phase = .method
        return .next
    }

    @inline(__always)
    private mutating func method(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        var offset = Int(cursor)
        if offset &+ 4 <= end, start.loadUnaligned(fromByteOffset: offset, as: UInt32.self) == Self.getAndSpace,
            cursor == head.methodOffset
        {
            head.methodLength = 3
            head.method = .get
            cursor = cursor &+ 4
            phase = .targetStart
            return .next
        }
        while offset < end, ByteClass.isMember(start.byte(offset), of: ByteClass.token) { offset = offset &+ 1 }
        cursor = UInt32(truncatingIfNeeded: offset)
        guard offset < end else { return .incomplete }
        let length = offset &- Int(head.methodOffset)
        guard start.byte(offset) == 0x20, length > 0 else {
            return .failure(Self.unexpected(start.byte(offset), else: .invalidMethod))
        }
        head.methodLength = UInt32(truncatingIfNeeded: length)
        head.method = Method(token: start + Int(head.methodOffset), length: length)
        guard head.method != .connect else { return .failure(.connectUnsupported) }
        cursor = UInt32(truncatingIfNeeded: offset &+ 1)
        phase = .targetStart
        return .next
    }

    @inline(__always)
    private mutating func targetStart(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        let offset = Int(cursor)
        guard offset < end else { return .incomplete }
        head.targetOffset = cursor
        head.pathOffset = cursor
        switch start.byte(offset) {
        case 0x2F:
            head.targetForm = .origin
            phase = .path
        case 0x2A:
            head.targetForm = .asterisk
            head.pathLength = 1
            return asterisk(start, end, &head)
        case 0x48, 0x68:
            head.targetForm = .absolute
            phase = .scheme
        case let byte:
            return .failure(Self.unexpected(byte, else: Self.isSchemeStart(byte) ? .unsupportedScheme : .invalidTarget))
        }
        return .next
    }

    /// "*" and nothing else; whether the method allows it is decided with the whole line, since HTTP/2's preface has
    /// one too, and its version says more.
    private mutating func asterisk(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        let offset = Int(cursor) + 1
        guard offset < end else { return .incomplete }
        guard start.byte(offset) == 0x20 else {
            return .failure(Self.unexpected(start.byte(offset), else: .invalidTarget))
        }
        return endTarget(offset, &head)
    }

    @inline(__always)
    private mutating func path(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        var offset = Int(cursor)
        while offset < end, ByteClass.isMember(start.byte(offset), of: ByteClass.path) { offset = offset &+ 1 }
        cursor = UInt32(truncatingIfNeeded: offset)
        guard offset < end else { return .incomplete }
        head.pathLength = cursor &- head.pathOffset
        switch start.byte(offset) {
        case 0x20: return endTarget(offset, &head)
        case 0x3F:
            beginQuery(offset, &head)
            return .next
        case let byte: return .failure(Self.unexpected(byte, else: .invalidTarget))
        }
    }

    @inline(__always)
    mutating func beginQuery(_ offset: Int, _ head: inout RequestHead) {
        cursor = UInt32(truncatingIfNeeded: offset &+ 1)
        head.hasQuery = true
        head.queryOffset = cursor
        phase = .query
    }

    @inline(__always)
    private mutating func query(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        var offset = Int(cursor)
        while offset < end, ByteClass.isMember(start.byte(offset), of: ByteClass.query) { offset = offset &+ 1 }
        cursor = UInt32(truncatingIfNeeded: offset)
        guard offset < end else { return .incomplete }
        head.queryLength = cursor &- head.queryOffset
        guard start.byte(offset) == 0x20 else {
            return .failure(Self.unexpected(start.byte(offset), else: .invalidTarget))
        }
        return endTarget(offset, &head)
    }

    /// The target ends before the space at `offset`.
    @inline(__always)
    mutating func endTarget(_ offset: Int, _ head: inout RequestHead) -> Step {
        let space = UInt32(truncatingIfNeeded: offset)
        head.targetLength = space &- head.targetOffset
        cursor = space &+ 1
        phase = .version
        return .next
    }

    @inline(__always)
    private mutating func version(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        let offset = Int(cursor)
        let isUsual =
            offset &+ 10 <= end && start.word64(offset) == 0x312E_312F_5054_5448  // "HTTP/1.1"
            && start.byte(offset &+ 8) == 0x0D && start.byte(offset &+ 9) == 0x0A
        if isUsual {
            head.versionMinor = 1
        } else {
            let step = anyVersion(start + offset, min(end - offset, 10), &head)
            guard case .next = step else { return step }
        }
        guard head.targetForm != .asterisk || head.method == .options else { return .failure(.asteriskNeedsOptions) }
        cursor = cursor &+ 10
        phase = .done
        return .next
    }

    /// HTTP-version and CRLF, ten bytes, of which `available` are there (RFC 9112 section 2.3). Above 1.1, a minor
    /// version is what we know as 1.1 (RFC 9110 section 2.5).
    private func anyVersion(_ start: UnsafeRawPointer, _ available: Int, _ head: inout RequestHead) -> Step {
        let name: StaticString = "HTTP/"
        for index in 0..<available {
            let byte = start.byte(index)
            switch index {
            case 0..<5: guard byte == name.utf8Start[index] else { return Self.badVersion(byte) }
            case 5, 7: guard byte &- 0x30 < 10 else { return Self.badVersion(byte) }
            case 6: guard byte == 0x2E else { return Self.badVersion(byte) }
            case 8: guard byte == 0x0D else { return Self.badVersion(byte) }
            default: guard byte == 0x0A else { return .failure(.bareCarriageReturn) }
            }
        }
        guard available == 10 else { return .incomplete }
        guard start.byte(5) == 0x31 else { return .failure(.unsupportedVersion) }
        head.versionMinor = start.byte(7) == 0x30 ? 0 : 1
        return .next
    }

    private static func badVersion(_ byte: UInt8) -> Step {
        .failure(byte == 0x0A ? .bareLineFeed : .malformedVersion)
    }

    /// The rule that `byte` breaks where it stands: the line's own for SP, CR and LF, else `reason`.
    static func unexpected(_ byte: UInt8, else reason: HTTPError.Reason) -> HTTPError.Reason {
        switch byte {
        case 0x0A: .bareLineFeed
        case 0x0D, 0x20, 0x09: .malformedRequestLine
        default: reason
        }
    }

    /// "GET ", as a word in memory.
    @inline(__always)
    private static var getAndSpace: UInt32 { UInt32(littleEndian: 0x2054_4547) }

    private static func isSchemeStart(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
