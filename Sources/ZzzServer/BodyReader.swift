import Glibc
import ZzzHTTP

/// How much of a request's body has come, and where it goes: into one piece of memory for a handler that wants the
/// whole body, or piece by piece to a handler that reads it as a stream.
struct BodyReader {
    enum Kind: UInt8 {
        case none
        case length
        case chunked
        /// After an upgrade: whatever comes until the peer closes.
        case untilClose
    }

    /// What a piece of input turned out to be.
    enum Step {
        /// `consumed` bytes were used, of which `data` are content. More may follow in the same input.
        case data(UnsafeRawBufferPointer, consumed: Int)
        /// One trailer field, whose offsets are into the same input.
        case trailer(HeaderField, consumed: Int)
        case needsMore(consumed: Int)
        case end(consumed: Int)
        case failure(status: UInt16)
    }

    private(set) var kind = Kind.none
    /// All of it has come.
    private(set) var isComplete = true
    /// The client waits for 100 Continue, and has not got it.
    var awaitsContinue = false
    /// Anything has come yet.
    private(set) var receivedBytes: UInt64 = 0
    private var bytesLeft: UInt64 = 0
    /// The most bytes of content that are taken (413 above it). Not known before the request has found its route.
    var limitBytes: UInt64 = .max
    private var decoder = ChunkedDecoder()

    /// The collected body.
    private var storage: UnsafeMutableRawPointer?
    private var storageCount = 0
    private var storageCapacity = 0

    init() {}

    var hasStorage: Bool { storage != nil }
    var collected: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: storageCount) }

    /// A body as the head announces it. `head.hasBody` holds.
    mutating func begin(_ head: RequestHead) {
        kind = head.isChunked ? .chunked : .length
        isComplete = false
        awaitsContinue = head.expectsContinue
        receivedBytes = 0
        bytesLeft = UInt64(max(head.contentLength, 0))
        limitBytes = .max
        if head.isChunked { decoder = ChunkedDecoder() }
    }

    /// From here on the connection is a plain stream of bytes.
    mutating func beginUntilClose() {
        kind = .untilClose
        isComplete = false
        awaitsContinue = false
        limitBytes = .max
    }

    /// The whole body has been taken from the input at once.
    mutating func skip() {
        receivedBytes = bytesLeft
        bytesLeft = 0
        isComplete = true
        awaitsContinue = false
    }

    /// The peer has closed the plain stream.
    mutating func endAtClose() {
        isComplete = true
    }

    /// Takes the next step in `input`, which is what follows what was consumed before.
    mutating func step(_ input: UnsafeRawBufferPointer) -> Step {
        switch kind {
        case .none: return .end(consumed: 0)
        case .untilClose:
            guard !input.isEmpty else { return .needsMore(consumed: 0) }
            receivedBytes += UInt64(input.count)
            return .data(input, consumed: input.count)
        case .length: return stepLength(input)
        case .chunked: return stepChunked(input)
        }
    }

    private mutating func stepLength(_ input: UnsafeRawBufferPointer) -> Step {
        if bytesLeft == 0 {
            isComplete = true
            return .end(consumed: 0)
        }
        guard !input.isEmpty else { return .needsMore(consumed: 0) }
        guard receivedBytes + bytesLeft <= limitBytes else { return .failure(status: 413) }
        let count = Int(min(UInt64(input.count), bytesLeft))
        bytesLeft -= UInt64(count)
        receivedBytes += UInt64(count)
        return .data(UnsafeRawBufferPointer(rebasing: input[0..<count]), consumed: count)
    }

    private mutating func stepChunked(_ input: UnsafeRawBufferPointer) -> Step {
        switch decoder.decode(input) {
        case .data(let range):
            receivedBytes += UInt64(range.count)
            guard receivedBytes <= limitBytes else { return .failure(status: 413) }
            return .data(UnsafeRawBufferPointer(rebasing: input[range]), consumed: range.upperBound)
        case .needMore(let consumed): return .needsMore(consumed: consumed)
        case .trailer(let field, let consumed): return .trailer(field, consumed: consumed)
        case .end(let consumed):
            isComplete = true
            return .end(consumed: consumed)
        case .failure(let error): return .failure(status: error.status)
        }
    }

    /// Adds to the collected body. The memory grows with what has come, never with what was announced.
    mutating func collect(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        let needed = storageCount + bytes.count
        if needed > storageCapacity {
            let capacity = max(needed, storageCapacity * 2, 16_384)
            guard let grown = realloc(storage, capacity) else {
                preconditionFailure("out of memory for a body of \(capacity) bytes")
            }
            storage = grown
            storageCapacity = capacity
        }
        guard let storage else { return }
        memcpy(storage + storageCount, source, bytes.count)
        storageCount = needed
    }

    /// Ready for the next request; frees the collected body.
    mutating func reset() {
        free()
        kind = .none
        isComplete = true
        awaitsContinue = false
        receivedBytes = 0
    }

    mutating func free() {
        Glibc.free(storage)
        storage = nil
        storageCount = 0
        storageCapacity = 0
    }
}
