/// Eight bytes handled as one word.
enum ByteWord {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The position of the first byte, counted from the lowest, that equals `byte`; 8 when there is none.
    @inline(__always)
    static func firstIndex(of byte: UInt8, in word: UInt64) -> Int {
        let difference = word ^ (ones &* UInt64(byte))
        let zeros = (difference &- ones) & ~difference & highBits
        return zeros.trailingZeroBitCount >> 3
    }

    /// The first `byte` in a range of memory, or its end.
    @inline(__always)
    static func find(
        _ byte: UInt8, from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8> {
        var place = start
        while end - place >= 8 {
            let word = UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)
            let index = firstIndex(of: byte, in: UInt64(littleEndian: word))
            place += index
            if index < 8 { return place }
        }
        while place < end, place.pointee != byte { place += 1 }
        return place
    }

    /// Whether `count` bytes are the same at both places.
    @inline(__always)
    static func equal(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, count: Int) -> Bool {
        var offset = 0
        let left = UnsafeRawPointer(left)
        let right = UnsafeRawPointer(right)
        while offset &+ 8 <= count {
            if left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                != right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            {
                return false
            }
            offset &+= 8
        }
        while offset < count {
            if left.load(fromByteOffset: offset, as: UInt8.self) != right.load(fromByteOffset: offset, as: UInt8.self) {
                return false
            }
            offset &+= 1
        }
        return true
    }
}
