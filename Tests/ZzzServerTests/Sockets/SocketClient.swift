import Testing
import ZzzIO
import ZzzWebSocket

/// A WebSocket client over a blocking `Client`.
final class SocketClient {
    enum Message: Equatable {
        case text(String)
        case binary([UInt8])
        case pong([UInt8])
        /// The server's close frame, answered.
        case close(UInt16, String)
        /// The stream ended without one.
        case end
    }

    let client: Client
    private var session: WebSocketSession
    private var seed: UInt32 = 1
    private var messages: [Message] = []
    private var hasEnded = false
    let response: Client.Response

    init(_ test: TestServer, _ path: String, fields: [String] = [], receiveBuffer: Int32? = nil) throws {
        client = try test.client(receiveBuffer: receiveBuffer)
        try client.send(
            ([
                "GET \(path) HTTP/1.1", "Host: test", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        response = try client.receiveHead()
        try #require(response.status == 101, "\(response.text)")
        let offer = response.header("sec-websocket-extensions")
        let compression = offer.map { _ in
            var parameters = CompressionParameters()
            parameters.serverNoContextTakeover = true
            parameters.clientNoContextTakeover = true
            return parameters
        }
        session = WebSocketSession(
            .client, compression: compression, compressors: Compressors(), randomWord: { 0x5A5A_1234 })
    }

    private func transmit(_ body: (inout WebSocketSession, (UnsafeRawBufferPointer) -> Void) -> Void) throws {
        var bytes: [UInt8] = []
        body(&session) { bytes += $0 }
        try client.send(bytes)
    }

    func send(_ text: String) throws {
        try transmit { session, send in
            _ = Array(text.utf8).withUnsafeBytes { session.send(text: $0, send) }
        }
    }

    func send(binary: [UInt8]) throws {
        try transmit { session, send in _ = binary.withUnsafeBytes { session.send(binary: $0, send) } }
    }

    func close(_ code: CloseCode = .normal) throws {
        try transmit { session, send in _ = session.close(code, send) }
    }

    /// The next message.
    func next() throws -> Message {
        while messages.isEmpty {
            if hasEnded { return .end }
            var bytes = try client.receiveSome()
            if bytes.isEmpty {
                hasEnded = true
                return .end
            }
            var answers: [UInt8] = []
            bytes.withUnsafeMutableBytes { bytes in
                var input = bytes
                while let event = session.next(&input, { answers += $0 }) {
                    switch event {
                    case .text(let text): messages.append(.text(String(decoding: text, as: UTF8.self)))
                    case .binary(let data): messages.append(.binary(Array(data)))
                    case .pong(let data): messages.append(.pong(Array(data)))
                    case .ended(let ending): messages.append(.close(ending.code.rawValue, ending.reason))
                    }
                }
            }
            if !answers.isEmpty { _ = client.sendSome(answers) }
        }
        return messages.removeFirst()
    }

    func expect(_ text: String, _ location: SourceLocation = #_sourceLocation) throws {
        let message = try next()
        #expect(message == .text(text), sourceLocation: location)
    }

    /// Joins a topic and reads the answer.
    func join(_ topic: String, _ parameters: String = "{}", ref: String = "1") throws -> Message {
        try send(#"["\#(ref)","\#(ref)","\#(topic)","phx_join",\#(parameters)]"#)
        return try next()
    }
}
