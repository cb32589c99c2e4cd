/// What must hold for any bytes given to the small formats.
struct TextProperties {
    var bytes: [UInt8]

    func check() {
        withExactCopy(of: bytes[...]) { buffer in
            checkDate(buffer)
            checkPercent(buffer)
            checkQuery(buffer)
            checkFilter(buffer)
            if let type = MediaType.forPath(buffer) { precondition(type.contains(0x2F)) }
            _ = MediaType.forExtension(buffer)
            precondition(ListElements(buffer).reduce(0) { $0 + $1.count } <= buffer.count)
            let isPlain = buffer.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            precondition(HeaderValidation.isValidValue(buffer) == isPlain)
            if HeaderValidation.isValidName(buffer) { precondition(!buffer.isEmpty && isPlain) }
        }
    }

    /// A date that is read is written back as the same moment.
    private func checkDate(_ buffer: UnsafeRawBufferPointer) {
        guard let seconds = HTTPDate.parse(buffer, now: 1_790_000_000) else { return }
        let text = [UInt8](unsafeUninitializedCapacity: HTTPDate.textBytes) { target, used in
            used = HTTPDate.textBytes
            _ = HTTPDate(unixSeconds: seconds).writeText(to: target.baseAddress!)
        }
        let again = text.withUnsafeBytes { HTTPDate.parse($0, now: 0) }
        precondition(again == seconds || seconds > 253_402_300_799, "a date changes when it is written")
    }

    private func checkPercent(_ buffer: UnsafeRawBufferPointer) {
        let target = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count, alignment: 1)
        defer { target.deallocate() }
        guard let start = target.baseAddress, let count = PercentDecoding.decode(buffer, into: start) else { return }
        precondition(count <= buffer.count)
        precondition(!target[..<count].contains(0))
        precondition(PercentDecoding.isNeeded(buffer) == (count < buffer.count))
    }

    private func checkQuery(_ buffer: UnsafeRawBufferPointer) {
        var total = 0
        for pair in QueryPairs(buffer) {
            precondition(!pair.name.contains(0x26) && !pair.value.contains(0x26) && !pair.name.contains(0x3D))
            total += pair.name.count + pair.value.count
        }
        precondition(total <= buffer.count)
    }

    /// In what is left nothing stands behind the word and a `=`, and what has been filtered stays as it is.
    private func checkFilter(_ buffer: UnsafeRawBufferPointer) {
        let filter = ParameterFilter(["k"])
        let left = filter.filtered(buffer) ?? Array(buffer)
        precondition(left.withUnsafeBytes { filter.filtered($0) ?? left } == left)
        guard let start = left.firstIndex(where: { $0 == 0x3F || $0 == 0x23 }) else { return }
        for parameter in left[(start + 1)...].split(separator: 0x26) {
            guard let word = parameter.firstIndex(where: { $0 | 0x20 == 0x6B }),
                let equals = parameter[word...].firstIndex(of: 0x3D)
            else { continue }
            precondition(Array(parameter[(equals + 1)...]) == Array("[FILTERED]".utf8), "a secret is shown")
        }
    }
}
