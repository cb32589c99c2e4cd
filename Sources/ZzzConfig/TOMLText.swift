/// A cursor over the bytes of a TOML file that knows its line and column and steps over whole tokens.
struct TOMLText {
    private let bytes: [UInt8]
    private(set) var offset = 0
    private(set) var position = KeyLocator.Position(line: 1, column: 1)
    private(set) var nulEscapes: [KeyLocator.Position] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// The byte under the cursor; nil at the end.
    var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// Moves on by one byte.
    mutating func advance() {
        guard let byte else { return }
        offset += 1
        if byte == UInt8(ascii: "\n") {
            position.line += 1
            position.column = 1
        } else if byte & 0xC0 == 0x80 {
            // Only the first byte of a UTF-8 sequence counts, and it has been counted.
        } else {
            position.column += 1
        }
    }

    /// Steps over spaces and tabs, and with `lines` over line ends and comments; false at the end of the text.
    mutating func skipBlank(lines: Bool) -> Bool {
        while let byte {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): advance()
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                guard lines else { return true }
                advance()
            case UInt8(ascii: "#"):
                guard lines else { return true }
                skipToLineEnd()
            default: return true
            }
        }
        return false
    }

    /// Steps over the rest of the line and its end.
    mutating func skipLine() {
        skipToLineEnd()
        advance()
    }

    private mutating func skipToLineEnd() {
        while let byte, byte != UInt8(ascii: "\n") { advance() }
    }

    /// Steps over a number, a boolean or a date.
    mutating func skipBare() {
        while let byte, !",]}#\n".utf8.contains(byte) { advance() }
    }

    /// `a."b".c`: its parts with their places. The cursor is left behind the last one.
    mutating func dottedKey() -> [(name: String, position: KeyLocator.Position)] {
        var parts: [(name: String, position: KeyLocator.Position)] = []
        while skipBlank(lines: false), let byte {
            let start = position
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                parts.append((quotedKey(), start))
            } else {
                let first = offset
                while let byte = self.byte, isBareKeyByte(byte) { advance() }
                guard offset > first else { break }
                parts.append((String(decoding: bytes[first..<offset], as: UTF8.self), start))
            }
            guard skipBlank(lines: false), self.byte == UInt8(ascii: ".") else { break }
            advance()
        }
        return parts
    }

    /// TOML 1.0 allows `A-Za-z0-9_-`; bytes of other letters are taken too, as toml++ does for later versions.
    private func isBareKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...:
            true
        default: false
        }
    }

    private mutating func quotedKey() -> String {
        let isBasic = byte == UInt8(ascii: "\"")
        let first = offset + 1
        skipQuoted()
        let inner = bytes[min(first, offset)..<max(first, offset - 1)]
        return isBasic ? Self.unescaped(inner) : String(decoding: inner, as: UTF8.self)
    }

    /// Steps over a string of any of the four kinds, in search of its end and of NUL escapes.
    mutating func skipQuoted() {
        guard let quote = byte else { return }
        let isBasic = quote == UInt8(ascii: "\"")
        let isMultiLine = bytes[offset...].starts(with: [quote, quote, quote])
        for _ in 0..<(isMultiLine ? 3 : 1) { advance() }
        while let byte {
            if isBasic, byte == UInt8(ascii: "\\") {
                noteNulEscape()
                advance()
                advance()
            } else if byte == quote, !isMultiLine {
                return advance()
            } else if byte == quote, bytes[offset...].starts(with: [quote, quote, quote]) {
                // Up to two quotes may stand before the closing three.
                while self.byte == quote { advance() }
                return
            } else if byte == UInt8(ascii: "\n"), !isMultiLine {
                return
            } else {
                advance()
            }
        }
    }

    private mutating func noteNulEscape() {
        let rest = bytes[offset...]
        if rest.starts(with: #"\u0000"#.utf8) || rest.starts(with: #"\U00000000"#.utf8) { nulEscapes.append(position) }
    }

    /// The text that the escapes of a basic string stand for.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        var scalars = String.UnicodeScalarView()
        var rest = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escape = rest.popFirst() else {
                scalars.append(scalar)
                continue
            }
            switch escape {
            case "b": scalars.append("\u{8}")
            case "t": scalars.append("\t")
            case "n": scalars.append("\n")
            case "f": scalars.append("\u{C}")
            case "r": scalars.append("\r")
            case "u", "U":
                let digits = rest.prefix(escape == "u" ? 4 : 8)
                rest = rest.dropFirst(digits.count)
                scalars.append(UInt32(String(digits), radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
            default: scalars.append(escape)
            }
        }
        return String(scalars)
    }
}
