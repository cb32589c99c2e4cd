/// The state of one encoding, shared by its encoders and containers.
///
/// A *slot* is a place where one value is due: it is pending until a scalar is written there or an array or object is
/// opened, which then has the slot's number as its serial. Only the innermost place can be pending. An encoder or
/// container knows its slot and how many levels surround it, so that it notices when the text has gone on without it.
final class JSONEncodingSession {
    let userInfo: [CodingUserInfoKey: any Sendable]
    // Unchecked, as in `JSONBuffer`: no access is open while an `encode(to:)` runs.
    @exclusivity(unchecked) private(set) var writer: JSONWriter
    let buffer: JSONBuffer
    @exclusivity(unchecked) private var pendingSlot = 0
    @exclusivity(unchecked) private var lastSlot = 0
    /// What a function that cannot throw has to say; the next one that can throws it.
    @exclusivity(unchecked) private var failure: (any Error)?

    init(_ writer: JSONWriter, userInfo: [CodingUserInfoKey: any Sendable]) {
        self.writer = writer
        self.userInfo = userInfo
        buffer = writer.buffer
    }

    func makeSlot() -> Int {
        lastSlot += 1
        pendingSlot = lastSlot
        return lastSlot
    }

    /// Takes the pending slot for a scalar.
    func beginScalar(_ slot: Int, depth: Int) throws {
        if let failure { throw failure }
        guard pendingSlot == slot else { throw outOfOrder(depth: depth) }
        pendingSlot = 0
    }

    /// Opens an array or object at a slot, or goes on with the one that was opened there.
    func open(_ slot: Int, depth: Int, isObject: Bool) {
        if pendingSlot == slot {
            guard !writer.isFull else {
                return fail(invalid(JSONError(.tooDeep(limit: JSONWriter.maximumDepth)), depth: depth))
            }
            pendingSlot = 0
            writer.open(isObject: isObject, serial: slot)
        } else if !isOpen(slot, depth: depth) || writer.frame(at: depth).isObject != isObject {
            fail(outOfOrder(depth: depth))
        }
    }

    /// Makes the array or object of a slot the innermost one, where its next element or member can begin.
    func resume(_ slot: Int, depth: Int) throws {
        if let failure { throw failure }
        guard isOpen(slot, depth: depth) else { throw outOfOrder(depth: depth) }
        close(to: depth + 1)
    }

    func beginMember(_ slot: Int, depth: Int, _ key: some CodingKey) throws {
        try resume(slot, depth: depth)
        writer.beginMember(key.stringValue)
    }

    func beginElement(_ slot: Int, depth: Int) throws {
        try resume(slot, depth: depth)
        writer.beginElement()
    }

    func count(_ slot: Int, depth: Int) -> Int {
        isOpen(slot, depth: depth) ? writer.frame(at: depth).count : 0
    }

    /// Writes a whole value that `depth` levels surround.
    func encode<T: Encodable>(_ value: T, depth: Int) throws {
        if T.self == String.self {
            buffer.append(quoting: unsafeBitCast(value, to: String.self))
        } else if T.self == Int.self {
            buffer.append(unsafeBitCast(value, to: Int.self))
        } else if T.self == JSONValue.self {
            try encode(unsafeBitCast(value, to: JSONValue.self), depth: depth)
        } else {
            try value.encode(to: JSONSlotEncoder(session: self, slot: makeSlot(), depth: depth))
            close(to: depth)
            if let failure { throw failure }
        }
    }

    func append<T: BinaryFloatingPoint & CustomStringConvertible>(_ value: T, depth: Int) throws {
        guard value.isFinite else {
            // The place is taken: the text stays JSON should the error be caught by another value.
            buffer.append("null")
            throw invalid(JSONError(.notFinite), value: value, depth: depth)
        }
        buffer.append(finite: value)
    }

    /// Keeps an error for the next function that can throw.
    func fail(_ error: any Error) {
        failure = failure ?? error
    }

    func path(depth: Int) -> [any CodingKey] {
        writer.path(depth: depth)
    }

    func encode(_ value: JSONValue, slot: Int, depth: Int) throws {
        try beginScalar(slot, depth: depth)
        try encode(value, depth: depth)
    }

    private func encode(_ value: JSONValue, depth: Int) throws {
        do throws(JSONError) {
            try writer.write(value)
        } catch {
            throw invalid(error, value: value, depth: depth)
        }
    }

    /// Completes what is inside of the outermost `depth` levels.
    private func close(to depth: Int) {
        if pendingSlot != 0 {
            buffer.append("{}")
            pendingSlot = 0
        }
        while writer.depth > depth { writer.close() }
    }

    private func isOpen(_ slot: Int, depth: Int) -> Bool {
        depth < writer.depth && writer.frame(at: depth).serial == slot
    }

    private func invalid(_ error: JSONError, value: Any = (), depth: Int) -> EncodingError {
        invalid(error.description, value: value, depth: depth)
    }

    private func invalid(_ explanation: String, value: Any, depth: Int) -> EncodingError {
        let context = EncodingError.Context(codingPath: path(depth: depth), debugDescription: explanation)
        return EncodingError.invalidValue(value, context)
    }

    private func outOfOrder(depth: Int) -> EncodingError {
        let explanation = "a second value at one place, or a container filled after its parent went on"
        return invalid(explanation, value: (), depth: depth)
    }
}
