/// What must hold for any bytes that a WebSocket peer sends.
struct WebSocketProperties {
    var bytes: [UInt8]

    private enum Seen: Equatable {
        case message(isText: Bool, [UInt8])
        case control(UInt8, [UInt8])
        /// Which of several rules was broken first may depend on how the bytes were cut.
        case failure
    }

    func check() {
        let limits = WebSocketLimits(messageBytes: 4096, fragments: 8)
        for compression in [nil, CompressionParameters()] {
            for role in [Role.server, .client] {
                let whole = seen(role, limits, compression, pieces: bytes.count)
                for size in [1, 3] {
                    precondition(whole == seen(role, limits, compression, pieces: size), "how it is cut matters")
                }
                for case .message(let isText, let content) in whole {
                    precondition(content.count <= 4096, "the limit does not hold")
                    precondition(!isText || String(validating: content, as: UTF8.self) != nil, "text that is no UTF-8")
                }
            }
        }
        checkRoundTrip()
    }

    private func seen(
        _ role: Role, _ limits: WebSocketLimits, _ compression: CompressionParameters?, pieces size: Int
    ) -> [Seen] {
        var receiver = MessageReceiver(role, limits: limits, compression: compression)
        var seen: [Seen] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + max(size, 1))
            let isOver = withExactCopy(of: bytes[start..<end]) { piece in
                var input = UnsafeMutableRawBufferPointer(mutating: piece)
                return Self.take(&receiver, &input, &seen)
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
            case .text(let bytes): seen.append(.message(isText: true, Array(bytes)))
            case .binary(let bytes): seen.append(.message(isText: false, Array(bytes)))
            case .ping(let bytes): seen.append(.control(9, Array(bytes)))
            case .pong(let bytes): seen.append(.control(10, Array(bytes)))
            case .close(let code, let reason):
                precondition(code == .noStatus || code.isSendable, "a code that may not be sent")
                seen.append(.control(8, Array(reason)))
                return true
            case .failure(let error):
                precondition(error.closeCode.isSendable)
                seen.append(.failure)
                return true
            case .needMore:
                precondition(input.isEmpty, "more is asked for while there is some")
                return false
            }
        }
    }

    /// What one side sends, compressed or not, is what the other side gets.
    private func checkRoundTrip() {
        guard bytes.count <= 4096 else { return }
        for compression in [nil, CompressionParameters()] {
            var sender = WebSocketSession(.client, compression: compression, compressors: Compressors()) { 0x9ABC_DEF0 }
            var receiver = WebSocketSession(.server, compression: compression)
            var wire: [UInt8] = []
            _ = bytes.withUnsafeBytes { bytes in sender.send(binary: bytes) { wire += $0 } }
            var got: [[UInt8]] = []
            wire.withUnsafeMutableBytes { wire in
                receiver.receive(wire) { _ in } handle: { event in
                    if case .binary(let data) = event { got.append(Array(data)) }
                }
            }
            precondition(got == [bytes], "a message changes on its way")
        }
    }
}
