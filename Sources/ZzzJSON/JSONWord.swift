/// Eight bytes of text at a time, the first one in the lowest bits.
enum JSONWord {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080
    static let spaces: UInt64 = 0x2020_2020_2020_2020

    /// How many bytes stand before the lowest one that is marked by its top bit.
    @inline(__always)
    static func count(before marks: UInt64) -> Int {
        marks.trailingZeroBitCount >> 3
    }

    /// Marks the bytes that end a run of plain text in a string: quotes, backslashes, control characters and what is
    /// not ASCII. Only the lowest mark is certain: subtracting borrows from the bytes above.
    @inline(__always)
    static func specialBytes(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        return ((quote &- ones) | (backslash &- ones) | (word &- spaces) | word) & tops
    }

    /// Marks the bytes that have to be escaped in a string. Only the lowest mark is certain.
    @inline(__always)
    static func escapedBytes(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        return ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- spaces) & ~word) & tops
    }

    /// The next `count` bytes, 1 to 8, and spaces above them.
    @inline(__always)
    static func load(_ bytes: UnsafeRawPointer, count: Int) -> UInt64 {
        if count >= 8 { return bytes.loadUnaligned(as: UInt64.self) }
        let shift = UInt64(truncatingIfNeeded: count &* 8)
        let word: UInt64
        // Two loads that overlap; what is in both is the same in both.
        if count >= 4 {
            let high = (bytes + count - 4).loadUnaligned(as: UInt32.self)
            word = UInt64(bytes.loadUnaligned(as: UInt32.self)) | UInt64(high) &<< (shift &- 32)
        } else if count >= 2 {
            let high = (bytes + count - 2).loadUnaligned(as: UInt16.self)
            word = UInt64(bytes.loadUnaligned(as: UInt16.self)) | UInt64(high) &<< (shift &- 16)
        } else {
            word = UInt64(bytes.load(as: UInt8.self))
        }
        return word | spaces &<< shift
    }

    @inline(__always)
    static func digit(_ value: UInt64) -> UInt64 {
        UInt64(UInt8(ascii: "0")) &+ value
    }

    /// The last `count` digits of a number, at most 8.
    @inline(__always)
    static func digits(_ value: UInt64, count: Int) -> UInt64 {
        var (word, rest) = (0 as UInt64, value)
        for _ in 0..<count {
            word = word << 8 | digit(rest % 10)
            rest /= 10
        }
        return word
    }
}
