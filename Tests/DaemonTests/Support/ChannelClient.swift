import ZzzJSON

/// A client of channels over a `RawClient`: masked text frames out, whole frames in (RFC 6455), and the protocol of
/// Phoenix, version 2.
final class ChannelClient {
    enum Message {
        /// join_ref, ref, topic, event, payload
        case message([JSONValue])
        /// The server's close frame.
        case close(UInt16)
    }

    let client: RawClient
    private var lastRef = 0

    /// - Parameter path: "/socket/websocket", with what else goes into the query.
    init(_ daemon: DaemonProcess, _ path: String, query: String = "") throws {
        client = try daemon.client()
        try client.send(
            "GET \(path)?vsn=2.0.0\(query) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        let response = try client.response()
        guard response.status == 101 else { throw SystemFailure("no WebSocket: \(response)") }
    }

    /// Sends a message, and returns its ref, which a join has as its join_ref too.
    @discardableResult
    func push(_ topic: String, _ event: String, _ payload: String = "{}", joinRef: String? = nil) throws -> String {
        lastRef += 1
        try send(#"["\#(joinRef ?? "\(lastRef)")","\#(lastRef)","\#(topic)","\#(event)",\#(payload)]"#)
        return "\(lastRef)"
    }

    private func send(_ text: String) throws {
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        var frame: [UInt8] = [0x81]
        let count = text.utf8.count
        frame += count < 126 ? [0x80 | UInt8(count)] : [0x80 | 126, UInt8(count >> 8), UInt8(count & 255)]
        frame += mask
        frame += text.utf8.enumerated().map { $1 ^ mask[$0 & 3] }
        try client.send(frame)
    }

    /// The next frame that is no ping.
    func next() throws -> Message {
        while true {
            let head = try client.read(count: 2)
            var count = Int(head[1])
            if count == 126 {
                let bytes = try client.read(count: 2)
                count = Int(bytes[0]) << 8 | Int(bytes[1])
            }
            guard count < 1 << 16 else { throw SystemFailure("a frame of \(count) bytes or more") }
            let payload = count == 0 ? [] : try client.read(count: count)
            switch head[0] & 0x0F {
            case 1: return .message(try JSONValue(parsing: payload).arrayValue ?? [])
            case 8: return .close(payload.count < 2 ? 1005 : UInt16(payload[0]) << 8 | UInt16(payload[1]))
            default: continue
            }
        }
    }

    /// The next message with that event, whatever comes before it: its payload.
    func expect(_ event: String) throws -> JSONValue {
        while true {
            guard case .message(let parts) = try next(), parts.count == 5 else {
                throw SystemFailure("closed, and no \(event)")
            }
            if parts[3] == .string(event) { return parts[4] }
        }
    }

    /// Joins, and returns what the app has answered.
    func join(_ topic: String, _ parameters: String = "{}") throws -> JSONValue {
        try push(topic, "phx_join", parameters)
        return try expect("phx_reply")
    }
}
