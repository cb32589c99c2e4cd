/// Any JSON value (RFC 8259 3).
///
/// Numbers that are written as integers and fit 64 signed bits are `integer`, exactly; all others are `number`. The two
/// are never equal, not even `integer(1)` and `number(1)`; `doubleValue` reads both.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    public var isNull: Bool { self == .null }

    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// An integer, or a number without a fraction that a double holds exactly (below 2^53).
    public var intValue: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .number(let value) where value.magnitude < 0x1p53: Int(exactly: value)
        default: nil
        }
    }

    /// Any number. Beyond 2^53 an integer is rounded to the nearest double.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// A member of an object, nil when there is none or this is no object. Setting turns `null` into an object and is
    /// ignored by every other kind of value.
    public subscript(key: String) -> JSONValue? {
        get {
            objectValue?[key]
        }
        set {
            guard var object = self == .null ? JSONObject() : objectValue else { return }
            self = .null
            object[key] = newValue
            self = .object(object)
        }
    }

    /// An element of an array, nil when there is none or this is no array.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) {
        self = .null
    }

    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    public init(integerLiteral value: Int64) {
        self = .integer(value)
    }

    public init(floatLiteral value: Double) {
        self = .number(value)
    }

    public init(stringLiteral value: String) {
        self = .string(value)
    }

    public init(arrayLiteral elements: JSONValue...) {
        self = .array(elements)
    }

    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}
