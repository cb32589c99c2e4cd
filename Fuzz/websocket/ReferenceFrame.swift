/// A frame as RFC 6455 section 5.2 draws it.
struct ReferenceFrame {
    var first: UInt8
    var isMasked: Bool
    var length: UInt64
    var isShortestLength: Bool
    /// Unmasked, as far as it is there.
    var payload: [UInt8]

    var opcode: UInt8 { first & 0x0F }
    var isFinal: Bool { first & 0x80 != 0 }
    var isControl: Bool { opcode >= 8 }
    var isWhole: Bool { UInt64(payload.count) == length }

    /// Takes one off `bytes`; nil when its head is not there.
    init?(_ bytes: inout ArraySlice<UInt8>) {
        var rest = bytes
        guard let first = rest.popFirst(), let second = rest.popFirst() else { return nil }
        self.first = first
        isMasked = second >= 0x80
        let short = second % 0x80
        let longer = short == 126 ? 2 : short == 127 ? 8 : 0
        guard rest.count >= longer + (isMasked ? 4 : 0) else { return nil }
        length = longer == 0 ? UInt64(short) : rest.prefix(longer).reduce(0) { $0 << 8 | UInt64($1) }
        isShortestLength = longer == 0 || length > (longer == 2 ? 125 : 65_535)
        rest.removeFirst(longer)
        let key = isMasked ? Array(rest.prefix(4)) : [0, 0, 0, 0]
        if isMasked { rest.removeFirst(4) }
        let present = rest.prefix(Int(min(length, UInt64(rest.count))))
        payload = present.enumerated().map { $1 ^ key[$0 % 4] }
        bytes = rest.dropFirst(present.count)
    }

    /// The bytes of one, with the key 1, 2, 3, 4 when it is masked.
    static func bytes(_ first: UInt8, _ payload: [UInt8], isMasked: Bool) -> [UInt8] {
        let maskBit: UInt8 = isMasked ? 0x80 : 0
        var bytes = [first]
        switch payload.count {
        case ...125: bytes.append(maskBit | UInt8(payload.count))
        default: bytes += [maskBit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        guard isMasked else { return bytes + payload }
        return bytes + [1, 2, 3, 4] + payload.enumerated().map { $1 ^ UInt8($0 % 4 + 1) }
    }
}
