/// Where in JavaScript or JSON the next byte stands (ECMA-262 section 12). As in Go's html/template: whether a slash
/// divides or begins a regular expression is decided by what is before it.
struct ScriptTracker: Equatable {
    enum State: Equatable {
        case code
        case string(UInt8)
        /// The text of a template literal.
        case template
        case expression(inClass: Bool)
        case lineComment
        case blockComment
    }

    enum Slash: Equatable {
        case divides
        case beginsExpression
        case unknown
    }

    private(set) var state = State.code
    /// What a slash means before anything in `recent`.
    private var base = Slash.beginsExpression
    /// The end of the code before, with runs of whitespace as one space.
    private var recent: [UInt8] = []
    /// For each template literal around: how many braces are open in the `${` we are in.
    private var braces: [Int] = []
    /// For each parenthesis that is open: what a slash means behind it. Behind a condition a statement begins.
    private var parentheses: [Slash] = []
    private var isEscaped = false
    /// The byte before, where two of them make a sign.
    private var last: UInt8 = 0

    mutating func advance(_ byte: UInt8, at offset: Int) throws(Problem) {
        if isEscaped {
            isEscaped = false
            // An escaped line break may be two bytes.
            last = byte == UInt8(ascii: "\r") ? byte : 0
            return
        }
        let previous = last
        last = byte
        switch state {
        case .code: try advanceCode(byte, after: previous, at: offset)
        case .lineComment:
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { enter(.code) }
        case .blockComment:
            if byte == UInt8(ascii: "/"), previous == UInt8(ascii: "*") { enter(.code) }
        case .string(let quote): advanceString(byte, quote, after: previous)
        case .template: advanceTemplate(byte, after: previous)
        case .expression(let inClass):
            switch byte {
            case UInt8(ascii: "["): state = .expression(inClass: true)
            case UInt8(ascii: "]"): state = .expression(inClass: false)
            case UInt8(ascii: "/") where !inClass, UInt8(ascii: "\n"): endLiteral()
            default: escapeNext(byte)
            }
        }
    }

    private mutating func enter(_ next: State) {
        state = next
        last = 0
    }

    private mutating func escapeNext(_ byte: UInt8) {
        if byte == UInt8(ascii: "\\") { isEscaped = true }
    }

    private mutating func endLiteral() {
        state = .code
        base = .divides
        recent = []
    }

    /// A string does not go over the end of its line; a script that tries is broken there.
    private mutating func advanceString(_ byte: UInt8, _ quote: UInt8, after previous: UInt8) {
        if byte == UInt8(ascii: "\n"), previous == UInt8(ascii: "\r") { return }
        let ends = byte == quote || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        if ends { endLiteral() } else { escapeNext(byte) }
    }

    private mutating func advanceTemplate(_ byte: UInt8, after previous: UInt8) {
        if byte == UInt8(ascii: "`") {
            endLiteral()
        } else if byte == UInt8(ascii: "{"), previous == UInt8(ascii: "$") {
            braces.append(0)
            state = .code
            base = .beginsExpression
            recent = []
        } else {
            escapeNext(byte)
        }
    }

