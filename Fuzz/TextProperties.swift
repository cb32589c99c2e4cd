/// What must hold for any bytes given to the small formats.
struct TextProperties {
    var bytes: [UInt8]

    func check() {
        withExactCopy(of: bytes[...]) { buffer in
            checkDate(buffer)
            checkPercent(buffer)
            checkQuery(buffer)
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
}
