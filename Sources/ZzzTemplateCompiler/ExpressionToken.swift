struct ExpressionToken {
    enum Kind: Equatable {
        case identifier(String)
        /// `@index`
        case data(String)
        case string(String)
        case number(String)
        case symbol(String)
        case end
    }

    let kind: Kind
    let offset: Int
    /// Whether whitespace is before it.
    let isApart: Bool
}

/// Cuts the inside of a tag into tokens.
struct ExpressionScanner {
    private let bytes: [UInt8]
    private let end: Int
    private var position: Int

    static func scan(_ range: Range<Int>, of source: TemplateSource) throws(Problem) -> [ExpressionToken] {
        var scanner = ExpressionScanner(bytes: source.bytes, end: range.upperBound, position: range.lowerBound)
        var tokens: [ExpressionToken] = []
        repeat {
            tokens.append(try scanner.next())
            guard tokens.count <= maximumCount else {
                throw Problem(range.lowerBound, "this tag has more than \(maximumCount) words and signs")
            }
        } while tokens.last?.kind != .end
        return tokens
    }

    /// What reads expressions calls itself for each of them.
    private static let maximumCount = 500

    private mutating func next() throws(Problem) -> ExpressionToken {
        let before = position
        while position < end, TagScanner.isSpace(bytes[position]) { position += 1 }
        let start = position
        return ExpressionToken(kind: try kind(), offset: start, isApart: start > before)
    }

    private mutating func kind() throws(Problem) -> ExpressionToken.Kind {
        guard position < end else { return .end }
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try string(byte))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(number())
        case UInt8(ascii: "@"):
            position += 1
            return .data(identifier())
        case _ where TagScanner.isNameByte(byte): return .identifier(identifier())
        default: return .symbol(try symbol())
        }
    }

    private mutating func identifier() -> String {
        let start = position
        while position < end, TagScanner.isNameByte(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func number() -> String {
        let start = position
        var hasPoint = false
        while position < end {
            let byte = bytes[position]
            let isPoint = byte == UInt8(ascii: ".") && !hasPoint && position + 1 < end && isDigit(bytes[position + 1])
            guard isDigit(byte) || byte == UInt8(ascii: "_") || isPoint else { break }
            hasPoint = hasPoint || isPoint
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private mutating func string(_ quote: UInt8) throws(Problem) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while position < end, bytes[position] != quote {
            if bytes[position] == UInt8(ascii: "\\") {
                position += 1
                text.append(try escaped())
            } else {
                text.append(bytes[position])
            }
            position += 1
        }
        guard position < end else { throw Problem(start, "this string is not closed on its line") }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    private func escaped() throws(Problem) -> UInt8 {
        switch position < end ? bytes[position] : 0 {
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case let byte where [UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'")].contains(byte): return byte
        default: throw Problem(position - 1, #"unknown escape in a string: there are \n, \t, \\, \" and \'"#)
        }
    }

    private static let symbols = [
        "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "../", "<", ">", "!", "=", ".", "(", ")", "|", ",", ":", "-",
    ]

    private mutating func symbol() throws(Problem) -> String {
        for symbol in Self.symbols where bytes[position..<end].starts(with: symbol.utf8) {
            position += symbol.utf8.count
            return symbol
        }
        let start = position
        while position < end, !TagScanner.isSpace(bytes[position]),
            bytes[position] & 0xC0 == 0x80 || position == start
        {
            position += 1
        }
        throw ForeignSyntax.unexpected(sign: String(decoding: bytes[start..<position], as: UTF8.self), at: start)
    }
}
