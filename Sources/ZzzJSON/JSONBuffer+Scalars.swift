/// Scalars as JSON writes them.
extension JSONBuffer {
    @inline(__always)
    func append(_ value: Bool) {
        append(value ? "true" : "false" as StaticString)
    }

    /// A string with its quotes (RFC 8259 7): only what must be escaped is.
    func append(quoting string: String) {
        var string = string
        string.withUTF8 { append(quoting: UnsafeRawBufferPointer($0)) }
    }

    /// UTF-8 with quotes around it.
    @inline(__always)
    func append(quoting text: UnsafeRawBufferPointer) {
        let plainCount = JSONText.plainPrefixCount(text)
        guard plainCount == text.count else { return append(escaping: text, from: plainCount) }
        append(maximumCount: text.count + 2) { target in
            target[0] = UInt8(ascii: "\"")
            UnsafeMutableRawBufferPointer(start: target + 1, count: text.count).copyMemory(from: text)
            target[text.count + 1] = UInt8(ascii: "\"")
            return text.count + 2
        }
    }

    /// The same for text with something to escape, first at `start`.
    private func append(escaping text: UnsafeRawBufferPointer, from start: Int) {
        append(UInt8(ascii: "\""))
        append(UnsafeRawBufferPointer(rebasing: text[..<start]))
        var rest = UnsafeRawBufferPointer(rebasing: text[start...])
        while let byte = rest.first {
            appendEscape(byte)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
            let plainCount = JSONText.plainPrefixCount(rest)
            append(UnsafeRawBufferPointer(rebasing: rest[..<plainCount]))
            rest = UnsafeRawBufferPointer(rebasing: rest[plainCount...])
        }
        append(UInt8(ascii: "\""))
    }

    private func appendEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0..<0x20:
            append("u00")
            append(UInt8(ascii: "0") + byte >> 4)
            append(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
        default: append(byte)
        }
    }

    func append(_ value: some BinaryInteger & SignedInteger) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(magnitude: UInt64(value.magnitude))
    }

    func append(magnitude value: UInt64) {
        // 20 digits are enough for 64 bits; they are found from the last to the first.
        append(maximumCount: 20) { target in
            var digits = 1
            var power: UInt64 = 10
            while digits < 20, value >= power {
                digits &+= 1
                let (next, overflowed) = power.multipliedReportingOverflow(by: 10)
                power = overflowed ? .max : next
                if overflowed { break }
            }
            var rest = value
            for index in stride(from: digits - 1, through: 0, by: -1) {
                target[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return digits
        }
    }

    /// The shortest text that reads back as the same value; "1.0" for a value without fraction.
    func append(finite value: some BinaryFloatingPoint & CustomStringConvertible) {
        var text = value.description
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }
}
