/// The grammar of RFC 8259 once more, as slow and as plain as it can be.
struct ReferenceGrammar {
    private var rest: [UInt8]

    init(_ text: UnsafeRawBufferPointer) {
        rest = Array(text).reversed()
    }

    func accepts() -> Bool {
        var copy = self
        return copy.value() && copy.rest.isEmpty
    }

    private mutating func value() -> Bool {
        skipBlanks()
        let isValue: Bool
        switch rest.last {
        case UInt8(ascii: "{"): isValue = list(closing: "}") { $0.string() && $0.blanksAnd(":") && $0.value() }
        case UInt8(ascii: "["): isValue = list(closing: "]") { $0.value() }
        case UInt8(ascii: "\""): isValue = string()
        case UInt8(ascii: "t"): isValue = "true".utf8.allSatisfy { take($0) }
        case UInt8(ascii: "f"): isValue = "false".utf8.allSatisfy { take($0) }
        case UInt8(ascii: "n"): isValue = "null".utf8.allSatisfy { take($0) }
        default: isValue = number()
        }
        skipBlanks()
        return isValue
    }

    private mutating func list(closing: Unicode.Scalar, _ element: (inout ReferenceGrammar) -> Bool) -> Bool {
        rest.removeLast()
        if blanksAnd(closing) { return true }
        repeat {
            skipBlanks()
            guard element(&self) else { return false }
        } while blanksAnd(",")
        return blanksAnd(closing)
    }

    private mutating func string() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        var bytes: [UInt8] = []
        while let byte = rest.popLast() {
            if byte == UInt8(ascii: "\"") { return String(validating: bytes, as: UTF8.self) != nil }
            if byte < 0x20 { return false }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard let escape = rest.popLast() else { return false }
            guard escape == UInt8(ascii: "u") else {
                if !"\"\\/bfnrt".utf8.contains(escape) { return false }
                continue
            }
            guard let unit = hexadecimalUnit() else { return false }
            if UTF16.isTrailSurrogate(unit) { return false }
            guard UTF16.isLeadSurrogate(unit) else { continue }
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let trail = hexadecimalUnit(),
                UTF16.isTrailSurrogate(trail)
            else { return false }
        }
        return false
    }

    private mutating func hexadecimalUnit() -> UInt16? {
        let digits = (0..<4).compactMap { _ in rest.popLast() }
        guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")), !digits() { return false }
        if take(UInt8(ascii: ".")), !digits() { return false }
        guard take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) else { return true }
        _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
        return digits()
    }

    private mutating func digits() -> Bool {
        var count = 0
        while let byte = rest.last, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            rest.removeLast()
            count += 1
        }
        return count > 0
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard rest.last == byte else { return false }
        rest.removeLast()
        return true
    }

    private mutating func blanksAnd(_ byte: Unicode.Scalar) -> Bool {
        skipBlanks()
        return take(UInt8(ascii: byte))
    }

    private mutating func skipBlanks() {
        while let byte = rest.last, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { rest.removeLast() }
    }
}
