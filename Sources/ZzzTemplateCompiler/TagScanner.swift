/// Cuts a template into text and tags. What is inside a tag is not looked at, beyond its strings.
struct TagScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var textStart = 0
    private var pieces: [Piece] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func scan(_ source: TemplateSource) throws(Problem) -> [Piece] {
        var scanner = TagScanner(source.bytes)
        while let brace = scanner.nextBraces() { try scanner.takeBraces(at: brace) }
        scanner.endText(at: scanner.bytes.count)
        return scanner.pieces
    }

    private func nextBraces() -> Int? {
        var index = position
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "{"), bytes[index + 1] == UInt8(ascii: "{") { return index }
            index += 1
        }
        return nil
    }

    private func starts(with text: StaticString, at index: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        return (0..<count).allSatisfy { bytes[index + $0] == text.utf8Start[$0] }
    }

    private func find(_ text: StaticString, from start: Int) -> Int? {
        var index = start
        while index + text.utf8CodeUnitCount <= bytes.count {
            if starts(with: text, at: index) { return index }
            index += 1
        }
        return nil
    }

    private mutating func endText(at end: Int) {
        if textStart < end { pieces.append(.text(textStart..<end)) }
    }

    /// `\{{` is text, and `\\{{` is a backslash before a tag.
    private mutating func takeBraces(at brace: Int) throws(Problem) {
        let backslashes = bytes[textStart..<brace].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        if backslashes > 0 { endText(at: brace - 1) } else { endText(at: brace) }
        if backslashes == 1 {
            pieces.append(.verbatim(brace..<brace + 2))
            position = brace + 2
        } else if starts(with: "{{{{", at: brace) {
            try takeRawBlock(at: brace)
        } else {
            pieces.append(.tag(try tag(at: brace)))
        }
        textStart = position
    }

    /// `{{{{raw}}}} ... {{{{/raw}}}}`: nothing between is looked at.
    private mutating func takeRawBlock(at brace: Int) throws(Problem) {
        guard let nameEnd = find("}}}}", from: brace + 4) else {
            throw Problem(brace, "this raw block's tag is not closed: }}}} is missing")
        }
        let name = bytes[brace + 4..<nameEnd].filter { !Self.isSpace($0) }
        guard !name.isEmpty, name.allSatisfy(Self.isNameByte) else {
            throw Problem(brace, "a raw block has one name: {{{{raw}}}}")
        }
        let close = Array("{{{{/".utf8) + name + Array("}}}}".utf8)
        var index = nameEnd + 4
        while index + close.count <= bytes.count, !bytes[index..<index + close.count].elementsEqual(close) {
            index += 1
        }
        guard index + close.count <= bytes.count else {
            throw Problem(brace, "this raw block is not closed: \(String(decoding: close, as: UTF8.self)) is missing")
        }
        if nameEnd + 4 < index { pieces.append(.verbatim(nameEnd + 4..<index)) }
        position = index + close.count
    }

    private mutating func tag(at brace: Int) throws(Problem) -> Tag {
        var start = brace + 2
        let trimsBefore = start < bytes.count && bytes[start] == UInt8(ascii: "~")
        if trimsBefore { start += 1 }
        let (kind, content) = kind(at: start)
        let isTriple = kind == .raw && start < bytes.count && bytes[start] == UInt8(ascii: "{")
        guard let end = try end(of: kind, from: content, isTriple: isTriple, brace: brace) else {
            throw Problem(brace, "this tag is not closed: \(isTriple ? "}}}" : "}}") is missing")
        }
        position = end.position
        let inner = trimmed(content..<max(content, end.content))
        return Tag(
            kind: kind, range: brace..<end.position, content: inner, trimsBefore: trimsBefore,
            trimsAfter: end.trimsAfter)
    }

    /// What a tag is, by how it begins, and where what is inside begins.
    private func kind(at start: Int) -> (Tag.Kind, Int) {
        guard start < bytes.count else { return (.print, start) }
        switch bytes[start] {
        case UInt8(ascii: "!"): return (.comment, start + 1)
        case UInt8(ascii: "{"), UInt8(ascii: "&"): return (.raw, start + 1)
        case UInt8(ascii: "#"): return (.open, start + 1)
        case UInt8(ascii: "/"): return (.close, start + 1)
        case UInt8(ascii: ">"): return (.partial, start + 1)
        case UInt8(ascii: "^"): return (.otherwise, start + 1)
        case UInt8(ascii: "@"):
            let next = start + 1
            let isImport = starts(with: "import", at: next)
            let after = isImport ? next + 6 : next
            let isName = after < bytes.count && Self.isNameByte(bytes[after])
            return isName ? (.print, start) : (.declaration, next)
        default:
            var word = start
            while word < bytes.count, Self.isSpace(bytes[word]) { word += 1 }
            let after = word + 4
            let isElse = starts(with: "else", at: word) && !(after < bytes.count && Self.isNameByte(bytes[after]))
            return isElse ? (.otherwise, after) : (.print, start)
        }
    }

    private typealias End = (content: Int, position: Int, trimsAfter: Bool)

    private func end(of kind: Tag.Kind, from start: Int, isTriple: Bool, brace: Int) throws(Problem) -> End? {
        if kind == .comment, starts(with: "--", at: start) {
            guard let dashes = find("--}}", from: start + 2) ?? find("--~}}", from: start + 2) else {
                throw Problem(brace, "this comment is not closed: --}} is missing")
            }
            return closing(at: dashes + 2)
        }
        var index = start
        while index < bytes.count {
            if let end = closing(at: index, isTriple: isTriple) { return end }
            let isQuote =
                bytes[index] == UInt8(ascii: "\"") || kind != .declaration && bytes[index] == UInt8(ascii: "'")
            if isQuote, kind != .comment {
                index = try endOfString(at: index)
            } else {
                index += 1
            }
        }
        return nil
    }

    /// The end of a tag, if it is here.
    private func closing(at index: Int, isTriple: Bool = false) -> End? {
        var next = index
        if isTriple {
            guard bytes[next] == UInt8(ascii: "}") else { return nil }
            next += 1
        }
        let trims = next < bytes.count && bytes[next] == UInt8(ascii: "~")
        if trims { next += 1 }
        return starts(with: "}}", at: next) ? (index, next + 2, trims) : nil
    }

    private func endOfString(at quote: Int) throws(Problem) -> Int {
        var index = quote + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
            if bytes[index] == bytes[quote] { return index + 1 }
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        throw Problem(quote, "this string is not closed on its line")
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, Self.isSpace(bytes[lower]) { lower += 1 }
        while lower < upper, Self.isSpace(bytes[upper - 1]) { upper -= 1 }
        return lower..<upper
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    /// Whether a byte may be in a name. What is not ASCII may: Swift decides.
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}
