/// Memory in which messages are put together, one after the other. It keeps a little of it for the next one.
public struct MessageWriter: ~Copyable {
    private var storage: UnsafeMutableRawBufferPointer
    private var count = 0
    private var refsAreNumbers = false

    private static var keptBytes: Int { 4096 }

    public init() { storage = .allocate(byteCount: Self.keptBytes, alignment: 8) }

    deinit { storage.deallocate() }

    /// What has been written since `begin`.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

    /// Forgets what was written.
    /// - Parameter refsAreNumbers: how the client that gets the message writes its refs.
    public mutating func begin(refsAreNumbers: Bool = false) {
        count = 0
        self.refsAreNumbers = refsAreNumbers
        guard storage.count > 64 << 10 else { return }
        storage.deallocate()
        storage = .allocate(byteCount: Self.keptBytes, alignment: 8)
    }

    private mutating func reserve(_ byteCount: Int) {
        guard storage.count - count < byteCount else { return }
        let grown = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(count + byteCount, storage.count * 2), alignment: 8)
        grown.copyMemory(from: bytes)
        storage.deallocate()
        storage = grown
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        storage[count] = byte
        count += 1
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    /// The text as it is.
    mutating func append(plain text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// A JSON string or null; or a number, for a client whose refs are numbers.
    mutating func append(ref: String?) {
        guard refsAreNumbers, let ref, ref.isWholeNumber else { return append(json: ref) }
        append(plain: ref)
    }

    /// A JSON string, or null.
    mutating func append(json text: String?) {
        guard var text else { return append("null") }
        text.withUTF8 { utf8 in
            // A byte becomes six at most: \u001f
            reserve(utf8.count * 6 + 2)
            storage[count] = UInt8(ascii: "\"")
            count += 1
            for byte in utf8 { appendInString(byte) }
            storage[count] = UInt8(ascii: "\"")
            count += 1
        }
    }

    @inline(__always)
    private mutating func appendInString(_ byte: UInt8) {
        if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            storage[count] = byte
            count += 1
            return
        }
        append(UInt8(ascii: "\\"))
        guard byte < 0x20 else { return append(byte) }
        append("u00")
        append(UInt8(ascii: "0") + (byte >> 4))
        let low = byte & 15
        append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    }
}

extension String {
    /// It is a number of JSON's that has nothing but digits.
    var isWholeNumber: Bool {
        utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            && (self == "0" || utf8.first.map { $0 != UInt8(ascii: "0") } ?? false)
    }
}
