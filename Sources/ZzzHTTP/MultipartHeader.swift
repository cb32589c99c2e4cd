/// The header of one part of a multipart body (RFC 2046 section 5.1): field lines as in HTTP.
public struct MultipartHeader: Sendable {
    /// A field, with its name in lower case.
    public struct Field: Sendable, Equatable {
        public let name: String
        public let value: [UInt8]
    }

    public private(set) var fields: [Field] = []
    private var bytes: [UInt8] = []
    private var line = FieldLineParser(cursor: 0)
    private var field = HeaderField()

    mutating func removeAll() {
        fields.removeAll()
        bytes.removeAll(keepingCapacity: true)
        line = FieldLineParser(cursor: 0)
    }

    /// Takes as much of `input` as belongs to the header. Whether it is complete.
    mutating func take(
        _ input: inout UnsafeRawBufferPointer, _ consumed: inout UInt64, _ limits: MultipartLimits
    ) throws(MultipartError) -> Bool {
        while !input.isEmpty {
            // The empty line is not counted. Little by little, since what follows the header is not copied.
            let known = bytes.count
            let room = limits.headerBytes + 2 - known
            guard room > 0 else { throw MultipartError(.headerTooLarge, offset: consumed) }
            bytes += input[..<min(input.count, room, 128)]
            let isComplete = try readLines(from: consumed - UInt64(known), limits)
            let count = (isComplete ? Int(line.cursor) : bytes.count) - known
            consumed += UInt64(count)
            input = UnsafeRawBufferPointer(rebasing: input[count...])
            if isComplete { return true }
        }
        return false
    }

    /// - Parameter start: where the header begins in the body, for messages.
    private mutating func readLines(
        from start: UInt64, _ limits: MultipartLimits
    ) throws(MultipartError) -> Bool {
        while true {
            var (line, field) = (line, field)
            let mayBegin = fields.count < limits.headerFieldCount
            let step = bytes.withUnsafeBytes { bytes in
                bytes.baseAddress.map { line.next($0, end: bytes.count, field: &field, mayBegin: mayBegin) }
            }
            (self.line, self.field) = (line, field)
            switch step {
            case .line?: appendField()
            case .end?: return true
            case .incomplete?, nil: return false
            case .failure(let reason)?: throw MultipartError(.header(reason), offset: start + UInt64(self.line.cursor))
            }
        }
    }

    private mutating func appendField() {
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            let name = field.name(in: start).map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
            fields.append(Field(name: String(decoding: name, as: UTF8.self), value: Array(field.value(in: start))))
        }
    }
}
