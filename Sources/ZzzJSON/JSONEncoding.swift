/// The state of one encoding.
///
/// A *slot* is a place where one value is due: it is pending until a scalar is written there or an array or object is
/// opened, which then has the slot's number as its serial. Only the innermost place can be pending. An encoder or
/// container knows its slot and how many levels surround it, so that it notices when the text has gone on without it.
struct JSONEncoding: ~Copyable {
    var writer = JSONWriter()
    /// 0 when nothing is pending.
    private(set) var pendingSlot = 0
    private var lastSlot = 0
    /// What a function that cannot throw has to say; the next one that can throws it.
    private(set) var failure: (any Error)?

    /// Forgets what was written. Slots are counted on, so that what is left of this encoding has no place in the next.
    mutating func reset() {
        writer.reset()
        pendingSlot = 0
        failure = nil
    }

    mutating func makeSlot() -> Int {
        lastSlot += 1
        pendingSlot = lastSlot
        return lastSlot
    }

    /// Takes the pending slot for a scalar.
    @inline(__always)
    mutating func beginScalar(_ slot: Int, depth: Int) throws {
        guard pendingSlot == slot, failure == nil else { throw failure ?? outOfOrder(depth: depth) }
        pendingSlot = 0
    }

    /// Opens an array or object at a slot, or goes on with the one that was opened there.
    mutating func open(_ slot: Int, depth: Int, isObject: Bool) {
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
    @inline(__always)
    mutating func resume(_ slot: Int, depth: Int) throws {
        if writer.top.serial == slot, pendingSlot == 0, failure == nil { return }
        try goBack(to: slot, depth: depth)
    }

    @inline(never)
    private mutating func goBack(to slot: Int, depth: Int) throws {
        if let failure { throw failure }
        guard isOpen(slot, depth: depth) else { throw outOfOrder(depth: depth) }
        close(to: depth + 1)
    }

    @inline(__always)
    mutating func beginElement(_ slot: Int, depth: Int) throws {
        try resume(slot, depth: depth)
        writer.beginElement()
    }

    func count(_ slot: Int, depth: Int) -> Int {
        isOpen(slot, depth: depth) ? writer.frame(at: depth).count : 0
    }

    /// Completes what is inside of the outermost `depth` levels.
    mutating func close(to depth: Int) {
        if pendingSlot != 0 {
            writer.buffer.append(word: 0x7D7B, count: 2)
            pendingSlot = 0
        }
        while writer.depth > depth { writer.close() }
    }

    private func isOpen(_ slot: Int, depth: Int) -> Bool {
        depth < writer.depth && writer.frame(at: depth).serial == slot
    }
}

// MARK: - Values

extension JSONEncoding {
    @inline(__always)
    mutating func append(_ value: Double, depth: Int) throws {
        guard value.isFinite else { throw notFinite(value, depth: depth) }
        writer.buffer.append(finite: value)
    }

    @inline(__always)
    mutating func append(_ value: Float, depth: Int) throws {
        guard value.isFinite else { throw notFinite(value, depth: depth) }
        writer.buffer.append(finite: value)
    }

    mutating func append(_ value: JSONValue, depth: Int) throws {
        do throws(JSONError) {
            try writer.write(value)
        } catch {
            throw invalid(error, value: value, depth: depth)
        }
    }
}

// MARK: - Errors

extension JSONEncoding {
    /// Keeps an error for the next function that can throw.
    mutating func fail(_ error: any Error) {
        failure = failure ?? error
    }

    /// The place is taken: the text stays JSON should the error be caught by another value.
    @inline(never)
    private mutating func notFinite(_ value: Any, depth: Int) -> EncodingError {
        writer.buffer.appendNull()
        return invalid(JSONError(.notFinite), value: value, depth: depth)
    }

    private func invalid(_ error: JSONError, value: Any = (), depth: Int) -> EncodingError {
        invalid(error.description, value: value, depth: depth)
    }

    private func invalid(_ explanation: String, value: Any, depth: Int) -> EncodingError {
        let context = EncodingError.Context(
            codingPath: writer.path(depth: depth), debugDescription: explanation)
        return EncodingError.invalidValue(value, context)
    }

    @inline(never)
    private func outOfOrder(depth: Int) -> EncodingError {
        let explanation = "a second value at one place, or a container filled after its parent went on"
        return invalid(explanation, value: (), depth: depth)
    }
}
