import ZzzAppABI
import ZzzHTTP

/// The trailer fields of a request (RFC 9110 section 6.5), copied: they are never merged into the header fields.
struct TrailerFields {
    private var owned: [(name: ImmutableBytes, value: ImmutableBytes)] = []
    private var fields: UnsafeMutableBufferPointer<zzz_header>?

    init() {}

    /// Adds the field, whose offsets are into `input`. The decoder limits how many there are.
    mutating func append(_ field: HeaderField, in input: UnsafeRawBufferPointer) {
        guard let base = input.baseAddress else { return }
        owned.append((ImmutableBytes(field.name(in: base)), ImmutableBytes(field.value(in: base))))
    }

    /// The fields as an app sees them, valid until `removeAll`.
    mutating func list() -> UnsafeMutableBufferPointer<zzz_header> {
        if let fields { return fields }
        let made = UnsafeMutableBufferPointer<zzz_header>.allocate(capacity: max(owned.count, 1))
        for (index, field) in owned.enumerated() {
            made.initializeElement(
                at: index, to: zzz_header(name: zzz_bytes(field.name.buffer), value: zzz_bytes(field.value.buffer)))
        }
        let list = UnsafeMutableBufferPointer(rebasing: made[0..<owned.count])
        fields = list
        return list
    }

    mutating func removeAll() {
        if owned.isEmpty && fields == nil { return }
        fields?.baseAddress?.deallocate()
        fields = nil
        owned = []
    }
}
