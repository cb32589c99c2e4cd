import ZzzAppABI

/// Response fields in one flat buffer, which keeps its memory from request to request.
struct FieldList {
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    private struct Entry {
        var start: Int
        var nameCount: Int
        var valueCount: Int

        func name(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[start..<start + nameCount])
        }

        func value(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[start + nameCount..<start + nameCount + valueCount])
        }
    }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    mutating func append(_ name: String, _ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: value.utf8)
        entries.append(Entry(start: start, nameCount: name.utf8.count, valueCount: value.utf8.count))
    }

    /// Removes the fields with that name, compared without case.
    mutating func remove(_ name: String) {
        guard contains(name) else { return }
        let bytes = bytes
        entries.removeAll { entry in bytes.withUnsafeBytes { entry.name($0).equalsIgnoringCase(name) } }
    }

    /// Whether there is a field with that name, compared without case.
    func contains(_ name: String) -> Bool {
        bytes.withUnsafeBytes { bytes in entries.contains { $0.name(bytes).equalsIgnoringCase(name) } }
    }

    /// All fields, in their order.
    var all: [(name: String, value: String)] {
        bytes.withUnsafeBytes { bytes in
            entries.map {
                (String(decoding: $0.name(bytes), as: UTF8.self), String(decoding: $0.value(bytes), as: UTF8.self))
            }
        }
    }

    /// The values of the fields with that name, compared without case.
    func values(_ name: String) -> [String] {
        bytes.withUnsafeBytes { bytes in
            entries.compactMap { entry in
                guard entry.name(bytes).equalsIgnoringCase(name) else { return nil }
                return String(decoding: entry.value(bytes), as: UTF8.self)
            }
        }
    }

    /// Removes the fields with that name whose values begin like this.
    mutating func remove(_ name: String, valuePrefix: String) {
        guard contains(name) else { return }
        let bytes = bytes
        entries.removeAll { entry in
            bytes.withUnsafeBytes {
                entry.name($0).equalsIgnoringCase(name) && entry.value($0).starts(with: valuePrefix.utf8)
            }
        }
    }

    /// Adds the fields of another list whose names are not in this one. What a response varies by adds up.
    mutating func merge(_ other: FieldList) {
        guard !isEmpty else {
            bytes.append(contentsOf: other.bytes)
            entries.append(contentsOf: other.entries)
            return
        }
        let ownCount = entries.count
        for entry in other.entries where !hides(entry, of: other, among: ownCount) {
            let start = bytes.count
            bytes.append(contentsOf: other.bytes[entry.start..<entry.start + entry.nameCount + entry.valueCount])
            entries.append(Entry(start: start, nameCount: entry.nameCount, valueCount: entry.valueCount))
        }
    }

    /// Whether one of the first fields of this list counts in the place of another list's.
    private func hides(_ entry: Entry, of other: FieldList, among count: Int) -> Bool {
        other.bytes.withUnsafeBytes { otherBytes in
            bytes.withUnsafeBytes { bytes in
                let name = entry.name(otherBytes)
                guard !name.equals("Vary") else { return false }
                return entries.prefix(count).contains { $0.name(bytes).equalsIgnoringCase(name) }
            }
        }
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    /// Calls `body` with the fields as the host takes them, valid for the call.
    func withHeaders<Result>(_ body: (UnsafeBufferPointer<zzz_header>) throws -> Result) rethrows -> Result {
        try withUnsafeTemporaryAllocation(of: zzz_header.self, capacity: entries.count) { headers in
            try bytes.withUnsafeBytes { bytes in
                for (index, entry) in entries.enumerated() {
                    headers.initializeElement(
                        at: index,
                        to: zzz_header(name: zzz_bytes(entry.name(bytes)), value: zzz_bytes(entry.value(bytes))))
                }
                return try body(UnsafeBufferPointer(headers))
            }
        }
    }
}
