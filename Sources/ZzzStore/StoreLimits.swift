/// How much one app may keep.
public struct StoreLimits: Sendable, Equatable {
    /// All entries together, in bytes, each with `entryOverheadByteCount` on top of its key and value.
    public var memoryByteCount: Int
    /// The longest value, in bytes.
    public var valueByteCount: Int

    public init(memoryByteCount: Int, valueByteCount: Int) {
        self.memoryByteCount = memoryByteCount
        self.valueByteCount = valueByteCount
    }

    /// The longest key, in bytes.
    public static let keyByteCount = 1024
    /// What an entry costs beside its key and value: the object, two arrays, and its place in a table.
    public static let entryOverheadByteCount = 192
}
