/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) (RFC 9112 section 7.1.1), byte by byte.
///
/// Extensions mean nothing to us, but a decoder that only skips to the line end is one that can be made to disagree
/// with another about where that is.
struct ChunkExtensionGrammar: Sendable, Equatable {
    enum State: UInt8, Sendable {
        /// Behind the chunk size, with or without whitespace: only ";" may follow.
        case beforeSemicolon
        case beforeName, name, afterName, beforeValue, token, quoted, escaped, afterValue
    }

    var state: State = .beforeSemicolon

    /// Whether CR may come here: not behind whitespace, which must lead to something.
    var mayEnd: Bool {
        switch state {
        case .name, .token, .afterValue: !isBehindBlank
        default: false
        }
    }

    private var isBehindBlank = false

    /// Moves on by one byte, other than the CR that ends the line; false when it does not fit.
    mutating func accepts(_ byte: UInt8) -> Bool {
        let isBlank = byte == 0x20 || byte == 0x09
        let isToken = ByteClass.isMember(byte, of: ByteClass.token)
        defer { isBehindBlank = isBlank }
        switch state {
        case .beforeSemicolon:
            if byte == 0x3B { state = .beforeName } else { return isBlank }
        case .beforeName:
            if isToken { state = .name } else { return isBlank }
        case .name:
            if isToken { return true }
            return endOfName(byte, isBlank)
        case .afterName:
            return endOfName(byte, isBlank)
        case .beforeValue:
            if byte == 0x22 {
                state = .quoted
            } else if isToken {
                state = .token
            } else {
                return isBlank
            }
        case .token:
            if isToken { return true }
            return endOfValue(byte, isBlank)
        case .afterValue:
            return endOfValue(byte, isBlank)
        case .quoted:
            if byte == 0x22 { state = .afterValue } else if byte == 0x5C { state = .escaped }
            return Self.isText(byte)
        case .escaped:
            state = .quoted
            return Self.isText(byte)
        }
        return true
    }

    private mutating func endOfName(_ byte: UInt8, _ isBlank: Bool) -> Bool {
        switch byte {
        case 0x3D: state = .beforeValue
        case 0x3B: state = .beforeName
        default: state = .afterName
        }
        return byte == 0x3D || byte == 0x3B || isBlank
    }

    private mutating func endOfValue(_ byte: UInt8, _ isBlank: Bool) -> Bool {
        state = byte == 0x3B ? .beforeName : .afterValue
        return byte == 0x3B || isBlank
    }

    /// HTAB, SP, VCHAR or obs-text: what a quoted string may hold (RFC 9110 section 5.6.4).
    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || byte >= 0x20 && byte != 0x7F }
}
