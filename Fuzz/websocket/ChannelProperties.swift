@testable import ZzzChannels
import ZzzJSON

/// What must hold for any message that a client of channels sends.
struct ChannelProperties {
    let bytes: [UInt8]

    func check() {
        for version in ChannelProtocol.allCases { checkText(version) }
        checkPlainText()
        checkBinary()
        for refsAreNumbers in [false, true] {
            ChannelWritingProperties(bytes: bytes, refsAreNumbers: refsAreNumbers).check()
        }
    }

    /// A message with its names as they are, since strings are equal when they only look the same, and its payload
    /// without the blanks around JSON, which belong to it or not.
    struct Plain: Equatable {
        var names: [[UInt8]?]
        var payload: [UInt8]
        var refsAreNumbers: Bool

        init(_ message: ReceivedMessage) {
            let head = message.head
            names = [head.joinRef, head.ref, head.topic, head.event].map { $0.map { Array($0.utf8) } }
            payload = message.isBinary ? Array(message.payload) : Self.withoutBlanks(Array(message.payload))
            refsAreNumbers = message.refsAreNumbers
        }

        static func withoutBlanks(_ text: [UInt8]) -> [UInt8] {
            let isBlank = { (byte: UInt8) in [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
            return text.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        }
    }

    static func read(
        _ bytes: [UInt8], _ read: (UnsafeRawBufferPointer) throws(ChannelProtocolError) -> ReceivedMessage?
    ) throws(ChannelProtocolError) -> Plain? {
        let result = withExactCopy(of: bytes[...]) { copy -> Result<Plain?, ChannelProtocolError> in
            do throws(ChannelProtocolError) { return .success(try read(copy).map(Plain.init)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    // MARK: Text

    /// What is read is what a reader of JSON values finds.
    private func checkText(_ version: ChannelProtocol) {
        var message: Plain?
        var error: ChannelProtocolError?
        do throws(ChannelProtocolError) { message = try Self.read(bytes, version.read(text:)) } catch let thrown {
            error = thrown
        }
        // The receiver of frames has checked it.
        guard ReferenceReading.isText(bytes) else { return }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: bytes) } catch {
            switch error.reason {
            // What a payload says is for whoever reads it.
            case .duplicateKey, .numberOutOfRange: break
            default: precondition(message == nil, "taken, and not JSON")
            }
            return
        }
        precondition(error != .notJSON, "refused, and JSON")
        guard let parts = version == .version2 ? Self.ofVersion2(value) : Self.ofVersion1(value) else {
            return precondition(message == nil, "a message is made of something else")
        }
        // The digits of a number that is so large are not known here.
        if parts.head[..<2].contains(where: { if case .number(9e18...) = $0 { true } else { false } }) { return }
        let names = Self.names(parts.head)
        precondition(message?.names == names, "the reference reads another message")
        guard let message else { return }
        let hasNumbers = parts.head[..<2].contains { if case .integer = $0 { true } else { false } }
        precondition(message.refsAreNumbers == hasNumbers, "refs are numbers or not")
        precondition((try? JSONValue(parsing: message.payload)) == parts.payload, "the payload is another")
    }

    /// join_ref, ref, topic, event; and the payload.
    private typealias Parts = (head: [JSONValue], payload: JSONValue)

    private static func ofVersion2(_ value: JSONValue) -> Parts? {
        guard case .array(let elements) = value, elements.count >= 5 else { return nil }
        return (Array(elements[..<4]), elements[4])
    }

    private static func ofVersion1(_ value: JSONValue) -> Parts? {
        guard case .object(let members) = value, let topic = members["topic"], let event = members["event"],
            let payload = members["payload"], let ref = members["ref"]
        else { return nil }
        return ([members["join_ref"] ?? .null, ref, topic, event], payload)
    }

    /// nil when one of them is of another type or too long.
    private static func names(_ head: [JSONValue]) -> [[UInt8]?]? {
        var names: [[UInt8]?] = []
        for (place, value) in head.enumerated() {
            switch value {
            case .null where place < 2: names.append(nil)
            case .integer(let number) where place < 2 && number >= 0: names.append(Array("\(number)".utf8))
            case .string(let name) where name.utf8.count <= 255: names.append(Array(name.utf8))
            default: return nil
            }
        }
        return names
    }

    /// What is read without a tape is read the same with one.
    private func checkPlainText() {
        guard ReferenceReading.isText(bytes) else { return }
        let read = ChannelProtocol.version2.readParts
        guard let plain = (try? Self.read(bytes, PlainMessage.read)) ?? nil else { return }  // it never throws
        precondition((try? Self.read(bytes, read)) == plain, "the short way reads something else")
    }

    // MARK: Binary

    private func checkBinary() {
        let version1 = try? Self.read(bytes, ChannelProtocol.version1.read(binary:))
        precondition(version1 == nil, "version 1 has no binary messages")
        let message = (try? Self.read(bytes, ChannelProtocol.version2.read(binary:))) ?? nil
        let expected = BinaryMessage(bytes, kind: 0, names: 4)
        precondition(message?.names == expected?.names.map { $0 }, "the reference reads another message")
        precondition(message?.payload == expected?.payload)
    }
}

/// A binary message of version 2: a kind, the lengths of some names, the names, and a payload.
struct BinaryMessage {
    var names: [[UInt8]] = []
    var payload: [UInt8]

    init?(_ bytes: [UInt8], kind: UInt8, names count: Int) {
        guard bytes.count > count, bytes[0] == kind else { return nil }
        payload = Array(bytes[(count + 1)...])
        for length in bytes[1...count] {
            guard payload.count >= length else { return nil }
            names.append(Array(payload[..<Int(length)]))
            payload.removeFirst(Int(length))
        }
        guard names.allSatisfy(ReferenceReading.isText) else { return nil }
    }
}
