import ZzzJSON

/// The wire format of Phoenix channels (`vsn`): version 2 with JSON arrays and binary messages, version 1 with JSON
/// objects.
public enum ChannelProtocol: Sendable, Equatable, CaseIterable {
    case version1, version2

    /// Bytes of a topic, an event or a ref: what the lengths of a binary message can say.
    public static var maximumNameBytes: Int { 255 }

    /// - Parameter vsn: the query parameter; without one it is version 1.
    /// - Returns: nil for a version that is not spoken here.
    public init?(vsn: String?) {
        let parts = (vsn ?? "1.0.0").split(separator: ".", omittingEmptySubsequences: false).map { UInt32(String($0)) }
        // `~> 1.0.0` and `~> 2.0.0`: any patch level.
        guard parts.count == 3, let major = parts[0], parts[1] == 0, parts[2] != nil else { return nil }
        switch major {
        case 1: self = .version1
        case 2: self = .version2
        default: return nil
        }
    }

    // MARK: From the client

    /// What a text message says.
    public func decode(text: UnsafeRawBufferPointer) throws(ChannelProtocolError) -> ChannelMessage {
        let parts: JSONParts?
        do throws(JSONError) { parts = try JSONParts(text) } catch { throw .notJSON }
        switch self {
        case .version2:
            guard let parts, parts.names == nil else { throw .notAnArray }
            // More elements may follow, of a later version.
            guard parts.parts.count >= 5 else { throw .tooFewElements }
            return try Self.message(
                joinRef: parts.parts[0], ref: parts.parts[1], topic: parts.parts[2], event: parts.parts[3],
                payload: text[parts.parts[4].range])
        case .version1:
            guard let parts, parts.names != nil else { throw .notAnObject }
            guard let topic = parts["topic"], let event = parts["event"], let payload = parts["payload"],
                let ref = parts["ref"]
            else { throw .missingMember }
            return try Self.message(
                joinRef: parts["join_ref"], ref: ref, topic: topic, event: event, payload: text[payload.range])
        }
    }

    private static func message(
        joinRef: JSONParts.Part?, ref: JSONParts.Part, topic: JSONParts.Part, event: JSONParts.Part,
        payload: Slice<UnsafeRawBufferPointer>
    ) throws(ChannelProtocolError) -> ChannelMessage {
        guard let topic = topic.string, let event = event.string else { throw .wrongTypeOfElement }
        let message = ChannelMessage(
            joinRef: try reference(joinRef), ref: try reference(ref), topic: topic, event: event,
            payload: .json(Array(payload)))
        for name in [topic, event, message.joinRef ?? "", message.ref ?? ""] {
            guard name.utf8.count <= maximumNameBytes else { throw .nameTooLong }
        }
        return message
    }

    private static func reference(_ part: JSONParts.Part?) throws(ChannelProtocolError) -> String? {
        guard let part, !part.isNull else { return nil }
        guard let text = part.string else { throw .wrongTypeOfElement }
        return text
    }

    /// What a binary message says: kind 0, four lengths, join_ref, ref, topic, event, data.
    public func decode(binary: UnsafeRawBufferPointer) throws(ChannelProtocolError) -> ChannelMessage {
        guard self == .version2 else { throw .binaryInVersion1 }
        guard binary.count >= 5 else { throw .truncatedBinary }
        guard binary[0] == 0 else { throw .unknownKindOfBinary }
        var position = 5
        var names: [String] = []
        for length in binary[1..<5] {
            guard binary.count - position >= Int(length) else { throw .truncatedBinary }
            let bytes = binary[position..<position + Int(length)]
            guard let name = String(validating: bytes, as: UTF8.self) else { throw .invalidUTF8 }
            names.append(name)
            position += Int(length)
        }
        return ChannelMessage(
            joinRef: names[0], ref: names[1], topic: names[2], event: names[3],
            payload: .binary(Array(binary[position...])))
    }
}
