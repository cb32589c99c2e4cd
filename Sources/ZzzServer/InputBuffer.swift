import Glibc
import ZzzIO

/// Bytes received and not yet consumed: a read buffer of the loop's, or, for a head larger than those are, private
/// memory.
///
/// Owned by a connection, or by an exchange that was retained beyond its response.
struct InputBuffer {
    private(set) var base: UnsafeMutableRawPointer?
    private(set) var capacity: Int32 = 0
    /// Consumed up to here.
    var start: Int32 = 0
    private(set) var end: Int32 = 0
    /// The loop's buffer behind `base`; nil when the memory is private.
    private var lent: ReadBuffer?

    init() {}

    /// Takes over a buffer that the loop handed out.
    @inline(__always)
    init(adopting buffer: ReadBuffer) {
        base = buffer.base
        capacity = Int32(truncatingIfNeeded: buffer.capacity)
        end = Int32(truncatingIfNeeded: buffer.count)
        lent = buffer
    }

    /// How much may be appended to private memory before it moves, in bytes.
    static var room: Int { 16_384 }

    /// Private memory with a copy of `bytes`, and some room behind it.
    init(copying bytes: UnsafeRawBufferPointer, room: Int = 0) {
        let size = bytes.count + room + Self.room
        guard let memory = malloc(size) else { preconditionFailure("out of memory for \(size) bytes of input") }
        if let source = bytes.baseAddress { memcpy(memory, source, bytes.count) }
        base = memory
        capacity = Int32(size)
        end = Int32(bytes.count)
    }

    @inline(__always) var isEmpty: Bool { start == end }
    @inline(__always) var count: Int { Int(end &- start) }
    @inline(__always) var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base.map { UnsafeRawPointer($0 + Int(start)) }, count: count)
    }
    var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base.map { $0 + Int(start) }, count: count)
    }
    var freeBytes: Int { Int(capacity &- end) }

    /// Whether there is nothing but the beginning of an empty line, or one.
    var isEmptyLine: Bool { bytes.elementsEqual("\r".utf8) || bytes.elementsEqual("\r\n".utf8) }

    /// Appends, when there is room; says whether there was.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base, bytes.count <= freeBytes else { return false }
        if let source = bytes.baseAddress { memcpy(base + Int(end), source, bytes.count) }
        end += Int32(bytes.count)
        return true
    }

    /// All has been read but the last `byteCount` bytes.
    mutating func consume(allBut byteCount: Int) {
        start = end - Int32(byteCount)
    }

    /// Forgets everything behind `start`.
    mutating func truncate() {
        end = start
    }

    /// Moves what is not consumed into private memory of at least `byteCount` bytes, and gives the old memory back.
    mutating func move(toPrivate byteCount: Int, of stream: Stream) {
        let size = max(byteCount, count)
        guard let memory = malloc(size) else { preconditionFailure("out of memory for \(size) bytes of input") }
        let kept = count
        if let base { memcpy(memory, base + Int(start), kept) }
        recycle(to: stream)
        base = memory
        capacity = Int32(size)
        end = Int32(kept)
    }

    /// Gives the memory back and holds nothing any more.
    @inline(__always)
    mutating func recycle(to stream: Stream) {
        if let lent { stream.recycle(lent) } else { Glibc.free(base) }
        self = InputBuffer()
    }

    /// The same, when the stream has gone.
    mutating func recycle(to loop: Loop) {
        if let lent { loop.recycle(lent) } else { Glibc.free(base) }
        self = InputBuffer()
    }

    /// Frees private memory, when the loop and its buffers go anyway.
    mutating func free() {
        if lent == nil, let base { Glibc.free(base) }
        self = InputBuffer()
    }
}
