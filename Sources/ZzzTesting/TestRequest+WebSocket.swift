import Testing
import Zzz
import ZzzWebSocket

extension TestRequest {
    /// Asks for a WebSocket (RFC 6455 section 4.1): `webSocket()` opens it, and an expectation sees how it is refused.
    public func upgradingToWebSocket(subprotocols: [String] = []) -> TestRequest {
        let key = WebSocketKey.make((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        let request = header("Connection", "Upgrade").header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13").header("Sec-WebSocket-Key", key)
        return subprotocols.isEmpty
            ? request : request.header("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", "))
    }

    /// Opens a WebSocket: `try await client.get("/echo").webSocket()`.
    /// - Throws: ``TestFailure`` when the answer is anything but one.
    public func webSocket(
        subprotocols: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestWebSocket {
        let request = upgradingToWebSocket(subprotocols: subprotocols)
        let stream = try await request.open(sourceLocation: sourceLocation)
        let key = request.headers["sec-websocket-key"].flatMap { WebSocketKey.accept($0) }
        guard stream.response.status == 101 else {
            let whole = try await stream.collect()
            throw TestFailure("\(whole.request) (\(sourceLocation)): no WebSocket, but \(whole.status)\n\(whole.text)")
        }
        guard key == stream.response.headers["sec-websocket-accept"] else {
            throw TestFailure("\(stream.response.request) (\(sourceLocation)): a wrong Sec-WebSocket-Accept")
        }
        return TestWebSocket(stream, deadline: client.deadline)
    }
}
