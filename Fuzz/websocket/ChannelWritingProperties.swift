@testable import ZzzChannels
import ZzzJSON

/// What must hold for any message that a server of channels writes: it is read back the same. The first four lines
/// are its names, the rest is its payload.
struct ChannelWritingProperties {
    private let joinRef: String?
    private let ref: String?
    private let topic: String
    private let event: String
    private let data: [UInt8]
    private let json: [UInt8]
    /// What the client is said to write.
    private let refsAreNumbers: Bool

    init(bytes: [UInt8], refsAreNumbers: Bool) {
        self.refsAreNumbers = refsAreNumbers
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 4, omittingEmptySubsequences: false)
        // What is no UTF-8 becomes three times as long.
        func name(_ place: Int) -> String? {
            place < lines.count ? String(decoding: lines[place].prefix(85), as: UTF8.self) : nil
        }
        joinRef = name(0)
        ref = name(1)
        topic = name(2) ?? ""
        event = name(3) ?? ""
        data = lines.count > 4 ? Array(lines[4]) : bytes
        let text = String(decoding: data, as: UTF8.self)
        let isJSON = data == Array(text.utf8) && (try? JSONValue(parsing: data)) != nil
        json = isJSON ? data : (try? JSONValue.string(text).serialized()) ?? []
    }

    func check() {
        data.withUnsafeBytes { data in
            json.withUnsafeBytes { json in
                for version in ChannelProtocol.allCases { checkText(version, ChannelProtocol.Payload(json)) }
                checkBinary(ChannelProtocol.Payload(data, isBinary: true))
            }
        }
    }

    private func written(_ write: (inout MessageWriter) -> Void) -> [UInt8] {
        var writer = MessageWriter()
        // A writer is used again, whatever it wrote before.
        writer.append(plain: topic)
        writer.begin(refsAreNumbers: refsAreNumbers)
        write(&writer)
        return Array(writer.bytes)
    }

    // MARK: Text

    private func checkText(_ version: ChannelProtocol, _ payload: ChannelProtocol.Payload) {
        let joinRef = version == .version2 ? joinRef : nil
        let push = written { version.writePush(joinRef: joinRef, topic: topic, event: event, payload, to: &$0) }
        check(push, version, joinRef, nil, event)
        let broadcast = written { version.writeBroadcast(topic: topic, event: event, payload, to: &$0) }
        check(broadcast, version, nil, nil, event)
        let end = written { version.writeEnd(joinRef: self.joinRef, topic: topic, event: event, payload, to: &$0) }
        check(end, version, joinRef, self.joinRef, event)
        let reply = written {
            version.writeReply(joinRef: joinRef, ref: ref, topic: topic, status: event, payload, to: &$0)
        }
        var expected = JSONObject()
        expected["status"] = .string(event)
        expected["response"] = try? JSONValue(parsing: json)
        let response = check(reply, version, joinRef, ref, "phx_reply", isReply: true)
        precondition((try? JSONValue(parsing: response)) == .object(expected), "a reply is another")
    }

    /// - Returns: the payload.
    @discardableResult
    private func check(
        _ text: [UInt8], _ version: ChannelProtocol, _ joinRef: String?, _ ref: String?, _ event: String,
        isReply: Bool = false
    ) -> [UInt8] {
        guard let message = (try? ChannelProperties.read(text, version.read(text:))) ?? nil else {
            preconditionFailure("what is written cannot be read")
        }
        precondition(message.names == [joinRef, ref, topic, event].map { $0.map { Array($0.utf8) } }, "other names")
        let hasNumbers = refsAreNumbers && [joinRef, ref].contains(where: Self.isNumber)
        precondition(message.refsAreNumbers == hasNumbers, "refs are numbers or not")
        precondition(isReply || message.payload == ChannelProperties.Plain.withoutBlanks(json), "another payload")
        return message.payload
    }

    private static func isNumber(_ ref: String?) -> Bool {
        guard let digits = ref?.utf8, let first = digits.first else { return false }
        return digits.allSatisfy { (0x30...0x39).contains($0) } && (first != 0x30 || digits.count == 1)
    }

    // MARK: Binary

    private func checkBinary(_ payload: ChannelProtocol.Payload) {
        let version = ChannelProtocol.version2
        let push = written { version.writePush(joinRef: joinRef, topic: topic, event: event, payload, to: &$0) }
        check(push, kind: 0, [joinRef ?? "", topic, event])
        let reply = written {
            version.writeReply(joinRef: joinRef, ref: ref, topic: topic, status: event, payload, to: &$0)
        }
        check(reply, kind: 1, [joinRef ?? "", ref ?? "", topic, event])
        let broadcast = written { version.writeBroadcast(topic: topic, event: event, payload, to: &$0) }
        check(broadcast, kind: 2, [topic, event])
        // A client's push has the ref in it.
        let names = [joinRef ?? "", ref ?? "", topic, event].map { Array($0.utf8) }
        let fromClient = [0] + names.map { UInt8($0.count) } + names.flatMap { $0 } + data
        let read = (try? ChannelProperties.read(fromClient, version.read(binary:))) ?? nil
        precondition(read?.names == names && read?.payload == data, "a client's message is another")
    }

    private func check(_ bytes: [UInt8], kind: UInt8, _ names: [String]) {
        let message = BinaryMessage(bytes, kind: kind, names: names.count)
        precondition(message?.names == names.map { Array($0.utf8) } && message?.payload == data, "another message")
    }
}
