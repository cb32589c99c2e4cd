import ZzzAppABI
import ZzzServer

/// Runs a call of the server's: what that refuses, the contract's function refuses.
@inline(__always)
func served<Value>(_ body: () throws(RequestCalls.Refusal) -> Value) throws(Refusal) -> Value {
    do throws(RequestCalls.Refusal) {
        return try body()
    } catch {
        throw Refusal(error.status, error.text)
    }
}

extension Generation {
    /// The generation behind the first argument of a function.
    static func required(_ app: OpaquePointer?) throws(Refusal) -> Generation {
        guard let generation = from(handle: app) else { throw .invalid("app: not a handle of this host") }
        return generation
    }
}

extension LoopExtension {
    /// The server's bus. In a probe there is none.
    static func requiredPubSub() throws(Refusal) -> PubSub {
        guard let server else { throw Refusal(Status.state, "no messages are sent while an app is only inspected") }
        return server.pubSub
    }
}

extension zzz_bytes {
    /// A payload that goes into a message: JSON, which must be UTF-8 (RFC 6455 section 8.1), or any bytes.
    @inline(__always)
    func payload(isBinary: Bool) throws(Refusal) -> UnsafeRawBufferPointer {
        let bytes = try bytes("payload")
        guard isBinary || bytes.isUTF8 else { throw .invalid("payload: JSON that is not UTF-8") }
        return bytes
    }

    func topic() throws(Refusal) -> String { try name("topic", maximum: Int(ZZZ_TOPIC_MAXIMUM_BYTES)) }

    @inline(__always)
    func event() throws(Refusal) -> String { try name("event", maximum: Int(ZZZ_EVENT_MAXIMUM_BYTES)) }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    var isUTF8: Bool {
        let bytes = Span<UInt8>(_unsafeBytes: self)
        // `try?`: why it is none does not matter.
        return (try? UTF8Span(validating: bytes)) != nil
    }
}

/// Refuses flags that this host does not know.
func checkFlags(_ flags: UInt32, _ known: Int) throws(Refusal) {
    guard flags & ~UInt32(known) == 0 else {
        throw .invalid("flags: unknown ones in 0x\(String(flags, radix: 16))")
    }
}
