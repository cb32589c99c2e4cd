import ZzzAppABI

/// The parameters of a query (or of a body) written as application/x-www-form-urlencoded. Decoded when asked for,
/// with "+" as a space; a "%" that no two hexadecimal digits follow stays as it is, as the URL standard says.
public struct Query: Sequence {
    let context: Context

    private var bytes: UnsafeRawBufferPointer { context.head.pointee.query.buffer }

    /// The value of the first parameter with that name.
    public subscript(name: String) -> String? {
        for pair in FormPairs(bytes: bytes) where pair.name.equalsDecoded(name) { return pair.value.decodedForm() }
        return nil
    }

    /// The first value as another type, or nil when there is none or it is not written like one.
    public subscript<Value: LosslessStringConvertible>(name: String, as type: Value.Type) -> Value? {
        self[name].flatMap(type.init)
    }

    /// The value. An ``Abort`` that renders as 400 without it.
    public func require(_ name: String) throws -> String {
        guard let text = self[name] else { throw Abort(missingParameter: name, .query) }
        return text
    }

    /// The value as another type. An ``Abort`` that renders as 400 when there is none or it is not written like one.
    public func require<Value: LosslessStringConvertible>(
        _ name: String, as type: Value.Type = Value.self
    ) throws -> Value {
        guard let value = type.init(try require(name)) else { throw Abort(badParameter: name, .query, expected: type) }
        return value
    }

    /// The values of all parameters with that name.
    public func all(_ name: String) -> [String] {
        FormPairs(bytes: bytes).filter { $0.name.equalsDecoded(name) }.map { $0.value.decodedForm() }
    }

    public func makeIterator() -> AnyIterator<(name: String, value: String)> {
        let context = context
        var pairs = FormPairs(bytes: bytes)
        return AnyIterator {
            // The slices are the host's: gone when the request is over.
            guard context.phase != .ended, let pair = pairs.next() else { return nil }
            return (pair.name.decodedForm(), pair.value.decodedForm())
        }
    }
}

/// The pairs of application/x-www-form-urlencoded, not yet decoded. Empty pieces ("a=1&&b=2") are skipped.
struct FormPairs: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    init(bytes: UnsafeRawBufferPointer) { rest = bytes }

    mutating func next() -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.count
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<end])
            rest = UnsafeRawBufferPointer(rebasing: rest[Swift.min(end + 1, rest.count)...])
            if piece.isEmpty { continue }
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else {
                return (piece, UnsafeRawBufferPointer(start: nil, count: 0))
            }
            return (
                UnsafeRawBufferPointer(rebasing: piece[..<equals]),
                UnsafeRawBufferPointer(rebasing: piece[(equals + 1)...])
            )
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// The byte at `index` of form data, decoded, and where the next one starts.
    private func formByte(at index: Int) -> (byte: UInt8, next: Int) {
        let byte = self[index]
        if byte == UInt8(ascii: "+") { return (UInt8(ascii: " "), index + 1) }
        if byte == UInt8(ascii: "%"), index + 2 < count, let high = self[index + 1].hexValue,
            let low = self[index + 2].hexValue
        {
            return (high << 4 | low, index + 3)
        }
        return (byte, index + 1)
    }

    /// Form data decoded.
    func decodedForm() -> String {
        guard contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(decoding: self, as: UTF8.self)
        }
        return String(decoding: decodedFormBytes(), as: UTF8.self)
    }

    /// The bytes of form data, decoded.
    func decodedFormBytes() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var index = 0
            while index < count {
                let (byte, next) = formByte(at: index)
                buffer[written] = byte
                written += 1
                index = next
            }
        }
    }

    /// Whether the decoded form data is `text`.
    func equalsDecoded(_ text: String) -> Bool {
        var index = 0
        for expected in text.utf8 {
            guard index < count else { return false }
            let (byte, next) = formByte(at: index)
            guard byte == expected else { return false }
            index = next
        }
        return index == count
    }
}
