/// Where in CSS the next byte stands (CSS Syntax Module level 3).
struct StyleTracker: Equatable {
    enum State: Equatable {
        case code
        case string(UInt8)
        case comment
        /// Inside `url(`; the quote, if there is one.
        case url(UInt8?)
    }

    var state = State.code
    private var url = URLTracker()
    /// The end of the code before: enough to know `url(`, `/*` and `*/`.
    private var recent: [UInt8] = []
    private var isEscaped = false

    mutating func advance(_ byte: UInt8, at offset: Int) throws(Problem) {
        if isEscaped {
            isEscaped = false
            return
        }
        let before = recent
        recent = recent.suffix(3) + [byte | (isLetter(byte) ? 0x20 : 0)]
        if byte == UInt8(ascii: "\\"), state != .comment {
            isEscaped = true
            return
        }
        switch state {
        case .code: advanceCode(byte, after: before)
        case .comment:
            if byte == UInt8(ascii: "/"), before.last == UInt8(ascii: "*") { enter(.code) }
        case .string(let quote):
            if byte == quote || byte == UInt8(ascii: "\n") { enter(.code) }
        case .url(nil) where url.part == .start && (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")):
            state = .url(byte)
        case .url(let quote):
            if byte == quote ?? UInt8(ascii: ")") { enter(.code) } else { try url.advance(byte, at: offset) }
        }
    }

    private mutating func enter(_ next: State) {
        state = next
        recent = []
    }

    private mutating func advanceCode(_ byte: UInt8, after before: [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): enter(.string(byte))
        case UInt8(ascii: "*") where before.last == UInt8(ascii: "/"): enter(.comment)
        case UInt8(ascii: "(") where before.suffix(3).elementsEqual("url".utf8):
            let first = before.count > 3 ? before[0] : 0
            guard !TagScanner.isNameByte(first), first != UInt8(ascii: "-") else { return }
            enter(.url(nil))
            url = URLTracker()
        default: break
        }
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    mutating func value(at offset: Int) throws(Problem) -> Escape {
        if isEscaped { throw Problem(offset, "a value after a backslash in CSS can't be made safe") }
        switch state {
        case .code:
            recent = []
            return .style
        case .string: return .styleString
        case .comment: throw Problem(offset, "a value in a CSS comment can't be made safe: take it out")
        case .url:
            let escape = try url.value(at: offset)
            return escape == .url ? .styleURL : escape
        }
    }

    mutating func settle() {
        recent = []
        url.settle()
    }

    static func join(_ left: StyleTracker, _ right: StyleTracker) -> StyleTracker? {
        guard left.state == right.state, left.isEscaped == right.isEscaped else { return nil }
        var joined = left
        joined.url = .join(left.url, right.url)
        return joined
    }
}
