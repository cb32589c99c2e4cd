/// Bytes that are being put together, to be written to a stream of the same loop later: an answer that is ready before
/// its turn, for instance. It grows in the loop's pooled blocks.
///
/// A plain value that owns its blocks: pass it on, do not use two copies. It ends in `Stream.write(_:)` or `discard()`.
public struct OutputBuffer {
    private let pool: UnsafeMutablePointer<BlockPool>
    var chain = BlockChain()

    /// An empty buffer, which holds no memory.
    public init(loop: Loop) { pool = loop.pool }

    /// Bytes in it.
    public var count: Int { chain.count }

    /// Room for at least `minimum` contiguous bytes, to be filled and then `commit`ted.
    public mutating func reserve(_ minimum: Int) -> UnsafeMutableRawPointer { chain.reserve(minimum, pool) }

    /// Appends the first `count` bytes of what `reserve` returned last.
    public mutating func commit(_ count: Int) { chain.commit(count) }

    /// Appends a copy of `bytes`.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count).copyMemory(from: base, byteCount: bytes.count)
        commit(bytes.count)
    }

    /// Gives the memory back.
    public mutating func discard() { chain.removeAll(pool) }
}
