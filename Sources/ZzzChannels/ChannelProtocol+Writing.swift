/// What a server sends. Names longer than a binary message can carry are refused before this.
extension ChannelProtocol {
    /// A payload that lies somewhere: JSON text, or bytes, which only version 2 has.
    public struct Payload {
        public let bytes: UnsafeRawBufferPointer
        public let isBinary: Bool

        public init(_ bytes: UnsafeRawBufferPointer, isBinary: Bool = false) {
            self.bytes = bytes
            self.isBinary = isBinary
        }

        /// `{}`
        public static var empty: Payload { Payload(StaticBytes.braces) }
    }

    /// To one channel: `[join_ref, null, topic, event, payload]`.
    public func writePush(
        joinRef: String?, topic: String, event: String, _ payload: Payload, to writer: inout MessageWriter
    ) {
        if payload.isBinary { return writeBinary(kind: 0, [joinRef ?? "", topic, event], payload, to: &writer) }
        beginText(joinRef: joinRef, ref: nil, topic: topic, event: event, to: &writer)
        writer.append(payload.bytes)
        endText(to: &writer)
    }

    /// To all that have joined the topic: `[null, null, topic, event, payload]`.
    public func writeBroadcast(topic: String, event: String, _ payload: Payload, to writer: inout MessageWriter) {
        if payload.isBinary { return writeBinary(kind: 2, [topic, event], payload, to: &writer) }
        writePush(joinRef: nil, topic: topic, event: event, payload, to: &writer)
    }

    /// To a message of the client's: `[join_ref, ref, topic, "phx_reply", {"status": ..., "response": ...}]`.
    public func writeReply(
        joinRef: String?, ref: String?, topic: String, status: String, _ response: Payload = .empty,
        to writer: inout MessageWriter
    ) {
        if response.isBinary {
            return writeBinary(kind: 1, [joinRef ?? "", ref ?? "", topic, status], response, to: &writer)
        }
        beginText(joinRef: joinRef, ref: ref, topic: topic, event: ChannelEvent.reply, to: &writer)
        writer.append(#"{"status":"#)
        writer.append(json: status)
        writer.append(#","response":"#)
        writer.append(response.bytes)
        writer.append("}")
        endText(to: &writer)
    }

    /// The channel has ended: `phx_close` for good, `phx_error` to be joined again.
    public func writeEnd(
        joinRef: String?, topic: String, event: String, _ payload: Payload = .empty, to writer: inout MessageWriter
    ) {
        beginText(joinRef: joinRef, ref: joinRef, topic: topic, event: event, to: &writer)
        writer.append(payload.bytes)
        endText(to: &writer)
    }

    private func beginText(
        joinRef: String?, ref: String?, topic: String, event: String, to writer: inout MessageWriter
    ) {
        switch self {
        case .version2:
            writer.append("[")
            writer.append(ref: joinRef)
            writer.append(",")
            writer.append(ref: ref)
            writer.append(",")
            writer.append(json: topic)
            writer.append(",")
            writer.append(json: event)
            writer.append(",")
        case .version1:
            writer.append(#"{"topic":"#)
            writer.append(json: topic)
            writer.append(#","event":"#)
            writer.append(json: event)
            writer.append(#","ref":"#)
            writer.append(ref: ref)
            writer.append(#","payload":"#)
        }
    }

    private func endText(to writer: inout MessageWriter) {
        writer.append(self == .version2 ? UInt8(ascii: "]") : UInt8(ascii: "}"))
    }

    private func writeBinary(kind: UInt8, _ names: [String], _ payload: Payload, to writer: inout MessageWriter) {
        precondition(self == .version2, "version 1 has no binary messages")
        writer.append(kind)
        for name in names { writer.append(UInt8(name.utf8.count)) }
        for name in names { writer.append(plain: name) }
        writer.append(payload.bytes)
    }
}

/// Constant bytes with an address.
private enum StaticBytes {
    static var braces: UnsafeRawBufferPointer {
        let text: StaticString = "{}"
        return UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
