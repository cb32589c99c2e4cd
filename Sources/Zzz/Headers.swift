import ZzzAppABI

/// The fields of a request, in the order received. Names are compared without case; nothing is copied until it is
/// asked for.
public struct Headers: Sequence {
    let context: Context

    private var fields: UnsafeBufferPointer<zzz_header> {
        UnsafeBufferPointer(start: context.head.pointee.headers, count: Int(context.head.pointee.header_count))
    }

    /// How many field lines there are.
    public var count: Int { Int(context.head.pointee.header_count) }

    /// The value of the first field with that name.
    public subscript(name: String) -> String? {
        first(name)?.string
    }

    /// The values of all fields with that name.
    public func all(_ name: String) -> [String] { slices(name).map(\.string) }

    /// Whether there is a field with that name.
    public func contains(_ name: String) -> Bool { first(name) != nil }

    public func makeIterator() -> AnyIterator<(name: String, value: String)> {
        var index = 0
        return AnyIterator {
            guard index < count else { return nil }
            defer { index += 1 }
            return (fields[index].name.string, fields[index].value.string)
        }
    }

    /// The values of all fields with that name, where the host keeps them.
    func slices(_ name: String) -> some Sequence<zzz_bytes> {
        fields.lazy.filter { $0.name.buffer.equalsIgnoringCase(name) }.map(\.value)
    }

    func first(_ name: String) -> zzz_bytes? {
        for field in fields where field.name.buffer.equalsIgnoringCase(name) { return field.value }
        return nil
    }
}
