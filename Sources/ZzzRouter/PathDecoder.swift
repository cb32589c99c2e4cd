/// Percent-decoding of a whole path (RFC 3986 2.1), in one pass.
///
/// An encoded slash becomes `encodedSlash`, a byte that UTF-8 never contains, so that it ends no segment while the path
/// is matched; `restoreSlashes` turns it into "/" in the values that a handler gets.
enum PathDecoder {
    static let encodedSlash: UInt8 = 0xFF

    /// Whether `path` can be matched as it is: ASCII without "%" and NUL.
    @inline(__always)
    static func isPlain(_ path: UnsafeRawPointer, count: Int) -> Bool {
        var odd: UInt64 = 0
        var offset = 0
        while offset &+ 8 <= count {
            let word = path.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            odd |= word | zeroBytes(word) | zeroBytes(word ^ (ByteWord.ones &* UInt64(UInt8(ascii: "%"))))
            offset &+= 8
        }
        if odd & ByteWord.highBits != 0 { return false }
        while offset < count {
            let byte = path.load(fromByteOffset: offset, as: UInt8.self)
            if byte == UInt8(ascii: "%") || byte == 0 || byte >= 0x80 { return false }
            offset &+= 1
        }
        return true
    }

    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- ByteWord.ones) & ~word
    }

    /// Decodes `path` into `target`, which has room for as many bytes. Returns the decoded length, -1 when the path has
    /// a "%" without two hexadecimal digits, a NUL, or bytes that are not UTF-8 (RFC 3629).
    static func decode(_ path: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
        precondition(target.count >= path.count, "the scratch memory for a decoded path is as long as the path")
        var length = 0
        var offset = 0
        while offset < path.count {
            var byte = path[offset]
            offset += 1
            if byte == UInt8(ascii: "%") {
                guard offset + 2 <= path.count, let high = hexadecimalValue(path[offset]),
                    let low = hexadecimalValue(path[offset + 1])
                else { return -1 }
                offset += 2
                byte = high << 4 | low
                if byte == encodedSlash { return -1 }
                if byte == UInt8(ascii: "/") { byte = encodedSlash }
            } else if byte == encodedSlash {
                return -1
            }
            if byte == 0 { return -1 }
            target[length] = byte
            length += 1
        }
        return isText(UnsafeRawBufferPointer(rebasing: target[..<length])) ? length : -1
    }

    static func restoreSlashes(_ bytes: UnsafeMutableRawBufferPointer) {
        for index in bytes.indices where bytes[index] == encodedSlash { bytes[index] = UInt8(ascii: "/") }
    }

    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether the bytes are well-formed UTF-8 once every `encodedSlash` is read as "/" (Unicode 15, table 3-7).
    private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let first = bytes[offset]
            offset += 1
            if first < 0x80 || first == encodedSlash { continue }
            let (count, second): (Int, ClosedRange<UInt8>)
            switch first {
            case 0xC2...0xDF: (count, second) = (1, 0x80...0xBF)
            case 0xE0: (count, second) = (2, 0xA0...0xBF)
            case 0xED: (count, second) = (2, 0x80...0x9F)
            case 0xE1...0xEF: (count, second) = (2, 0x80...0xBF)
            case 0xF0: (count, second) = (3, 0x90...0xBF)
            case 0xF1...0xF3: (count, second) = (3, 0x80...0xBF)
            case 0xF4: (count, second) = (3, 0x80...0x8F)
            default: return false
            }
            guard offset + count <= bytes.count, second.contains(bytes[offset]) else { return false }
            for index in offset + 1..<max(offset + 1, offset + count) where bytes[index] & 0xC0 != 0x80 {
                return false
            }
            offset += count
        }
        return true
    }
}
