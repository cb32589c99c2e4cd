/// Scalars of `Decodable` types, by their place on the tape.
extension JSONTape {
    func isNull(_ index: Int) -> Bool {
        self[index].kind == .null
    }

    func bool(at index: Int) throws -> Bool {
        guard self[index].kind == .bool else { throw mismatch(Bool.self, at: index) }
        return self[index].isTrue
    }

    func string(at index: Int) throws -> String {
        guard self[index].kind == .string else { throw mismatch(String.self, at: index) }
        return string(self[index])
    }

    func integer<T: FixedWidthInteger>(_ type: T.Type, at index: Int) throws -> T {
        let entry = self[index]
        switch entry.kind {
        case .integer:
            guard let value = JSONNumber.integer(bytes(entry), as: T.self) else {
                throw doesNotFit(type, at: index)
            }
            return value
        case .number:
            // From 2^53 on a double may stand for an integer that the text does not have.
            guard let number = JSONNumber.double(bytes(entry)), number.magnitude < 0x1p53,
                let value = T(exactly: number)
            else { throw doesNotFit(type, at: index) }
            return value
        default: throw mismatch(type, at: index)
        }
    }

    func double(at index: Int) throws -> Double {
        let entry = self[index]
        guard entry.kind == .number || entry.kind == .integer else { throw mismatch(Double.self, at: index) }
        guard let value = JSONNumber.double(bytes(entry)) else { throw doesNotFit(Double.self, at: index) }
        return value
    }

    func float(at index: Int) throws -> Float {
        let entry = self[index]
        guard entry.kind == .number || entry.kind == .integer else { throw mismatch(Float.self, at: index) }
        guard let value = JSONNumber.float(bytes(entry)) else { throw doesNotFit(Float.self, at: index) }
        return value
    }

    func value(at index: Int) throws -> JSONValue {
        var next = index
        do throws(JSONError) {
            return try value(at: &next)
        } catch {
            throw DecodingError.dataCorrupted(context(error.description, at: index))
        }
    }
}

// MARK: - Errors

extension JSONTape {
    @inline(never)
    func mismatch(_ type: Any.Type, at index: Int) -> DecodingError {
        let explanation = "expected \(type), found \(self[index].kind.name)"
        if isNull(index) { return .valueNotFound(type, context(explanation, at: index)) }
        return .typeMismatch(type, context(explanation, at: index))
    }

    @inline(never)
    func missing(_ key: some CodingKey, in object: Int) -> DecodingError {
        .keyNotFound(key, context("no member named \"\(key.stringValue)\"", at: object))
    }

    func context(_ explanation: String, at index: Int) -> DecodingError.Context {
        DecodingError.Context(codingPath: path(to: index), debugDescription: explanation)
    }

    @inline(never)
    private func doesNotFit(_ type: Any.Type, at index: Int) -> DecodingError {
        let digits = String(decoding: bytes(self[index]).prefix(100), as: UTF8.self)
        return .dataCorrupted(context("\(digits) does not fit \(type)", at: index))
    }
}

extension JSONTape.Kind {
    fileprivate var name: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
