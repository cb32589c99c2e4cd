/// One field line after another (RFC 9112 section 5), for heads and for trailers alike.
///
/// It remembers where it stopped, so that each byte is searched once however the input is cut. A verdict falls with
/// the byte that ends a token or breaks a rule, so that it does not depend on what comes after.
@usableFromInline
struct FieldLineParser: Sendable {
    enum Phase: UInt8, Sendable { case lineStart, name, padding, value }

    enum Step {
        /// A whole line; `cursor` is behind its CRLF.
        case line
        /// The empty line that ends the section; `cursor` is behind it.
        case end
        case incomplete
        case failure(HTTPError.Reason)
    }

    var phase: Phase = .lineStart
    /// The first byte that has not been looked at, or a CR whose LF has not come.
    var cursor: UInt32

    @usableFromInline init(cursor: UInt32) { self.cursor = cursor }

    /// Reads on to the end of one line. `field` keeps what is known of it between calls; it is written only when
    /// a line may begin.
    @inline(__always)
    mutating func next(
        _ start: UnsafeRawPointer, end: Int, field: UnsafeMutablePointer<HeaderField>, mayBegin: Bool
    ) -> Step {
        var offset = Int(cursor)
        if phase == .lineStart {
            guard offset < end else { return .incomplete }
            guard ByteClass.isMember(start.byte(offset), of: ByteClass.token) else { return endOfSection(start, end) }
            guard mayBegin else { return .failure(.tooManyFields) }
            field.pointee.nameOffset = cursor
            phase = .name
        }
        if phase == .name {
            offset = Words.firstNameEnd(start, from: offset, to: end)
            cursor = UInt32(truncatingIfNeeded: offset)
            guard offset < end else { return .incomplete }
            if let reason = name(start, end: offset, field) { return .failure(reason) }
            offset = offset &+ 1
            phase = .padding
        }
        if phase == .padding {
            while offset < end, Self.isBlank(start.byte(offset)) { offset = offset &+ 1 }
            cursor = UInt32(truncatingIfNeeded: offset)
            guard offset < end else { return .incomplete }
            field.pointee.valueOffset = cursor
            phase = .value
        }
        return value(start, end, field)
    }

    /// The name, which ends before the byte at `end`; the rule it breaks, or nil. A name that we know is a token;
    /// another one is looked at byte by byte.
    @inline(__always)
    private func name(
        _ start: UnsafeRawPointer, end: Int, _ field: UnsafeMutablePointer<HeaderField>
    ) -> HTTPError.Reason? {
        let offset = Int(field.pointee.nameOffset)
        let length = end &- offset
        let known = KnownHeader.identify(start + offset, length: length)
        if known == .other {
            let name = UnsafeRawBufferPointer(start: start + offset, count: length)
            guard HeaderValidation.isValidName(name) else { return .invalidFieldName }
        }
        guard start.byte(end) == 0x3A else { return Self.afterName(start.byte(end)) }
        guard length <= Int(UInt16.max) else { return .headerTooLarge }
        field.pointee.nameLength = UInt16(truncatingIfNeeded: length)
        field.pointee.known = known
        return nil
    }

    /// The value up to CRLF, then without the whitespace at its end.
    @inline(__always)
    private mutating func value(
        _ start: UnsafeRawPointer, _ end: Int, _ field: UnsafeMutablePointer<HeaderField>
    ) -> Step {
        var offset = Int(cursor)
        while true {
            offset = Words.firstControl(start, from: offset, to: end)
            if offset == end || start.byte(offset) != 0x09 { break }
            offset = offset &+ 1
        }
        cursor = UInt32(truncatingIfNeeded: offset)
        guard offset < end else { return .incomplete }
        guard start.byte(offset) == 0x0D else {
            return .failure(start.byte(offset) == 0x0A ? .bareLineFeed : .invalidFieldValue)
        }
        guard offset &+ 1 < end else { return .incomplete }
        guard start.byte(offset &+ 1) == 0x0A else { return .failure(.bareCarriageReturn) }
        cursor = UInt32(truncatingIfNeeded: offset &+ 2)
        phase = .lineStart
        let valueOffset = Int(field.pointee.valueOffset)
        while offset > valueOffset, Self.isBlank(start.byte(offset &- 1)) { offset = offset &- 1 }
        field.pointee.valueLength = UInt32(truncatingIfNeeded: offset &- valueOffset)
        return .line
    }

    /// At the start of a line, a byte that begins no name: the empty line, or an error.
    private mutating func endOfSection(_ start: UnsafeRawPointer, _ end: Int) -> Step {
        let offset = Int(cursor)
        switch start.byte(offset) {
        case 0x0D:
            guard offset + 1 < end else { return .incomplete }
            guard start.byte(offset + 1) == 0x0A else { return .failure(.bareCarriageReturn) }
            cursor += 2
            return .end
        case 0x0A: return .failure(.bareLineFeed)
        case 0x20, 0x09: return .failure(.lineFolding)
        case 0x3A: return .failure(.emptyFieldName)
        default: return .failure(.invalidFieldName)
        }
    }

    /// The rule that a byte other than ":" breaks behind a field name.
    private static func afterName(_ byte: UInt8) -> HTTPError.Reason {
        switch byte {
        case 0x20, 0x09: .whitespaceBeforeColon
        case 0x0A: .bareLineFeed
        case 0x0D: .missingColon
        default: .invalidFieldName
        }
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
