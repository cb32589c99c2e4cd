import ZzzAppABI
import ZzzJSON

/// What a message carries, as it came: JSON, or bytes. It is read where it lies, and decoded only when asked for.
///
/// It cannot be kept beyond the call that it was given to; what is decoded or copied out of it can. Handing it on, to
/// `reply`, `push` or `broadcast`, copies nothing.
public struct Payload: ~Copyable {
    // The host's memory, for the call that it was given to, or `owner`'s.
    let slice: zzz_bytes
    private let owner: OwnedBytes?
    /// Whether it is bytes, and not text or JSON.
    public let isBinary: Bool

    /// - Parameter slice: must live as long as the payload.
    init(_ slice: zzz_bytes, isBinary: Bool) {
        self.slice = slice
        self.isBinary = isBinary
        owner = nil
    }

    /// A payload that lives as long as it is held.
    init(_ owner: OwnedBytes, isBinary: Bool) {
        slice = zzz_bytes(owner.buffer)
        self.isBinary = isBinary
        self.owner = owner
    }

    public var byteCount: Int { slice.count }

    /// A copy.
    public var bytes: [UInt8] { slice.array }

    /// A copy as text, with U+FFFD for what is not UTF-8.
    public var text: String { slice.string }

    /// Calls `body` with the bytes where they are.
    public borrowing func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try body(slice.buffer)
    }

    /// Decodes it: `let draft = try message.payload.decode(Draft.self)`. A ``ChannelError`` that says what is wrong
    /// when it is not such a value, for the client to see.
    public borrowing func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard !isBinary else { throw ChannelError("the payload is not JSON") }
        do {
            return try JSONBytesDecoder().decode(type, from: slice.buffer)
        } catch let error as DecodingError {
            throw ChannelError("the payload could not be read: \(error)")
        }
    }

    /// The value of any JSON payload; a ``ChannelError`` for bytes.
    public var json: JSONValue {
        get throws { try decode(JSONValue.self) }
    }
}

/// A copy of bytes.
final class OwnedBytes: @unchecked Sendable {
    // Immutable after init.
    let buffer: UnsafeRawBufferPointer

    init(copying slice: zzz_bytes) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: slice.buffer.count, alignment: 1)
        copy.copyMemory(from: slice.buffer)
        buffer = UnsafeRawBufferPointer(copy)
    }

    deinit { buffer.deallocate() }
}
