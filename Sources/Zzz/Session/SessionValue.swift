/// What a session holds under a name: texts, whole numbers, truth values, and lists of those.
///
/// An enum with such a raw value can be one as well: `enum Theme: String, SessionValue { case light, dark }`. For
/// structures there are ``CurrentSession/set(_:to:)`` and ``CurrentSession/value(_:as:)``.
public protocol SessionValue {
    /// The value out of JSON; nil when that is of another kind.
    init?(sessionValue: JSONValue)
    /// The value as JSON.
    var sessionValue: JSONValue { get }
}

extension String: SessionValue {
    public init?(sessionValue: JSONValue) {
        guard let text = sessionValue.stringValue else { return nil }
        self = text
    }

    public var sessionValue: JSONValue { .string(self) }
}

extension Int: SessionValue {
    public init?(sessionValue: JSONValue) {
        guard let number = sessionValue.intValue else { return nil }
        self = number
    }

    public var sessionValue: JSONValue { .integer(Int64(self)) }
}

extension Bool: SessionValue {
    public init?(sessionValue: JSONValue) {
        guard let flag = sessionValue.boolValue else { return nil }
        self = flag
    }

    public var sessionValue: JSONValue { .bool(self) }
}

extension Array: SessionValue where Element: SessionValue {
    public init?(sessionValue: JSONValue) {
        guard let elements = sessionValue.arrayValue else { return nil }
        self = []
        for element in elements {
            guard let value = Element(sessionValue: element) else { return nil }
            append(value)
        }
    }

    public var sessionValue: JSONValue { .array(map(\.sessionValue)) }
}

extension SessionValue where Self: RawRepresentable, RawValue: SessionValue {
    public init?(sessionValue: JSONValue) {
        guard let raw = RawValue(sessionValue: sessionValue) else { return nil }
        self.init(rawValue: raw)
    }

    public var sessionValue: JSONValue { rawValue.sessionValue }
}
