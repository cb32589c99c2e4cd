/// The bytes of a message that came in several pieces.
struct MessageBuffer: ~Copyable {
    private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private(set) var count = 0

    /// What is kept for the next message.
    private static var keptBytes: Int { 4096 }

    deinit { storage.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage.baseAddress, count: count) }

    /// Room for `byteCount` bytes or more behind the others, valid until the next call.
    mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if storage.count - count < byteCount {
            let grown = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(count + byteCount, storage.count * 2), alignment: 8)
            grown.copyMemory(from: bytes)
            storage.deallocate()
            storage = grown
        }
        return UnsafeMutableRawBufferPointer(rebasing: storage[count...])
    }

    /// The first `byteCount` bytes of the room have been filled.
    mutating func commit(_ byteCount: Int) { count += byteCount }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count).copyMemory(from: bytes)
        commit(bytes.count)
    }

    /// Empty again; memory beyond a little goes back.
    mutating func clear() {
        count = 0
        guard storage.count > Self.keptBytes else { return }
        release()
    }

    mutating func release() {
        storage.deallocate()
        storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        count = 0
    }

    /// Hands the memory over, to be deallocated by whoever takes it.
    mutating func take() -> UnsafeMutableRawBufferPointer {
        let taken = storage
        storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        count = 0
        return taken
    }
}

/// Memory that a message lies in, kept for somebody who still looks at it.
public final class MessageMemory {
    private let memory: UnsafeMutableRawBufferPointer

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    deinit { memory.deallocate() }
}
