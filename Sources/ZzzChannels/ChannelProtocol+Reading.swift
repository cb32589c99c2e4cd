import ZzzJSON

/// What a client sends.
extension ChannelProtocol {
    /// What a text message says; its payload is a part of `text`.
    /// - Precondition: the text is UTF-8 that has been checked.
    public func read(text: UnsafeRawBufferPointer) throws(ChannelProtocolError) -> ReceivedMessage {
        if self == .version2, let message = PlainMessage.read(text) { return message }
        return try readParts(text)
    }

    /// The same, taken apart by the JSON parser.
    func readParts(_ text: UnsafeRawBufferPointer) throws(ChannelProtocolError) -> ReceivedMessage {
        let parts: JSONParts?
        do throws(JSONError) { parts = try JSONParts(text) } catch { throw .notJSON }
        switch self {
        case .version2:
            guard let parts, parts.names == nil else { throw .notAnArray }
            // More elements may follow, of a later version.
            guard parts.parts.count >= 5 else { throw .tooFewElements }
            return try Self.message(
                text, joinRef: parts.parts[0], ref: parts.parts[1], topic: parts.parts[2], event: parts.parts[3],
                payload: parts.parts[4])
        case .version1:
            guard let parts, parts.names != nil else { throw .notAnObject }
            guard let topic = parts["topic"], let event = parts["event"], let payload = parts["payload"],
                let ref = parts["ref"]
            else { throw .missingMember }
            return try Self.message(
                text, joinRef: parts["join_ref"], ref: ref, topic: topic, event: event, payload: payload)
        }
    }

    private static func message(
        _ text: UnsafeRawBufferPointer, joinRef: JSONParts.Part?, ref: JSONParts.Part, topic: JSONParts.Part,
        event: JSONParts.Part, payload: JSONParts.Part
    ) throws(ChannelProtocolError) -> ReceivedMessage {
        guard let topic = topic.string, let event = event.string else { throw .wrongTypeOfElement }
        var isNumber = false
        let head = ChannelHead(
            joinRef: try reference(joinRef, in: text, &isNumber), ref: try reference(ref, in: text, &isNumber),
            topic: topic, event: event)
        for name in [topic, event, head.joinRef ?? "", head.ref ?? ""] {
            guard name.utf8.count <= maximumNameBytes else { throw .nameTooLong }
        }
        return ReceivedMessage(
            head: head, payload: UnsafeRawBufferPointer(rebasing: text[payload.range]), isBinary: false,
            refsAreNumbers: isNumber)
    }

    /// A string; or, from clients that count without quotation marks, a number without sign, fraction and exponent.
    private static func reference(
        _ part: JSONParts.Part?, in text: UnsafeRawBufferPointer, _ isNumber: inout Bool
    ) throws(ChannelProtocolError) -> String? {
        guard let part, !part.isNull else { return nil }
        if let string = part.string { return string }
        let number = String(decoding: text[part.range], as: UTF8.self)
        guard number.isWholeNumber else { throw .wrongTypeOfElement }
        isNumber = true
        return number
    }

    /// What a binary message says: kind 0, four lengths, join_ref, ref, topic, event, data.
    public func read(binary: UnsafeRawBufferPointer) throws(ChannelProtocolError) -> ReceivedMessage {
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
        return ReceivedMessage(
            head: ChannelHead(joinRef: names[0], ref: names[1], topic: names[2], event: names[3]),
            payload: UnsafeRawBufferPointer(rebasing: binary[position...]), isBinary: true)
    }
}
