/// Looks whether bytes are JSON (RFC 8259), without making anything of them.
public enum JSONSyntax {
    /// Whether the bytes are one value by the grammar: a name may occur twice in an object, and a number may be too
    /// large for every type.
    /// - Returns: false also for what takes a closer look: `\u` escapes, and more than 64 levels.
    /// - Precondition: the text is UTF-8 that has been checked.
    public static func isPlainValue(_ text: UnsafeRawBufferPointer) -> Bool {
        var scanner = JSONScanner(text)
        return scanner.scanValue() && scanner.isAtEnd
    }
}

/// A position in a text, moved over what is there.
private struct JSONScanner {
    private let text: UnsafeRawBufferPointer
    private var position = 0
    /// For each open level whether it is an object, the innermost in the lowest bit.
    private var objects: UInt64 = 0
    private var depth = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    private static var mostLevels: Int { 64 }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return position == text.count
        }
    }

    @inline(__always)
    private var byte: UInt8 { position < text.count ? text[position] : 0 }

    @inline(__always)
    private mutating func skipSpace() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    private mutating func take(_ expected: UInt8) -> Bool {
        guard byte == expected, position < text.count else { return false }
        position += 1
        return true
    }

    mutating func scanValue() -> Bool {
        while true {
            guard let isOpen = scanBeginning() else { return false }
            if isOpen { continue }
            while true {
                if depth == 0 { return true }
                skipSpace()
                if take(UInt8(ascii: ",")) {
                    if objects & 1 == 1, !scanName() { return false }
                    break
                }
                guard take(objects & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return false }
                close()
            }
        }
    }

    /// A value up to its end, or the begin of one that others are in.
    /// - Returns: whether a value follows; nil for no JSON.
    @inline(__always)
    private mutating func scanBeginning() -> Bool? {
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"):
            guard open(isObject: true) else { return nil }
            skipSpace()
            if take(UInt8(ascii: "}")) {
                close()
                return false
            }
            return scanName() ? true : nil
        case UInt8(ascii: "["):
            guard open(isObject: false) else { return nil }
            skipSpace()
            if take(UInt8(ascii: "]")) {
                close()
                return false
            }
            return true
        case UInt8(ascii: "\""): return scanString() ? false : nil
        case UInt8(ascii: "t"): return scanWord("true") ? false : nil
        case UInt8(ascii: "f"): return scanWord("false") ? false : nil
        case UInt8(ascii: "n"): return scanWord("null") ? false : nil
        default: return scanNumber() ? false : nil
        }
    }

    private mutating func open(isObject: Bool) -> Bool {
        guard depth < Self.mostLevels else { return false }
        depth += 1
        objects = objects << 1 | (isObject ? 1 : 0)
        position += 1
        return true
    }

    private mutating func close() {
        depth -= 1
        objects >>= 1
    }

    private mutating func scanName() -> Bool {
        skipSpace()
        guard byte == UInt8(ascii: "\""), scanString() else { return false }
        skipSpace()
        return take(UInt8(ascii: ":"))
    }

    private mutating func scanString() -> Bool {
        position += 1
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            guard byte >= 0x20 else { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            switch self.byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                position += 1
            default: return false
            }
        }
        return false
    }

    private mutating func scanWord(_ word: StaticString) -> Bool {
        guard text.count - position >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where text[position + index] != word.utf8Start[index] { return false }
        position += word.utf8CodeUnitCount
        return true
    }

    private mutating func scanNumber() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")), !scanDigits() { return false }
        if take(UInt8(ascii: ".")), !scanDigits() { return false }
        guard byte | 0x20 == UInt8(ascii: "e") else { return true }
        position += 1
        if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
        return scanDigits()
    }

    private mutating func scanDigits() -> Bool {
        let start = position
        while byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        return position > start
    }
}
