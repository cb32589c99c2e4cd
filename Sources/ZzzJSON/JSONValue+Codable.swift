/// `JSONBytesEncoder` and `JSONBytesDecoder` write and read a `JSONValue` directly. Other coders get it through their
/// containers; what tells `integer` from `number` there is whether the decoder has a value as `Int64`.
extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? JSONSlotDecoder {
            self = try decoder.session.tape.pointee.value(at: decoder.index)
        } else if let container = try? decoder.container(keyedBy: JSONKey.self) {
            // `try?`: a decoder tells by an error alone that its value is no object.
            self = .object(JSONObject())
            for key in container.allKeys { self[key.stringValue] = try container.decode(JSONValue.self, forKey: key) }
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !container.isAtEnd { elements.append(try container.decode(JSONValue.self)) }
            self = .array(elements)
        } else {
            self = try Self.scalar(decoder.singleValueContainer())
        }
    }

    private static func scalar(_ container: any SingleValueDecodingContainer) throws -> JSONValue {
        if container.decodeNil() { return .null }
        if let value = try? container.decode(Bool.self) { return .bool(value) }
        if let value = try? container.decode(Int64.self) { return .integer(value) }
        if let value = try? container.decode(Double.self) { return .number(value) }
        return .string(try container.decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? JSONSlotEncoder {
            return try encoder.encode(self)
        }
        switch self {
        case .object(let object):
            var container = encoder.container(keyedBy: JSONKey.self)
            for (name, value) in object { try container.encode(value, forKey: JSONKey(stringValue: name)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        default:
            var container = encoder.singleValueContainer()
            try encodeScalar(to: &container)
        }
    }

    private func encodeScalar(to container: inout any SingleValueEncodingContainer) throws {
        switch self {
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .null, .array, .object: try container.encodeNil()
        }
    }
}
