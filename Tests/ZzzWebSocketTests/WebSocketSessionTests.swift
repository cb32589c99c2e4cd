import Testing
import ZzzWebSocket

/// A client's and a server's session, each fed with what the other sends.
@Suite struct WebSocketSessionTests {
    /// One side and what it reported.
    final class Side {
        private var session: WebSocketSession
        var sent: [UInt8] = []
        var seen: [String] = []

        init(_ role: Role, _ compression: CompressionParameters? = nil, limits: WebSocketLimits = WebSocketLimits()) {
            var word: UInt32 = 0x1234_5678
            session = WebSocketSession(
                role, limits: limits, compression: compression, compressors: Compressors(),
                randomWord: {
                    word = word &* 1_664_525 &+ 1_013_904_223
                    return word
                })
        }

        var phase: WebSocketSession.Phase { session.phase }

        func send(text: String) -> Bool {
            var sent: [UInt8] = []
            defer { self.sent += sent }
            var text = text
            return text.withUTF8 { session.send(text: UnsafeRawBufferPointer($0)) { sent += $0 } }
        }

        func ping(_ payload: [UInt8]) -> Bool {
            var sent: [UInt8] = []
            defer { self.sent += sent }
            return payload.withUnsafeBytes { session.ping($0) { sent += $0 } }
        }

        func close(_ code: CloseCode, _ reason: String = "") -> Bool {
            var sent: [UInt8] = []
            defer { self.sent += sent }
            return session.close(code, reason: reason) { sent += $0 }
        }

        func receive(_ bytes: [UInt8]) {
            var bytes = bytes
            var sent: [UInt8] = []
            var seen: [String] = []
            bytes.withUnsafeMutableBytes { bytes in
                session.receive(bytes) { sent += $0 } handle: { event in
                    switch event {
                    case .text(let text): seen.append("text \(String(decoding: text, as: UTF8.self))")
                    case .binary(let data): seen.append("binary \(data.count)")
                    case .pong(let payload): seen.append("pong \(Array(payload))")
                    case .ended(let ending): seen.append("ended \(ending.code) \(ending.reason)")
                    }
                }
            }
            self.sent += sent
            self.seen += seen
        }

        func takeSent() -> [UInt8] {
            defer { sent = [] }
            return sent
        }
    }

    @Test(arguments: [nil, CompressionParameters()])
    func messagesGoBothWays(_ compression: CompressionParameters?) {
        let server = Side(.server, compression)
        let client = Side(.client, compression)
        let long = String(repeating: "all work and no play ", count: 1000)
        for text in ["", "Hello", "€", long, long] {
            #expect(client.send(text: text))
            #expect(server.send(text: text))
            let (toServer, toClient) = (client.takeSent(), server.takeSent())
            if compression != nil, text == long { #expect(toServer.count < text.utf8.count / 20) }
            server.receive(toServer)
            client.receive(toClient)
            #expect(server.seen.last == "text \(text)")
            #expect(client.seen.last == "text \(text)")
        }
        #expect(server.seen.count == 5)
    }

    @Test func aPingIsAnsweredAndNotReported() {
        let server = Side(.server)
        let client = Side(.client)
        #expect(client.ping([1, 2, 3]))
        server.receive(client.takeSent())
        client.receive(server.takeSent())
        #expect(server.seen.isEmpty)
        #expect(client.seen == ["pong [1, 2, 3]"])
    }

    @Test func theClosingHandshake() {
        let server = Side(.server)
        let client = Side(.client)
        #expect(server.close(.goingAway, "restart"))
        #expect(server.phase == .closing)
        #expect(!server.close(.normal))
        #expect(!server.send(text: "late"))
        #expect(!server.ping([]))
        // The client had something under way: nobody hears it any more.
        #expect(client.send(text: "crossing"))
        client.receive(server.takeSent())
        #expect(client.seen == ["ended 1001 restart"])
        #expect(client.phase == .ended)
        server.receive(client.takeSent())
        #expect(server.seen == ["ended 1001 "])
        #expect(server.phase == .ended)
        #expect(server.sent.isEmpty)
        server.receive(Frames.text("after the end"))
        #expect(server.seen.count == 1)
    }

    @Test func aCloseWithoutACodeIsAnsweredWithOne() {
        let server = Side(.server)
        server.receive(Frames.frame(0x88))
        #expect(server.seen == ["ended 1005 "])
        #expect(server.sent == [0x88, 0x00])
    }

    @Test func aBrokenRuleIsToldAndEndsIt() {
        let server = Side(.server)
        server.receive(Frames.frame(0x81, [0xFF]) + Frames.text("more"))
        #expect(server.seen == ["ended 1007 \(WebSocketError.invalidUTF8.message)"])
        #expect(server.phase == .ended)
        #expect(Array(server.sent[2..<4]) == [0x03, 0xEF])
        #expect(!server.send(text: "a"))
    }

    /// RFC 6455 section 5.2: that bit must be 0, however much a server takes.
    @Test func aLengthWithItsHighestBitIsAMistakeAndNotTooMuch() {
        let server = Side(.server)
        server.receive([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
        #expect(server.seen == ["ended 1002 \(WebSocketError.lengthTooLarge.message)"])
    }

    @Test func aLongReasonIsCutBetweenCharacters() {
        let server = Side(.server)
        #expect(server.close(.normal, String(repeating: "€", count: 100)))
        // 2 bytes of code, 41 characters of 3.
        #expect(Array(server.sent[..<2]) == [0x88, 125])
        let client = Side(.client)
        client.receive(server.takeSent())
        #expect(client.seen == ["ended 1000 " + String(repeating: "€", count: 41)])
    }
}
