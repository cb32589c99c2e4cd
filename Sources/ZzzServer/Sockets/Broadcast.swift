import ZzzChannels
import ZzzWebSocket

/// A message to all of a topic, encoded once for each version of the protocol, whoever gets it.
final class Broadcast: Sendable {
    /// A WebSocket frame that is a whole message.
    struct Frame: Sendable {
        private let memory: ImmutableBytes
        private let headBytes: Int

        init(_ message: UnsafeRawBufferPointer, isBinary: Bool) {
            let header = FrameHeader(isBinary ? .binary : .text, payloadBytes: message.count)
            var head = [UInt8](repeating: 0, count: FrameHeader.maximumBytes)
            headBytes = head.withUnsafeMutableBytes { header.write(to: $0) }
            memory = ImmutableBytes([UInt8](head[..<headBytes]) + message)
        }

        var bytes: UnsafeRawBufferPointer { memory.buffer }
        /// Without the frame's head.
        var payload: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory.buffer[headBytes...]) }
    }

    let name: TopicName
    let event: String
    let payload: [UInt8]
    let isBinary: Bool
    /// The channel that gets nothing: who has sent it; 0 for none.
    let from: UInt64
    private let version2: Frame?
    private let version1: Frame?

    /// - Parameter writer: memory to put the frames together in.
    init(
        _ name: TopicName, event: String, payload: UnsafeRawBufferPointer, isBinary: Bool, from: UInt64 = 0,
        writer: inout MessageWriter
    ) {
        self.name = name
        self.event = event
        self.payload = Array(payload)
        self.isBinary = isBinary
        self.from = from
        // Channels join topics of their app only.
        guard !name.app.isEmpty else {
            (version1, version2) = (nil, nil)
            return
        }
        let content = ChannelProtocol.Payload(payload, isBinary: isBinary)
        writer.begin()
        ChannelProtocol.version2.writeBroadcast(topic: name.topic, event: event, content, to: &writer)
        version2 = Frame(writer.bytes, isBinary: isBinary)
        guard !isBinary else {
            version1 = nil
            return
        }
        writer.begin()
        ChannelProtocol.version1.writeBroadcast(topic: name.topic, event: event, content, to: &writer)
        version1 = Frame(writer.bytes, isBinary: false)
    }

    /// nil for what that version cannot say.
    func frame(_ version: ChannelProtocol) -> Frame? { version == .version2 ? version2 : version1 }
}
