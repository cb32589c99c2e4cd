import ZzzJSON

/// Values in scripts: as JSON, which is JavaScript too.
extension HTMLOutput {
    /// Writes a string with its quotes.
    public mutating func script(_ value: String) {
        append(UInt8(ascii: "\""))
        scriptString(value)
        append(UInt8(ascii: "\""))
    }

    /// Writes a number. A minus does not become `--` with one before it.
    public mutating func script<Value: FixedWidthInteger & TemplateValue & Encodable>(_ value: Value) {
        if value < 0 { append(UInt8(ascii: " ")) }
        append(integer: value)
    }

    /// Writes any value as JSON. What can't be encoded makes the page fail.
    public mutating func script(_ value: some Encodable) {
        let start = used
        json(value)
        escape(from: start, ScriptEscape.self)
    }

    /// The same in an attribute.
    public mutating func scriptAttribute(_ value: some Encodable) {
        let start = used
        json(value)
        escape(from: start, ScriptAttributeEscape.self)
    }

    mutating func json(_ value: some Encodable) {
        do {
            let bytes = try JSONBytesEncoder().encode(value)
            if bytes.first == UInt8(ascii: "-") { append(UInt8(ascii: " ")) }
            bytes.withUnsafeBytes { append($0) }
        } catch {
            fail(.notJSON(String(describing: error)))
        }
    }

    /// Writes text inside a string of a script, also in attributes.
    public mutating func scriptString(_ value: some TemplateValue) {
        let start = used
        value.write(to: &self)
        escape(from: start, ScriptStringEscape.self)
    }

    @_disfavoredOverload
    public mutating func scriptString(_ value: some CustomStringConvertible) { scriptString(value.description) }
}

private func writeUnicodeEscape(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
    target[0] = UInt8(ascii: "\\")
    target[1] = UInt8(ascii: "u")
    target[2] = UInt8(ascii: "0")
    target[3] = UInt8(ascii: "0")
    target[4] = hexadecimalDigit(byte >> 4)
    target[5] = hexadecimalDigit(byte & 15)
    return 6
}

/// JSON in a script element. Outside of its strings it has none of these bytes, so they may become escapes.
enum ScriptEscape: Escaping {
    static func count(_ byte: UInt8) -> Int { isSpecial(byte) ? 6 : 1 }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if isSpecial(byte) { return writeUnicodeEscape(byte, to: target) }
        target.pointee = byte
        return 1
    }

    static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case "<", ">", "&", "'": true
        default: false
        }
    }
}

/// JSON in an attribute: its quotes too.
enum ScriptAttributeEscape: Escaping {
    static func count(_ byte: UInt8) -> Int { byte == UInt8(ascii: "\"") ? 6 : ScriptEscape.count(byte) }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        byte == UInt8(ascii: "\"") ? TextEscape.write(byte, to: target) : ScriptEscape.write(byte, to: target)
    }
}

/// Text in a string, whatever its quotes: of JavaScript, of JSON, or in a template literal.
enum ScriptStringEscape: Escaping {
    static func count(_ byte: UInt8) -> Int { isSpecial(byte) ? 6 : 1 }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if isSpecial(byte) { return writeUnicodeEscape(byte, to: target) }
        target.pointee = byte
        return 1
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, 0x7F, "\\", "\"", "'", "`", "$", "<", ">", "&", "/": true
        default: false
        }
    }
}
