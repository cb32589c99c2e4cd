/// The pairs of a Cookie field (RFC 6265bis section 4.2.1), where they are. What has no "=" or no name is skipped.
struct CookiePairs: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    init(_ field: UnsafeRawBufferPointer) { rest = field }

    mutating func next() -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.count
            let pair = UnsafeRawBufferPointer(rebasing: rest[..<end])
            rest = UnsafeRawBufferPointer(rebasing: rest[Swift.min(end + 1, rest.count)...])
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = UnsafeRawBufferPointer(rebasing: pair[..<equals]).trimmingBlanks()
            guard !name.isEmpty else { continue }
            return (name, UnsafeRawBufferPointer(rebasing: pair[(equals + 1)...]).trimmingBlanks())
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// Without blanks and tabs at both ends.
    fileprivate func trimmingBlanks() -> UnsafeRawBufferPointer {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var (start, end) = (0, count)
        while start < end, isBlank(self[start]) { start += 1 }
        while end > start, isBlank(self[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}
