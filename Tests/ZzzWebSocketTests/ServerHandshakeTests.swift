import Testing
import ZzzWebSocket

/// RFC 6455 section 4.2.
@Suite struct ServerHandshakeTests {
    private static let good = ServerHandshake.Request(
        upgrade: ["websocket"], connection: ["Upgrade"], key: ["dGhlIHNhbXBsZSBub25jZQ=="], version: ["13"],
        protocols: ["chat, superchat"], extensions: ["permessage-deflate"])

    @Test func theExampleOfTheRFC() throws {
        let answer = try ServerHandshake(subprotocols: ["superchat", "chat"], compression: nil).accept(Self.good)
        #expect(
            answer.fields.map { "\($0.name): \($0.value)" } == [
                "Upgrade: websocket", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                "Sec-WebSocket-Protocol: superchat",
            ])
        #expect(answer.subprotocol == "superchat")
        #expect(answer.compression == nil)
    }

    @Test func compressionIsAgreedOn() throws {
        let answer = try ServerHandshake().accept(Self.good)
        #expect(answer.compression?.serverNoContextTakeover == true)
        #expect(answer.fields.last?.name == "Sec-WebSocket-Extensions")
        #expect(answer.subprotocol == nil)
    }

    @Test func listsAndCase() throws {
        var request = Self.good
        request.upgrade = ["foo, WebSocket"]
        request.connection = ["keep-alive", " upgrade "]
        request.protocols = ["a", "b,\tchat"]
        let answer = try ServerHandshake(subprotocols: ["chat"]).accept(request)
        #expect(answer.subprotocol == "chat")
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let status: UInt16
        let change: @Sendable (inout ServerHandshake.Request) -> Void

        init(_ name: String, _ status: UInt16, _ change: @escaping @Sendable (inout ServerHandshake.Request) -> Void) {
            (testDescription, self.status, self.change) = (name, status, change)
        }
    }

    @Test(arguments: [
        Bad("POST", 405) { $0.isGET = false },
        Bad("HTTP/1.0", 426) { $0.minorVersion = 0 },
        Bad("no Upgrade", 426) { $0.upgrade = [] },
        Bad("another protocol", 426) { $0.upgrade = ["h2c"] },
        Bad("a Kelvin sign for its k", 426) { $0.upgrade = ["websoc\u{212A}et"] },
        Bad("a comma that is none", 426) { $0.upgrade = ["h2c,\u{301}websocket"] },
        Bad("no Connection: upgrade", 426) { $0.connection = ["keep-alive"] },
        Bad("no version", 426) { $0.version = [] },
        Bad("version 8", 426) { $0.version = ["8"] },
        Bad("two versions", 426) { $0.version = ["13", "13"] },
        Bad("no key", 400) { $0.key = [] },
        Bad("two keys", 400) { $0.key += $0.key },
        Bad("a short key", 400) { $0.key = ["dGhlIHNhbXBsZSBub25jZQ="] },
        Bad("a key of 15 bytes", 400) { $0.key = ["dGhlIHNhbXBsZSBub25j"] },
        Bad("a key that is no base64", 400) { $0.key = ["dGhlIHNhbXBsZSBub25j*Q=="] },
        Bad("a long key", 400) { $0.key = [String(repeating: "a", count: 10_000)] },
    ])
    func refusals(_ bad: Bad) throws {
        var request = Self.good
        bad.change(&request)
        let refusal = #expect(throws: ServerHandshake.Refusal.self) { try ServerHandshake().accept(request) }
        #expect(refusal?.status == bad.status)
        if bad.testDescription.contains("version") {
            #expect(refusal?.fields.contains { $0.name == "Sec-WebSocket-Version" && $0.value == "13" } == true)
        }
    }

    @Test func aClientsKeyIsTaken() throws {
        var request = Self.good
        request.key = [WebSocketKey.make(Array(0..<16))]
        #expect(request.key == ["AAECAwQFBgcICQoLDA0ODw=="])
        #expect(throws: Never.self) { try ServerHandshake().accept(request) }
    }
}
