/// What must hold for any bytes given to the JSON parser and the decoder.
struct JSONProperties {
    var text: UnsafeRawBufferPointer

    func check() {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            precondition(error.offset <= text.count && error.line > 0, "an error outside of the text")
            precondition((try? decoded(Anything.self)) == nil, "the decoder takes what is not JSON")
            return
        }
        precondition(ReferenceGrammar(text).accepts(), "taken, and not JSON")
        checkWriting(value)
        checkDecoding(value)
        checkLimits()
    }

    /// A value is written as text that is read as the same value, in every format.
    private func checkWriting(_ value: JSONValue) {
        for format in [JSONOutputFormat.compact, .pretty, JSONOutputFormat(sortsKeys: true)] {
            guard let written = try? value.serialized(format) else { preconditionFailure("not written") }
            precondition((try? JSONValue(parsing: written)) == value, "read back as another value")
            precondition((try? JSONBytesEncoder(format: format).encode(value)) == written)
            guard let again = try? JSONBytesEncoder(format: format).encode(Anything(value)) else {
                preconditionFailure("not encoded")
            }
            precondition(again == written, "containers write another text")
        }
    }

    /// The containers of the decoder show the same value.
    private func checkDecoding(_ value: JSONValue) {
        precondition((try? decoded(JSONValue.self)) == value)
        precondition((try? decoded(Anything.self))?.value == value, "containers read another value")
        _ = try? decoded(Typed.self)
        _ = try? decoded([Typed].self)
        if let numbers = try? decoded([Double].self) {
            guard let written = try? JSONBytesEncoder().encode(numbers) else { preconditionFailure("not encoded") }
            precondition((try? JSONBytesDecoder().decode([Double].self, from: written)) == numbers)
        }
    }

    private func checkLimits() {
        precondition((try? JSONValue(parsing: text, limits: JSONLimits(maximumByteCount: text.count - 1))) == nil)
        _ = try? JSONValue(parsing: text, limits: JSONLimits(maximumDepth: 2))
    }

    private func decoded<T: Decodable>(_ type: T.Type) throws -> T {
        try JSONBytesDecoder().decode(type, from: text)
    }
}

/// Any value, through the containers of `Codable` alone.
struct Anything: Codable {
    var value: JSONValue

    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(_ value: JSONValue) { self.value = value }

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Key.self) {
            var members = JSONObject()
            for key in object.allKeys {
                precondition(members[key.stringValue] == nil, "a name twice")
                members[key.stringValue] = try object.decode(Anything.self, forKey: key).value
            }
            value = .object(members)
        } else if var list = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !list.isAtEnd { elements.append(try list.decode(Anything.self).value) }
            value = .array(elements)
        } else {
            value = try JSONValue(from: decoder)
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .object(let members):
            var object = encoder.container(keyedBy: Key.self)
            for (name, member) in members { try object.encode(Anything(member), forKey: Key(stringValue: name)) }
        case .array(let elements):
            var list = encoder.unkeyedContainer()
            for element in elements { try list.encode(Anything(element)) }
        default:
            try value.encode(to: encoder)
        }
    }
}

/// What synthesized code asks for.
struct Typed: Codable {
    var a: Int?
    var b: String?
    var c: [Double]?
    var d: Bool?
    var e: [Typed]?
    var f: UInt8?
    var g: Float?
    var h: [String: Int64]?
}
