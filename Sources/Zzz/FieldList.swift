import ZzzAppABI

/// Response fields in one flat buffer, which keeps its memory from request to request.
struct FieldList {
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    private struct Entry {
        var start: Int
        var nameCount: Int
        var valueCount: Int
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
        let bytes = bytes
        entries.removeAll { entry in
            bytes.withUnsafeBytes {
                UnsafeRawBufferPointer(rebasing: $0[entry.start..<entry.start + entry.nameCount]).equalsIgnoringCase(
                    name)
            }
        }
    }

    /// All fields, in their order.
    var all: [(name: String, value: String)] {
        bytes.withUnsafeBytes { bytes in
            entries.map { entry in
                let middle = entry.start + entry.nameCount
                return (
                    String(decoding: bytes[entry.start..<middle], as: UTF8.self),
                    String(decoding: bytes[middle..<middle + entry.valueCount], as: UTF8.self)
                )
            }
        }
    }

    /// The values of the fields with that name, compared without case.
    func values(_ name: String) -> [String] {
        bytes.withUnsafeBytes { bytes in
            entries.compactMap { entry in
                let middle = entry.start + entry.nameCount
                guard UnsafeRawBufferPointer(rebasing: bytes[entry.start..<middle]).equalsIgnoringCase(name) else {
                    return nil
                }
                return String(decoding: bytes[middle..<middle + entry.valueCount], as: UTF8.self)
            }
        }
    }

    /// Removes the fields with that name whose values begin like this.
    mutating func remove(_ name: String, valuePrefix: String) {
        let bytes = bytes
        entries.removeAll { entry in
            bytes.withUnsafeBytes { bytes in
                let middle = entry.start + entry.nameCount
                return UnsafeRawBufferPointer(rebasing: bytes[entry.start..<middle]).equalsIgnoringCase(name)
                    && bytes[middle..<middle + entry.valueCount].starts(with: valuePrefix.utf8)
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
        let own = self
        for entry in other.entries {
            let middle = entry.start + entry.nameCount
            let name = String(decoding: other.bytes[entry.start..<middle], as: UTF8.self)
            guard name == "Vary" || own.values(name).isEmpty else { continue }
            append(name, String(decoding: other.bytes[middle..<middle + entry.valueCount], as: UTF8.self))
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
                    let middle = entry.start + entry.nameCount
                    headers.initializeElement(
                        at: index,
                        to: zzz_header(
                            name: zzz_bytes(UnsafeRawBufferPointer(rebasing: bytes[entry.start..<middle])),
                            value: zzz_bytes(
                                UnsafeRawBufferPointer(rebasing: bytes[middle..<middle + entry.valueCount]))))
                }
                return try body(UnsafeBufferPointer(headers))
            }
        }
    }
}
