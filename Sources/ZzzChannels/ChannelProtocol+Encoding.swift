import ZzzJSON

/// What a server sends. Names longer than a binary message can carry are refused before this.
extension ChannelProtocol {
    /// A frame: what it holds, and of which kind it is.
    public struct Encoded: Sendable, Equatable {
        public var isBinary: Bool
        public var bytes: [UInt8]
    }

    /// To one channel: `[join_ref, null, topic, event, payload]`.
    public func push(
        joinRef: String?, topic: String, event: String, payload: ChannelMessage.Payload
    ) -> Encoded {
        switch payload {
        case .json(let json): text(joinRef: joinRef, ref: nil, topic: topic, event: event, json: json)
        case .binary(let data): binary(kind: 0, [joinRef ?? "", topic, event], data)
        }
    }

    /// To all that have joined the topic: `[null, null, topic, event, payload]`.
    public func broadcast(topic: String, event: String, payload: ChannelMessage.Payload) -> Encoded {
        switch payload {
        case .json(let json): text(joinRef: nil, ref: nil, topic: topic, event: event, json: json)
        case .binary(let data): binary(kind: 2, [topic, event], data)
        }
    }

    /// To a message of the client's: `[join_ref, ref, topic, "phx_reply", {"status": ..., "response": ...}]`.
    public func reply(
        joinRef: String?, ref: String?, topic: String, status: String, response: ChannelMessage.Payload = .empty
    ) -> Encoded {
        switch response {
        case .json(let json):
            var payload = Array(#"{"status":"#.utf8)
            Self.append(status, to: &payload)
            payload += Array(#","response":"#.utf8)
            payload += json
            payload.append(UInt8(ascii: "}"))
            return text(joinRef: joinRef, ref: ref, topic: topic, event: ChannelEvent.reply, json: payload)
        case .binary(let data):
            return binary(kind: 1, [joinRef ?? "", ref ?? "", topic, status], data)
        }
    }

    /// The channel has ended: `phx_close` for good, `phx_error` to be joined again.
    public func end(
        joinRef: String?, topic: String, event: String, payload: ChannelMessage.Payload = .empty
    ) -> Encoded {
        guard case .json(let json) = payload else { preconditionFailure("an end is told in JSON") }
        return text(joinRef: joinRef, ref: joinRef, topic: topic, event: event, json: json)
    }

    private func text(joinRef: String?, ref: String?, topic: String, event: String, json: [UInt8]) -> Encoded {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.count + topic.utf8.count + event.utf8.count + 48)
        switch self {
        case .version2:
            bytes.append(UInt8(ascii: "["))
            for name in [joinRef, ref, topic, event] {
                Self.append(name, to: &bytes)
                bytes.append(UInt8(ascii: ","))
            }
            bytes += json
            bytes.append(UInt8(ascii: "]"))
        case .version1:
            bytes += Array(#"{"topic":"#.utf8)
            Self.append(topic, to: &bytes)
            bytes += Array(#","event":"#.utf8)
            Self.append(event, to: &bytes)
            bytes += Array(#","ref":"#.utf8)
            Self.append(ref, to: &bytes)
            bytes += Array(#","payload":"#.utf8)
            bytes += json
            bytes.append(UInt8(ascii: "}"))
        }
        return Encoded(isBinary: false, bytes: bytes)
    }

    private func binary(kind: UInt8, _ names: [String], _ data: [UInt8]) -> Encoded {
        precondition(self == .version2, "version 1 has no binary messages")
        var bytes = [kind]
        bytes.reserveCapacity(data.count + names.reduce(5) { $0 + $1.utf8.count })
        for name in names { bytes.append(UInt8(name.utf8.count)) }
        for name in names { bytes += Array(name.utf8) }
        return Encoded(isBinary: true, bytes: bytes + data)
    }

    /// A JSON string, or null.
    static func append(_ text: String?, to bytes: inout [UInt8]) {
        guard let text else { return bytes += Array("null".utf8) }
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x00...0x1F:
                let digits = Array("0123456789abcdef".utf8)
                bytes += Array(#"\u00"#.utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
