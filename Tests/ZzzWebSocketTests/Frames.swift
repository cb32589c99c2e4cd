import ZzzWebSocket

/// Frames as a test wants them, also those that no honest peer sends.
enum Frames {
    /// A frame with every bit given. A client's when `mask` is there.
    static func frame(
        _ first: UInt8, _ payload: [UInt8] = [], mask: UInt32? = 0x3D21_FA37, lengthForm: Int? = nil
    ) -> [UInt8] {
        var bytes = [first]
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        switch lengthForm ?? (payload.count <= 125 ? 7 : payload.count <= 0xFFFF ? 16 : 64) {
        case 7: bytes.append(maskBit | UInt8(payload.count))
        case 16: bytes += [maskBit | 126] + bigEndian(UInt64(payload.count), 2)
        default: bytes += [maskBit | 127] + bigEndian(UInt64(payload.count), 8)
        }
        guard let mask else { return bytes + payload }
        let key = withUnsafeBytes(of: mask, Array.init)
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    static func text(_ text: String, mask: UInt32? = 0x3D21_FA37) -> [UInt8] {
        frame(0x81, Array(text.utf8), mask: mask)
    }

    static func close(_ code: UInt16, _ reason: String = "", mask: UInt32? = 0x3D21_FA37) -> [UInt8] {
        frame(0x88, bigEndian(UInt64(code), 2) + Array(reason.utf8), mask: mask)
    }

    static func bigEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64((count - 1 - $0) * 8)) }
    }
}

/// What a receiver reported, as values.
enum Seen: Equatable, Sendable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16, String)
    case failure(WebSocketError)

    /// Everything that comes of `bytes`, given in pieces of `size` bytes at most.
    static func all(
        _ bytes: [UInt8], pieces size: Int = .max, _ role: Role = .server,
        limits: WebSocketLimits = WebSocketLimits(), compression: CompressionParameters? = nil
    ) -> [Seen] {
        var receiver = MessageReceiver(role, limits: limits, compression: compression)
        var seen: [Seen] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, size == .max ? bytes.count : start + size)
            var piece = Array(bytes[start..<end])
            let isOver = piece.withUnsafeMutableBytes { piece in
                var input = piece
                return take(&receiver, &input, &seen)
            }
            if isOver { break }
            start = end
        }
        return seen
    }

    private static func take(
        _ receiver: inout MessageReceiver, _ input: inout UnsafeMutableRawBufferPointer, _ seen: inout [Seen]
    ) -> Bool {
        while true {
            switch receiver.next(&input) {
            case .text(let bytes): seen.append(.text(String(decoding: bytes, as: UTF8.self)))
            case .binary(let bytes): seen.append(.binary(Array(bytes)))
            case .ping(let bytes): seen.append(.ping(Array(bytes)))
            case .pong(let bytes): seen.append(.pong(Array(bytes)))
            case .close(let code, let reason):
                seen.append(.close(code.rawValue, String(decoding: reason, as: UTF8.self)))
                return true
            case .failure(let error):
                seen.append(.failure(error))
                return true
            case .needMore: return input.count > 0
            }
        }
    }
}