    private mutating func advanceCode(_ byte: UInt8, after previous: UInt8, at offset: Int) throws(Problem) {
        if previous == UInt8(ascii: "/"), recent.last == UInt8(ascii: "/") {
            // The slash before was kept back until this byte tells what it is.
            recent.removeLast()
            if byte == UInt8(ascii: "/") { return enter(.lineComment) }
            if byte == UInt8(ascii: "*") { return enter(.blockComment) }
            switch slash {
            case .divides: remember(UInt8(ascii: "/"))
            case .beginsExpression:
                state = .expression(inClass: byte == UInt8(ascii: "["))
                escapeNext(byte)
                return
            case .unknown:
                throw Problem(
                    offset, "it is not certain whether this '/' divides: put what is before it into parentheses")
            }
        }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): enter(.string(byte))
        case UInt8(ascii: "`"): enter(.template)
        case UInt8(ascii: "{"):
            if let open = braces.popLast() { braces.append(open + 1) }
            remember(byte)
        case UInt8(ascii: "}"): closeBrace()
        case UInt8(ascii: "("):
            parentheses.append(endsWithWord(in: Self.wordsOfConditions) ? .beginsExpression : .divides)
            remember(byte)
        case UInt8(ascii: ")"):
            base = parentheses.popLast() ?? .unknown
            recent = []
        default: remember(byte)
        }
    }

    private mutating func closeBrace() {
        guard let open = braces.popLast() else { return remember(UInt8(ascii: "}")) }
        if open == 0 {
            enter(.template)
        } else {
            braces.append(open - 1)
            remember(UInt8(ascii: "}"))
        }
    }

    private mutating func remember(_ byte: UInt8) {
        if TagScanner.isSpace(byte) {
            if let end = recent.last, end != UInt8(ascii: " ") { recent.append(UInt8(ascii: " ")) }
        } else {
            recent = recent.suffix(23) + [byte]
        }
    }

    // MARK: Slashes

    /// What a slash means after the code so far.
    private var slash: Slash {
        var code = recent[...]
        while code.last == UInt8(ascii: " ") { code.removeLast() }
        guard let end = code.last else { return base }
        switch end {
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            // x++ / 2, but x + /a/
            return code.reversed().prefix { $0 == end }.count % 2 == 1 ? .beginsExpression : .divides
        case UInt8(ascii: "."):
            let before = code.dropLast().last ?? 0
            return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(before) ? .divides : .beginsExpression
        // The end of a block, or of an object.
        case UInt8(ascii: "}"): return .unknown
        case _ where Self.precedingSigns.contains(end): return .beginsExpression
        default: return endsWithWord(in: Self.precedingWords) ? .beginsExpression : .divides
        }
    }

    /// Whether the code so far ends with one of these words, which is no member's name.
    private func endsWithWord(in words: [String]) -> Bool {
        var code = recent[...]
        while code.last == UInt8(ascii: " ") { code.removeLast() }
        let word = code.reversed().prefix { TagScanner.isNameByte($0) || $0 == UInt8(ascii: "$") }.reversed()
        let isMember = code.dropLast(word.count).last == UInt8(ascii: ".")
        return !isMember && words.contains { word.elementsEqual($0.utf8) }
    }

    private static let precedingSigns = Array(",<>=*%&|^?!~([:;{".utf8)
    private static let wordsOfConditions = ["if", "while", "for", "with"]
    private static let precedingWords = [
        "await", "break", "case", "continue", "delete", "do", "else", "finally", "in", "instanceof", "of", "return",
        "throw", "try", "typeof", "void", "yield",
    ]

    // MARK: Values and blocks

    mutating func value(at offset: Int) throws(Problem) -> Escape {
        if isEscaped { throw Problem(offset, "a value after a backslash in a script can't be made safe") }
        switch state {
        case .code:
            try refuseHalves(at: offset)
            recent = []
            base = .divides
            last = 0
            return .script
        case .string: return .scriptString
        case .template:
            // A `$` before the value must not begin an expression with what follows.
            last = 0
            return .scriptString
        case .expression: throw Problem(offset, "a value in a regular expression can't be made safe: use new RegExp")
        case .lineComment, .blockComment:
            throw Problem(offset, "a value in a comment of a script can't be made safe: take it out")
        }
    }

    /// A value is whole: no part of a name, and nothing that a slash before it would change.
    private func refuseHalves(at offset: Int) throws(Problem) {
        if last == UInt8(ascii: "/"), recent.last == UInt8(ascii: "/") {
            throw Problem(
                offset, "a value right after a '/' in a script can't be made safe: put a space between them")
        }
        if let end = recent.last, TagScanner.isNameByte(end) || end == UInt8(ascii: "$") {
            throw Problem(offset, "a value can't be a part of a name in a script")
        }
    }

    /// Forgets what makes no difference any more: at the edges of blocks. A slash there is refused, since what
    /// follows may make a comment of it.
    mutating func settle(at offset: Int) throws(Problem) {
        if state == .code, last == UInt8(ascii: "/"), recent.last == UInt8(ascii: "/") {
            throw Problem(offset, "a '/' right before a block in a script: put a space between them")
        }
        if state == .template, last == UInt8(ascii: "$") {
            throw Problem(offset, "a '$' right before a block in a script: put it into the block")
        }
        base = slash
        recent = []
        last = 0
    }

    static func join(_ left: ScriptTracker, _ right: ScriptTracker) -> ScriptTracker? {
        var joined = left
        if left.base != right.base { joined.base = .unknown }
        var other = right
        other.base = joined.base
        return joined == other ? joined : nil
    }
}
