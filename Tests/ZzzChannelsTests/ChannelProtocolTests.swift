import Testing
import ZzzChannels

@Suite struct ChannelProtocolTests {
    @Test(arguments: [
        (nil, .version1), ("1.0.0", .version1), ("1.0.7", .version1), ("2.0.0", .version2), ("2.0.1", .version2),
        ("2.1.0", nil), ("3.0.0", nil), ("2", nil), ("2.0", nil), ("", nil), ("2.0.x", nil), ("a.b.c", nil),
        ("2.0.0.0", nil), ("-2.0.0", nil), ("99999999999.0.0", nil),
    ] as [(String?, ChannelProtocol?)])
    func versions(_ vsn: String?, _ version: ChannelProtocol?) { #expect(ChannelProtocol(vsn: vsn) == version) }

    private func decode(_ version: ChannelProtocol, _ text: String) throws -> ChannelMessage {
        try Array(text.utf8).withUnsafeBytes { ChannelMessage(try version.read(text: $0)) }
    }

    private func json(_ text: String) -> ChannelMessage.Payload { .json(Array(text.utf8)) }

    // MARK: Version 2

    @Test(arguments: [
        (#"["1","2","room:1","msg",{"a":[1,{}]}]"#, "1", "2", #"{"a":[1,{}]}"#),
        (#"[null,"2","room:1","msg",{}]"#, nil, "2", "{}"),
        (#"[null,null,"room:1","msg",{}]"#, nil, nil, "{}"),
        (#"["1","2","room:1","msg",{},"later",[]]"#, "1", "2", "{}"),
        (#" [ "1" , "2" , "room:1" , "msg" , [ 1 , [ ] ] ] "#, "1", "2", "[ 1 , [ ] ]"),
        (#"["1","2","room:1","msg","text"]"#, "1", "2", #""text""#),
        (#"["1","2","room:1","msg",null]"#, "1", "2", "null"),
        (#"["1","2","room:1","msg",-1.5e3]"#, "1", "2", "-1.5e3"),
        (#"["\u0031","2","room\u003a1","msg",{"x":"]}"}]"#, "1", "2", #"{"x":"]}"}"#),
        (#"[1,20,"room:1","msg",{}]"#, "1", "20", "{}"), (#"[null,0,"room:1","msg",{}]"#, nil, "0", "{}"),
    ] as [(String, String?, String?, String)])
    func messagesOfVersion2(_ text: String, joinRef: String?, ref: String?, payload: String) throws {
        let expected = ChannelMessage(joinRef: joinRef, ref: ref, topic: "room:1", event: "msg", payload: json(payload))
        #expect(try decode(.version2, text) == expected)
    }

    /// A payload is passed on as it is, whether the message is read the short way or not.
    @Test func aBlankDoesNotDecideAboutAPayload() throws {
        let payload = #"{"a":1,"a":2}"#
        for text in [#"["1","2","t","e",\#(payload)]"#, #" ["1","2","t","e",\#(payload)]"#] {
            #expect(try decode(.version2, text).payload == json(payload))
        }
        let version1 = #"{"topic":"t","event":"e","ref":"2","payload":\#(payload)}"#
        #expect(try decode(.version1, version1).payload == json(payload))
    }

    @Test(arguments: [
        ("", .notJSON), ("[", .notJSON), ("nonsense", .notJSON), (#"["1","2","t","e",{]"#, .notJSON),
        (#"["1","2","t","e",{}] x"#, .notJSON), ("{}", .notAnArray), ("1", .notAnArray),
        (#"["1","2","t","e"]"#, .tooFewElements), ("[]", .tooFewElements),
        (#"[true,"2","t","e",{}]"#, .wrongTypeOfElement), (#"["1",[2],"t","e",{}]"#, .wrongTypeOfElement),
        (#"["1",-2,"t","e",{}]"#, .wrongTypeOfElement), (#"["1",2.0,"t","e",{}]"#, .wrongTypeOfElement),
        (#"["1",2e1,"t","e",{}]"#, .wrongTypeOfElement), (#"["1",02,"t","e",{}]"#, .notJSON),
        (#"["1","2",null,"e",{}]"#, .wrongTypeOfElement), (#"["1","2","t",{},{}]"#, .wrongTypeOfElement),
    ] as [(String, ChannelProtocolError)])
    func whatIsNoMessageOfVersion2(_ text: String, _ error: ChannelProtocolError) {
        #expect(throws: error) { try decode(.version2, text) }
    }

    @Test(arguments: [-1, 0, 1])
    func theLengthOfNamesIsLimited(beyond: Int) throws {
        let name = String(repeating: "a", count: 255 + beyond)
        for text in [
            #"["\#(name)","2","t","e",{}]"#, #"["1","\#(name)","t","e",{}]"#, #"["1","2","\#(name)","e",{}]"#,
            #"["1","2","t","\#(name)",{}]"#, #"["1",\#(String(repeating: "1", count: 255 + beyond)),"t","e",{}]"#,
        ] {
            if beyond > 0 {
                #expect(throws: ChannelProtocolError.nameTooLong) { try decode(.version2, text) }
            } else {
                #expect(throws: Never.self) { try decode(.version2, text) }
            }
        }
    }

    // MARK: Version 1

    @Test func messagesOfVersion1() throws {
        let text = #"{"topic":"room:1","event":"msg","payload":{"a":1},"ref":"7","join_ref":"3","more":0}"#
        let expected = ChannelMessage(joinRef: "3", ref: "7", topic: "room:1", event: "msg", payload: json(#"{"a":1}"#))
        #expect(try decode(.version1, text) == expected)
        let short = #"{"ref":null,"payload":{},"event":"e","topic":"t"}"#
        #expect(try decode(.version1, short) == ChannelMessage(joinRef: nil, ref: nil, topic: "t", event: "e"))
    }

    @Test(arguments: [
        ("[]", .notAnObject), ("", .notJSON),
        (#"{"topic":"t","event":"e","ref":"1","payload":1,"payload":2}"#, .notJSON),
        (#"{"topic":"t","event":"e","payload":{}}"#, .missingMember),
        (#"{"topic":"t","event":"e","ref":"1"}"#, .missingMember), ("{}", .missingMember),
        (#"{"topic":1,"event":"e","payload":{},"ref":"1"}"#, .wrongTypeOfElement),
    ] as [(String, ChannelProtocolError)])
    func whatIsNoMessageOfVersion1(_ text: String, _ error: ChannelProtocolError) {
        #expect(throws: error) { try decode(.version1, text) }
    }

    // MARK: Binary

    private func decode(binary: [UInt8], _ version: ChannelProtocol = .version2) throws -> ChannelMessage {
        try binary.withUnsafeBytes { ChannelMessage(try version.read(binary: $0)) }
    }

    @Test func binaryMessages() throws {
        // The lengths are bytes: "ü" has two.
        let bytes: [UInt8] = [0, 1, 2, 2, 1] + Array("122üe".utf8)
        let expected = ChannelMessage(joinRef: "1", ref: "22", topic: "ü", event: "e", payload: .binary([9, 255]))
        #expect(try decode(binary: bytes + [9, 255]) == expected)
        #expect(try decode(binary: [0, 0, 0, 1, 1, 0x74, 0x65])
            == ChannelMessage(joinRef: "", ref: "", topic: "t", event: "e", payload: .binary([])))
    }

    @Test(arguments: [
        ([], .truncatedBinary), ([0, 0, 0, 0], .truncatedBinary), ([0, 0, 0, 0, 1], .truncatedBinary),
        ([0, 255, 255, 255, 255, 1], .truncatedBinary), ([1, 0, 0, 0, 0], .unknownKindOfBinary),
        ([0, 0, 0, 1, 0, 0xFF], .invalidUTF8),
    ] as [([UInt8], ChannelProtocolError)])
    func whatIsNoBinaryMessage(_ bytes: [UInt8], _ error: ChannelProtocolError) {
        #expect(throws: error) { try decode(binary: bytes) }
    }

    @Test func version1HasNoBinaryMessages() {
        #expect(throws: ChannelProtocolError.binaryInVersion1) {
            try decode(binary: [0, 0, 0, 1, 1, 0x74, 0x65], .version1)
        }
    }

    // MARK: What a server sends

    /// What is sent, as text.
    private func sent(_ write: (inout MessageWriter) -> Void) -> String {
        String(decoding: sentBytes(write), as: UTF8.self)
    }

    private func sentBytes(_ write: (inout MessageWriter) -> Void) -> [UInt8] {
        var writer = MessageWriter()
        write(&writer)
        return Array(writer.bytes)
    }

    private func payload(_ text: StaticString) -> ChannelProtocol.Payload {
        ChannelProtocol.Payload(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private let binary = ChannelProtocol.Payload(
        UnsafeRawBufferPointer(start: ("\u{7}" as StaticString).utf8Start, count: 1), isBinary: true)

    @Test func version2Sends() {
        let v2 = ChannelProtocol.version2
        #expect(
            sent { v2.writeReply(joinRef: "1", ref: "2", topic: "t", status: "ok", to: &$0) }
                == #"["1","2","t","phx_reply",{"status":"ok","response":{}}]"#)
        #expect(
            sent {
                v2.writeReply(
                    joinRef: nil, ref: "2", topic: "t", status: "error", payload(#"{"reason":"x"}"#), to: &$0)
            } == #"[null,"2","t","phx_reply",{"status":"error","response":{"reason":"x"}}]"#)
        #expect(
            sent { v2.writePush(joinRef: "1", topic: "t", event: "e", payload("[1]"), to: &$0) }
                == #"["1",null,"t","e",[1]]"#)
        #expect(sent { v2.writeBroadcast(topic: "t", event: "e", .empty, to: &$0) } == #"[null,null,"t","e",{}]"#)
        #expect(
            sent { v2.writeEnd(joinRef: "1", topic: "t", event: "phx_close", to: &$0) }
                == #"["1","1","t","phx_close",{}]"#)
        #expect(
            sent { v2.writeBroadcast(topic: "a\"\\\u{1}\n\u{1f}€", event: "e", .empty, to: &$0) }
                == #"[null,null,"a\"\\\u0001\u000a\u001f€","e",{}]"#)
    }

    @Test func version1Sends() {
        let v1 = ChannelProtocol.version1
        #expect(
            sent { v1.writeReply(joinRef: "1", ref: "2", topic: "t", status: "ok", to: &$0) }
                == #"{"topic":"t","event":"phx_reply","ref":"2","payload":{"status":"ok","response":{}}}"#)
        #expect(
            sent { v1.writeBroadcast(topic: "t", event: "e", .empty, to: &$0) }
                == #"{"topic":"t","event":"e","ref":null,"payload":{}}"#)
    }

    @Test func refsGoBackAsTheyCame() throws {
        func isNumber(_ version: ChannelProtocol, _ text: String) throws -> Bool {
            try Array(text.utf8).withUnsafeBytes { try version.read(text: $0).refsAreNumbers }
        }
        #expect(try isNumber(.version2, #"[1,2,"t","e",{}]"#) && isNumber(.version2, #"[null,2,"t","e",{}]"#))
        #expect(try isNumber(.version1, #"{"topic":"t","event":"e","payload":{},"ref":0}"#))
        #expect(try !isNumber(.version2, #"["1","2","t","e",{}]"#) && !isNumber(.version2, #"[null,null,"t","e",2]"#))
        // What such a client sent as a string all the same is no number of JSON's, perhaps.
        for (ref, written) in [
            ("0", "0"), ("17", "17"), ("01", #""01""#), ("-1", #""-1""#), ("", #""""#), ("a", #""a""#),
        ] {
            var writer = MessageWriter()
            writer.begin(refsAreNumbers: true)
            ChannelProtocol.version2.writeReply(joinRef: "3", ref: ref, topic: "4", status: "ok", to: &writer)
            #expect(
                String(decoding: writer.bytes, as: UTF8.self)
                    == #"[3,\#(written),"4","phx_reply",{"status":"ok","response":{}}]"#)
            writer.begin()
            ChannelProtocol.version1.writeEnd(joinRef: "3", topic: "t", event: "phx_close", to: &writer)
            #expect(
                String(decoding: writer.bytes, as: UTF8.self)
                    == #"{"topic":"t","event":"phx_close","ref":"3","payload":{}}"#)
        }
    }

    @Test func binarySends() {
        let v2 = ChannelProtocol.version2
        #expect(
            sentBytes { v2.writePush(joinRef: "1", topic: "to", event: "eve", binary, to: &$0) }
                == [0, 1, 2, 3] + Array("1toeve".utf8) + [7])
        #expect(
            sentBytes { v2.writeReply(joinRef: "1", ref: "2", topic: "to", status: "ok", binary, to: &$0) }
                == [1, 1, 1, 2, 2] + Array("12took".utf8) + [7])
        #expect(
            sentBytes { v2.writeBroadcast(topic: "ü", event: "e", binary, to: &$0) }
                == [2, 2, 1] + Array("üe".utf8) + [7])
    }

    @Test func aWriterIsUsedAgain() {
        var writer = MessageWriter()
        for length in [10, 100_000, 3] {
            writer.begin()
            let json = "\"" + String(repeating: "x", count: length) + "\""
            Array(json.utf8).withUnsafeBytes {
                ChannelProtocol.version2.writeBroadcast(
                    topic: "t", event: "e", ChannelProtocol.Payload($0), to: &writer)
            }
            #expect(String(decoding: writer.bytes, as: UTF8.self) == "[null,null,\"t\",\"e\",\(json)]")
        }
    }
}
