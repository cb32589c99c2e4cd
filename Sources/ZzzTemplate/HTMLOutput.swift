/// Where a template writes: a growing block of bytes, and what rendering needs to know about the page's request.
///
/// Values are written with the method for the place where they stand: `text` between tags and in quoted attributes,
/// `url` in attributes that hold one, and so on. The compiler of templates chooses it. Reuse one output for many pages:
/// `removeAll` keeps the memory.
public struct HTMLOutput: ~Copyable {
    @usableFromInline var memory: UnsafeMutablePointer<UInt8>
    /// How many bytes may be in memory: what was allocated, or less, when the page is near its limit.
    @usableFromInline var capacity: Int
    /// How many bytes were written and not yet flushed.
    @usableFromInline var used = 0
    private var allocatedBytes: Int
    private let limitBytes: Int
    private var flushedBytes = 0

    /// Why the page is not whole; nil while it is. What was written is worthless then.
    public private(set) var failure: TemplateError?
    /// What helpers ask for: the locale, the token of forms and the like.
    public var environment: any RenderEnvironment
    private var depth = 0

    /// - Parameters:
    ///   - capacity: the bytes to begin with.
    ///   - limitBytes: how large a page may become before it fails with ``TemplateError/tooLarge(limitBytes:)``.
    public init(
        capacity: Int = 4096, limitBytes: Int = 64 << 20, environment: any RenderEnvironment = StandaloneEnvironment()
    ) {
        allocatedBytes = max(capacity, 64)
        self.capacity = min(allocatedBytes, limitBytes)
        self.limitBytes = limitBytes
        self.environment = environment
        memory = .allocate(capacity: allocatedBytes)
    }

    deinit {
        memory.deallocate()
    }

    /// How many bytes there are: what has been written since the last flush.
    public var count: Int { used }

    /// Calls `body` with what was written, valid for the call.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: memory, count: used))
    }

    /// Forgets the page. Memory beyond `keepingBytes` is given back.
    public mutating func removeAll(keepingBytes: Int = 1 << 16) {
        used = 0
        flushedBytes = 0
        failure = nil
        depth = 0
        if allocatedBytes > max(keepingBytes, 64) {
            memory.deallocate()
            allocatedBytes = max(keepingBytes, 64)
            memory = .allocate(capacity: allocatedBytes)
        }
        capacity = min(allocatedBytes, limitBytes)
    }

    /// Gives what was written to the environment, if that takes it before the end.
    public mutating func flush() {
        guard used > 0, failure == nil else { return }
        guard environment.flush(UnsafeRawBufferPointer(start: memory, count: used)) else { return }
        flushedBytes += used
        used = 0
        capacity = min(allocatedBytes, limitBytes - flushedBytes)
    }

    /// Writes at most `maximumCount` bytes in place; `body` returns how many it wrote.
    @inlinable @inline(__always)
    mutating func append(maximumCount: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        if capacity &- used < maximumCount, !grow(by: maximumCount) { return }
        used &+= body(memory + used)
    }

    /// Appends what is in the template itself.
    @inlinable @inline(__always)
    public mutating func append(_ literal: StaticString) {
        append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends bytes as they are.
    @inlinable @inline(__always)
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        append(maximumCount: bytes.count) { target in
            UnsafeMutableRawBufferPointer(start: target, count: bytes.count).copyMemory(from: bytes)
            return bytes.count
        }
    }

    /// Appends text as it is.
    @inlinable
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inlinable @inline(__always)
    mutating func append(_ byte: UInt8) {
        append(maximumCount: 1) {
            $0.pointee = byte
            return 1
        }
    }

    /// Makes room for so many more bytes; false when the page is too large.
    @usableFromInline @inline(never)
    mutating func grow(by additionalCount: Int) -> Bool {
        let needed = used + additionalCount
        guard flushedBytes + needed <= limitBytes else {
            fail(.tooLarge(limitBytes: limitBytes))
            return false
        }
        allocatedBytes = max(allocatedBytes * 2, needed)
        let newMemory = UnsafeMutablePointer<UInt8>.allocate(capacity: allocatedBytes)
        newMemory.update(from: memory, count: used)
        memory.deallocate()
        memory = newMemory
        capacity = min(allocatedBytes, limitBytes - flushedBytes)
        return true
    }

    mutating func fail(_ error: TemplateError) {
        if failure == nil { failure = error }
    }

    /// A template that calls itself begins. False when it is too deep inside itself: then it writes nothing.
    public mutating func enter() -> Bool {
        guard depth < Self.maximumDepth else {
            fail(.tooDeep(limit: Self.maximumDepth))
            return false
        }
        depth += 1
        return true
    }

    /// It ends.
    public mutating func leave() {
        depth -= 1
    }

    /// How deep templates may be inside themselves. A comment thread is rarely ten deep; an endless one would exhaust
    /// the thread's stack.
    public static var maximumDepth: Int { 200 }
}
