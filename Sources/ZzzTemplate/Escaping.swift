/// How bytes are written in one kind of place.
@usableFromInline
protocol Escaping {
    /// How many bytes this one becomes; 1: it stays.
    static func count(_ byte: UInt8) -> Int
    /// Writes what this byte becomes, and returns how many bytes that are.
    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int
}

extension HTMLOutput {
    /// Escapes, in place, what was written from `start` on.
    @usableFromInline
    mutating func escape<Kind: Escaping>(from start: Int, _ kind: Kind.Type) {
        guard start < used else { return }
        var additional = 0
        for index in start..<used { additional &+= Kind.count(memory[index]) &- 1 }
        guard additional > 0 else { return }
        let end = used
        append(maximumCount: additional) { _ in additional }
        // The page has become too large and will not be sent, but what is in it stays escaped.
        guard used == end + additional else {
            used = start
            return
        }
        // From the last byte to the first, so that nothing is overwritten before it was read.
        var source = end
        var target = used
        while source > start {
            source &-= 1
            let byte = memory[source]
            target &-= Kind.count(byte)
            _ = Kind.write(byte, to: memory + target)
        }
    }
}

/// Lets a `switch` over bytes name characters.
@inline(__always)
func ~= (character: Unicode.Scalar, byte: UInt8) -> Bool {
    character.value == UInt32(byte)
}

/// Text and quoted attributes: `& < > " '`, and NUL, which parsers replace or drop.
@usableFromInline
enum TextEscape: Escaping {
    @usableFromInline
    static func count(_ byte: UInt8) -> Int {
        byte > UInt8(ascii: ">") ? 1 : replacement(byte)?.utf8CodeUnitCount ?? 1
    }

    @usableFromInline
    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        guard let replacement = replacement(byte) else {
            target.pointee = byte
            return 1
        }
        target.update(from: replacement.utf8Start, count: replacement.utf8CodeUnitCount)
        return replacement.utf8CodeUnitCount
    }

    private static func replacement(_ byte: UInt8) -> StaticString? {
        switch byte {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        case "\0": "\u{FFFD}"
        default: nil
        }
    }

    /// How many bytes stand before the first one that is escaped.
    static func plainPrefixCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        var position = 0
        while position &+ 8 <= bytes.count {
            guard !mayNeedEscape(bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) else { break }
            position &+= 8
        }
        while position < bytes.count, count(bytes[position]) == 1 { position &+= 1 }
        return position
    }

    /// Whether any of eight bytes may need an escape; sometimes wrongly true, never wrongly false.
    @inline(__always)
    private static func mayNeedEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Without one bit < and > are the same byte, and so are " and &.
        let angle = (word & (ones &* 0xFD)) ^ (ones &* UInt64(UInt8(ascii: "<")))
        let quoteOrAmpersand = (word & (ones &* 0xFB)) ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let apostrophe = word ^ (ones &* UInt64(UInt8(ascii: "'")))
        let found =
            (angle &- ones) & ~angle | (quoteOrAmpersand &- ones) & ~quoteOrAmpersand
            | (apostrophe &- ones) & ~apostrophe | (word &- ones) & ~word
        return found & (ones << 7) != 0
    }
}
