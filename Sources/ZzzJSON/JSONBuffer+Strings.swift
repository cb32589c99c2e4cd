/// Strings as JSON writes them (RFC 8259 7): only what must be escaped is.
extension JSONBuffer {
    /// A string with its quotes.
    @inline(__always)
    mutating func append(quoting string: String) {
        string.withUTF8Bytes { append(quoting: $0) }
    }

    /// UTF-8 with quotes around it: copied eight bytes at a time, up to the first one that has to be escaped.
    private mutating func append(quoting text: UnsafeRawBufferPointer) {
        append(byte: UInt8(ascii: "\""))
        var rest = text
        var target = reserve(rest.count &+ 1)
        while let source = rest.baseAddress, rest.count > 0 {
            let length = min(rest.count, 8)
            let word = JSONWord.load(source, count: length)
            target.storeBytes(of: word, as: UInt64.self)
            let escaped = JSONWord.escapedBytes(word)
            if escaped == 0 {
                target += length
                rest = UnsafeRawBufferPointer(start: source + length, count: rest.count &- length)
            } else {
                let plainCount = JSONWord.count(before: escaped)
                let byte = rest[plainCount]
                rest = UnsafeRawBufferPointer(start: source + plainCount + 1, count: rest.count &- plainCount &- 1)
                commit(to: target + plainCount)
                append(escapeOf: byte)
                target = reserve(rest.count &+ 1)
            }
        }
        target.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        commit(to: target + 1)
    }

    @inline(never)
    private mutating func append(escapeOf byte: UInt8) {
        append(byte: UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(byte: UInt8(ascii: "b"))
        case 0x09: append(byte: UInt8(ascii: "t"))
        case 0x0A: append(byte: UInt8(ascii: "n"))
        case 0x0C: append(byte: UInt8(ascii: "f"))
        case 0x0D: append(byte: UInt8(ascii: "r"))
        case 0..<0x20:
            append(word: 0x30_3075, count: 3)
            append(byte: UInt8(ascii: "0") + byte >> 4)
            append(byte: byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
        default: append(byte: byte)
        }
    }
}
