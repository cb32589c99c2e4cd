/// Makes compressed bytes of the bytes of one response after another. It is used by one thread at a time.
protocol Compressor: AnyObject {
    /// Adds what becomes of `bytes` to `output`: nothing of them stays inside.
    /// - Parameter isLast: the response ends with them; `reset` makes ready for another one.
    /// - Returns: false when the library has failed, for want of memory: then the compressor is of no use any more.
    func compress(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into output: inout CompressedBytes) -> Bool

    func reset() -> Bool
}

/// What a compressor is made for.
enum CompressionUse {
    /// One body after another, each as a whole.
    case bodies
    /// One stream, which may be open for hours beside thousands of others: with a small window.
    case stream
}

extension Compress.Coding {
    /// Nil without memory.
    func makeCompressor(for use: CompressionUse) -> (any Compressor)? {
        switch kind {
        case .gzip: DeflateCompressor(isGzip: true, level: level, use)
        case .deflate: DeflateCompressor(isGzip: false, level: level, use)
        case .brotli: BrotliLibrary.shared.flatMap { BrotliCompressor($0, level: level, use) }
        case .zstd: ZstdLibrary.shared.flatMap { ZstdCompressor($0, level: level, use) }
        }
    }
}

/// Where compressed bytes go: memory that grows, and is used again.
struct CompressedBytes: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private(set) var count = 0

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Room for at least that many bytes behind those that are there, valid until the next call.
    mutating func room(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if memory.count - count < byteCount {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(count + byteCount, 2 * memory.count), alignment: 16)
            larger.copyMemory(from: bytes)
            memory.deallocate()
            memory = larger
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[count...])
    }

    /// So many bytes of the room were filled.
    mutating func fill(_ byteCount: Int) { count += byteCount }

    /// Forgets the bytes; keeps the memory, unless it is much.
    mutating func removeAll(keeping most: Int = 1 << 20) {
        count = 0
        guard memory.count > most else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}
