extension JSONValue {
    /// Parses JSON text, which is a value with nothing but white space around it (RFC 8259 2).
    ///
    /// Stricter than the RFC asks for: duplicate names, lone surrogates and numbers beyond a double are refused, since
    /// two readers of the same text would understand them differently.
    public init(parsing text: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        var tape = JSONTape()
        try tape.read(text, limits: limits)
        var index = 0
        self = try tape.value(at: &index)
    }

    /// Parses JSON text.
    public init(parsing text: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self = try text.withUnsafeBufferPointer { bytes throws(JSONError) in
            try JSONValue(parsing: UnsafeRawBufferPointer(bytes), limits: limits)
        }
    }

    /// Parses JSON text.
    public init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self = try JSONValue(parsing: Array(text.utf8), limits: limits)
    }
}

extension JSONTape {
    /// The value of the entry at `index`, which moves on to the entry after it.
    func value(at index: inout Int) throws(JSONError) -> JSONValue {
        let entry = self[index]
        index += 1
        switch entry.kind {
        case .null: return .null
        case .bool: return .bool(entry.isTrue)
        case .integer, .number: return try number(entry)
        case .string: return .string(string(entry))
        case .array:
            var elements: [JSONValue] = []
            elements.reserveCapacity(Int(entry.length))
            for _ in 0..<entry.length { elements.append(try value(at: &index)) }
            return .array(elements)
        case .object:
            var object = JSONObject()
            object.reserveCapacity(Int(entry.length))
            for _ in 0..<entry.length {
                let name = string(self[index])
                index += 1
                object.append(name, try value(at: &index))
            }
            return .object(object)
        }
    }

    private func number(_ entry: Entry) throws(JSONError) -> JSONValue {
        let digits = bytes(entry)
        // "-0" is an integer by its spelling, but only a double keeps its sign.
        if entry.kind == .integer, !digits.elementsEqual("-0".utf8),
            let value = JSONNumber.integer(digits, as: Int64.self)
        {
            return .integer(value)
        }
        guard let value = JSONNumber.double(digits) else { throw error(.numberOutOfRange, at: entry) }
        return .number(value)
    }
}
