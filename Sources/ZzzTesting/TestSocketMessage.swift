import ZzzJSON

/// A message of a channel socket, as version 2 of the protocol has it.
public struct TestSocketMessage: Sendable, Equatable {
    public var joinRef: String?
    public var ref: String?
    public var topic: String
    public var event: String
    /// Null for bytes.
    public var payload: JSONValue = .null
    /// The payload of a binary message; nil for JSON.
    public var binary: [UInt8]?

    /// The status of an answer: "ok".
    public var status: String? { event == "phx_reply" ? payload["status"]?.stringValue : nil }
    /// What an answer says.
    public var response: JSONValue { payload["response"] ?? .null }

    init(
        joinRef: String? = nil, ref: String? = nil, topic: String, event: String, payload: JSONValue = .null,
        binary: [UInt8]? = nil
    ) {
        self.joinRef = joinRef
        self.ref = ref
        self.topic = topic
        self.event = event
        self.payload = payload
        self.binary = binary
    }

    // MARK: The wire

    /// `[join_ref, ref, topic, event, payload]`
    var text: String {
        func word(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        let value = JSONValue.array([word(joinRef), word(ref), .string(topic), .string(event), payload])
        // Strings and what was parsed: nothing in it cannot be written.
        return String(decoding: (try? value.serialized()) ?? [], as: UTF8.self)
    }

    /// A push with bytes: kind 0, four lengths, four texts, the bytes.
    var bytes: [UInt8] {
        let words = [joinRef ?? "", ref ?? "", topic, event].map { Array($0.utf8) }
        return [0] + words.map { UInt8(truncatingIfNeeded: $0.count) } + words.flatMap { $0 } + (binary ?? [])
    }

    init(text: String) throws {
        guard let parts = try JSONValue(parsing: text).arrayValue, parts.count == 5, let topic = parts[2].stringValue,
            let event = parts[3].stringValue
        else { throw TestFailure("not a message of the protocol: \(text)") }
        self.init(
            joinRef: parts[0].stringValue, ref: parts[1].stringValue, topic: topic, event: event, payload: parts[4])
    }

    /// A push (0), an answer (1) or a broadcast (2): the kind, a length for each text, the texts, the bytes.
    init(bytes: [UInt8]) throws {
        let counts = [0: 3, 1: 4, 2: 2][bytes.first ?? 9]
        guard let counts, bytes.count > counts else { throw TestFailure("not a binary message: \(bytes)") }
        var (words, start): ([String], Int) = ([], 1 + counts)
        for count in bytes[1...counts].map(Int.init) {
            guard start + count <= bytes.count else { throw TestFailure("a binary message that is cut: \(bytes)") }
            words.append(String(decoding: bytes[start..<start + count], as: UTF8.self))
            start += count
        }
        let data = Array(bytes[start...])
        switch bytes[0] {
        case 0: self.init(joinRef: words[0], topic: words[1], event: words[2], binary: data)
        case 1:
            self.init(
                joinRef: words[0], ref: words[1], topic: words[2], event: "phx_reply",
                payload: ["status": .string(words[3])], binary: data)
        default: self.init(topic: words[0], event: words[1], binary: data)
        }
    }
}
