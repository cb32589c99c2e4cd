/// The head of a frame (RFC 6455 section 5.2).
@frozen public struct FrameHeader: Sendable, Equatable {
    public var opcode: Opcode
    public var isFinal: Bool
    /// RSV1: the message is compressed (RFC 7692 section 6).
    public var isCompressed: Bool
    public var payloadBytes: Int
    public var maskingKey: MaskingKey?

    /// Bytes of the longest one.
    public static var maximumBytes: Int { 14 }

    @inlinable
    public init(
        _ opcode: Opcode, payloadBytes: Int, isFinal: Bool = true, isCompressed: Bool = false,
        maskingKey: MaskingKey? = nil
    ) {
        self.opcode = opcode
        self.isFinal = isFinal
        self.isCompressed = isCompressed
        self.payloadBytes = payloadBytes
        self.maskingKey = maskingKey
    }

    /// Writes it to `target`, which has room for `maximumBytes`.
    /// - Returns: how many bytes it has.
    @inlinable public func write(to target: UnsafeMutableRawBufferPointer) -> Int {
        target[0] = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue
        let maskBit: UInt8 = maskingKey == nil ? 0 : 0x80
        var count = 2
        switch payloadBytes {
        case ...125:
            target[1] = maskBit | UInt8(payloadBytes)
        case ...0xFFFF:
            target[1] = maskBit | 126
            target.storeBytes(of: UInt16(payloadBytes).bigEndian, toByteOffset: 2, as: UInt16.self)
            count = 4
        default:
            target[1] = maskBit | 127
            target.storeBytes(of: UInt64(payloadBytes).bigEndian, toByteOffset: 2, as: UInt64.self)
            count = 10
        }
        if let maskingKey {
            target.storeBytes(of: maskingKey.word, toByteOffset: count, as: UInt32.self)
            count += 4
        }
        return count
    }

    /// How many bytes the head has, as its first two say.
    static func byteCount(_ second: UInt8) -> Int {
        let length =
            switch second & 0x7F {
            case 126: 4
            case 127: 10
            default: 2
            }
        return second & 0x80 == 0 ? length : length + 4
    }

    /// Reads a whole head, and refuses what no frame may be, wherever it comes.
    init(parsing bytes: UnsafeRawBufferPointer) throws(WebSocketError) {
        let first = bytes[0]
        guard first & 0x30 == 0 else { throw .reservedBits }
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .reservedOpcode }
        let isMasked = bytes[1] & 0x80 != 0
        var end = 2
        var length = UInt64(bytes[1] & 0x7F)
        switch length {
        case 126:
            length = UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            guard length > 125 else { throw .lengthNotMinimal }
            end = 4
        case 127:
            length = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            guard length > 0xFFFF else { throw .lengthNotMinimal }
            guard length <= UInt64(Int64.max) else { throw .lengthTooLarge }
            end = 10
        default: break
        }
        self.opcode = opcode
        isFinal = first & 0x80 != 0
        isCompressed = first & 0x40 != 0
        payloadBytes = Int(length)
        maskingKey = isMasked ? MaskingKey(UnsafeRawBufferPointer(rebasing: bytes[end..<end + 4])) : nil
        guard opcode.isControl else { return }
        guard isFinal else { throw .fragmentedControlFrame }
        guard payloadBytes <= 125 else { throw .controlFrameTooLong }
        guard !isCompressed else { throw .reservedBits }
    }
}
