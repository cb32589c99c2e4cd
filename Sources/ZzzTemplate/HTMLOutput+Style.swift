/// Values in CSS.
extension HTMLOutput {
    /// Writes a value: a length, a colour, a name. One with anything but letters, digits, spaces and `# % + - . , _ !`
    /// becomes `unsafe`, which CSS ignores.
    public mutating func style(_ value: some TemplateValue) {
        let start = used
        value.write(to: &self)
        guard start <= used else { return }
        if !StyleValue.isHarmless(UnsafeRawBufferPointer(start: memory + start, count: used - start)) {
            used = start
            append("unsafe" as StaticString)
        }
    }
    @_disfavoredOverload
    public mutating func style(_ value: some CustomStringConvertible) { style(value.description) }

    /// Writes text inside a string.
    public mutating func styleString(_ value: some TemplateValue) {
        let start = used
        value.write(to: &self)
        escape(from: start, StyleStringEscape.self)
    }
    @_disfavoredOverload
    public mutating func styleString(_ value: some CustomStringConvertible) { styleString(value.description) }
}

enum StyleValue {
    static func isHarmless(_ value: UnsafeRawBufferPointer) -> Bool {
        var last: UInt8 = 0
        for byte in value {
            // Two of them end a comment in HTML.
            if byte == UInt8(ascii: "-"), last == byte { return false }
            guard isHarmless(byte) else { return false }
            last = byte
        }
        return true
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80..., " ", "#", "%", "+", "-", ".", ",", "_", "!":
            true
        default: false
        }
    }
}

/// Text in a string of CSS: escapes end with a space, so that what follows is no part of them.
enum StyleStringEscape: Escaping {
    static func count(_ byte: UInt8) -> Int { isSpecial(byte) ? 4 : 1 }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        guard isSpecial(byte) else {
            target.pointee = byte
            return 1
        }
        target[0] = UInt8(ascii: "\\")
        target[1] = hexadecimalDigit(byte >> 4)
        target[2] = hexadecimalDigit(byte & 15)
        target[3] = UInt8(ascii: " ")
        return 4
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, 0x7F, "\"", "'", "\\", "<", ">", "&", "(", ")", "{", "}", ";", ":", "/", "@", "`", "-": true
        default: false
        }
    }
}
