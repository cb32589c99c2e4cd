/// A value of a configuration file together with its place in the file.
///
/// toml++ decides what a file means; `KeyLocator` adds where each key and value stands, which TOMLKit does not tell.
public struct ConfigNode: Sendable, Equatable {
    /// A TOML value. Dates and times are their RFC 3339 text: no setting is one, but an app's own table may have them.
    public enum Value: Sendable, Equatable {
        case boolean(Bool)
        case integer(Int)
        case double(Double)
        case string(String)
        case dateTime(String)
        case array([ConfigNode])
        case table(ConfigTable)

        /// The TOML type with its article, as error messages name it.
        var typeName: String {
            switch self {
            case .boolean: "a boolean"
            case .integer: "an integer"
            case .double: "a floating-point number"
            case .string: "a string"
            case .dateTime: "a date or time"
            case .array: "an array"
            case .table: "a table"
            }
        }
    }

    public var value: Value
    /// Where the value begins; for a table with a header, where the header's name begins.
    public var location: SourceLocation
    /// Where the key begins; an array's element has the place of its value.
    public var keyLocation: SourceLocation

    public init(_ value: Value, at location: SourceLocation, key keyLocation: SourceLocation) {
        self.value = value
        self.location = location
        self.keyLocation = keyLocation
    }
}

/// A TOML table with its keys in a fixed order.
public struct ConfigTable: Sendable, Equatable {
    /// The keys and values, in the order of their places in the files.
    public private(set) var entries: [(key: String, node: ConfigNode)]

    public init() {
        entries = []
    }

    /// The value of `key`. Setting nil removes it; a new key goes to the end.
    public subscript(key: String) -> ConfigNode? {
        get { entries.first { $0.key == key }?.node }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let node?): entries[index].node = node
            case (let index?, nil): entries.remove(at: index)
            case (nil, let node?): entries.append((key, node))
            case (nil, nil): break
            }
        }
    }

    public static func == (left: ConfigTable, right: ConfigTable) -> Bool {
        left.entries.elementsEqual(right.entries) { $0 == $1 }
    }
}
