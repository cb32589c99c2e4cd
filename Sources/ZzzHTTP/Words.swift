/// Bytes looked at eight at a time.
///
/// Every function here reads only inside the range it is given. Words are little-endian: the first byte in memory is
/// the lowest, so "the first byte that ..." is the count of trailing zero bits divided by eight.
extension UnsafeRawPointer {
    @inlinable @inline(__always)
    func word64(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inlinable @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        load(fromByteOffset: offset, as: UInt8.self)
    }

    /// Whether the bytes here are `literal`'s. The caller knows that as many bytes are readable.
    @inlinable @inline(__always)
    func matches(_ literal: StaticString) -> Bool {
        let expected = UnsafeRawPointer(literal.utf8Start)
        return Words.equal(self, expected, count: literal.utf8CodeUnitCount, fold: 0)
    }

    /// Whether the bytes here are `literal`'s without regard to case; `literal` is lowercase letters, digits and "-",
    /// and the bytes are no control characters but HTAB: then setting bit 5 maps no other byte onto one of those.
    @inlinable @inline(__always)
    func matchesFolded(_ literal: StaticString) -> Bool {
        let expected = UnsafeRawPointer(literal.utf8Start)
        return Words.equal(self, expected, count: literal.utf8CodeUnitCount, fold: 0x2020_2020_2020_2020)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are exactly `literal`'s.
    @inlinable
    func equals(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        return count == 0 || baseAddress!.matches(literal)
    }

    /// Whether these bytes are `literal`'s without regard to case, under the conditions of `matchesFolded`.
    @inlinable @inline(__always)
    func equalsIgnoringCase(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount, let start = baseAddress else { return false }
        return start.matchesFolded(literal)
    }
}

@usableFromInline
enum Words {
    @inlinable static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inlinable static var highs: UInt64 { 0x8080_8080_8080_8080 }

    /// Compares `count` bytes, with `fold` set in each word of `left` first.
    @inlinable @inline(__always)
    static func equal(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, count: Int, fold: UInt64) -> Bool {
        var offset = 0
        while offset &+ 8 <= count {
            if left.word64(offset) | fold != right.word64(offset) { return false }
            offset = offset &+ 8
        }
        if offset &+ 4 <= count {
            let a = left.loadUnaligned(fromByteOffset: offset, as: UInt32.self) | UInt32(truncatingIfNeeded: fold)
            if a != right.loadUnaligned(fromByteOffset: offset, as: UInt32.self) { return false }
            offset = offset &+ 4
        }
        while offset < count {
            if left.byte(offset) | UInt8(truncatingIfNeeded: fold) != right.byte(offset) { return false }
            offset = offset &+ 1
        }
        return true
    }

    /// Bit 7 of each byte of `word` that is a control character (below 0x20, or 0x7F), HTAB included. The lowest bit
    /// set is exact; above it a borrow may set others.
    @inlinable @inline(__always)
    static func controls(_ word: UInt64) -> UInt64 {
        let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
        return ((word &- 0x2020_2020_2020_2020) & ~word | (delete &- ones) & ~delete) & highs
    }

    /// Bit 7 of each byte of `word` that ends a field name: ":", SP or a control character below it. The lowest bit
    /// set is exact; above it a borrow may set others.
    @inline(__always)
    static func nameEnds(_ word: UInt64) -> UInt64 {
        let colon = word ^ 0x3A3A_3A3A_3A3A_3A3A
        return ((word &- 0x2121_2121_2121_2121) & ~word | (colon &- ones) & ~colon) & highs
    }

    /// The offset of the first ":", SP or control character below it at or after `offset`, `end` when there is none.
    @inline(__always)
    static func firstNameEnd(_ start: UnsafeRawPointer, from offset: Int, to end: Int) -> Int {
        var offset = offset
        while offset &+ 8 <= end {
            let found = nameEnds(start.word64(offset))
            if found != 0 { return offset &+ found.trailingZeroBitCount >> 3 }
            offset = offset &+ 8
        }
        while offset < end, start.byte(offset) > 0x20, start.byte(offset) != 0x3A { offset = offset &+ 1 }
        return offset
    }

    /// The offset of the first control character at or after `offset`, `end` when there is none.
    @inlinable @inline(__always)
    static func firstControl(_ start: UnsafeRawPointer, from offset: Int, to end: Int) -> Int {
        var offset = offset
        while offset &+ 8 <= end {
            let found = controls(start.word64(offset))
            if found != 0 { return offset &+ found.trailingZeroBitCount >> 3 }
            offset = offset &+ 8
        }
        while offset < end {
            let byte = start.byte(offset)
            if byte < 0x20 || byte == 0x7F { return offset }
            offset = offset &+ 1
        }
        return end
    }
}
