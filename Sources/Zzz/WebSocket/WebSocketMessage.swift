import ZzzAppABI
import ZzzJSON

/// A message that a client has sent over an ``AsyncWebSocket``: text, or bytes where it says so.
public struct WebSocketMessage: Sendable, Equatable {
    public let bytes: [UInt8]
    /// Whether it is bytes, and not text.
    public let isBinary: Bool

    public init(_ text: String) {
        bytes = Array(text.utf8)
        isBinary = false
    }

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        isBinary = true
    }

    init(json value: some Encodable) throws {
        bytes = try JSONBytesEncoder().withEncoded(value) { Array($0) }
        isBinary = false
    }

    init(copying payload: borrowing Payload) {
        bytes = payload.bytes
        isBinary = payload.isBinary
    }

    /// With U+FFFD for what is not UTF-8, which only bytes can have.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Decodes JSON: `let move = try message.decode(Move.self)`. A ``ChannelError`` that says what is wrong when it is
    /// not such a value: where the function lets it through, the client is closed with 1003.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try bytes.withUnsafeBytes { try Payload(zzz_bytes($0), isBinary: isBinary).decode(type) }
    }
}
