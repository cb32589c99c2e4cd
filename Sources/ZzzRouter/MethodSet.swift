/// A set of request methods (RFC 9110 9). One bit per method, so that a route table compares methods with one AND.
@frozen
public struct MethodSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let get = MethodSet(rawValue: 1 << 0)
    public static let head = MethodSet(rawValue: 1 << 1)
    public static let post = MethodSet(rawValue: 1 << 2)
    public static let put = MethodSet(rawValue: 1 << 3)
    public static let patch = MethodSet(rawValue: 1 << 4)
    public static let delete = MethodSet(rawValue: 1 << 5)
    public static let options = MethodSet(rawValue: 1 << 6)
    public static let connect = MethodSet(rawValue: 1 << 7)
    public static let trace = MethodSet(rawValue: 1 << 8)
    /// Every method that has no bit of its own (PROPFIND, QUERY, an app's own ones).
    public static let other = MethodSet(rawValue: 1 << 9)

    /// Every method, `other` included.
    public static let all = MethodSet(rawValue: (1 << 10) - 1)

    /// How many bits are in use.
    static let bitCount = 10

    /// The names of the bits, lowest bit first. `other` has none.
    private static let names = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]

    /// The bit of a method's name, `other` for a name without one. Method names are case-sensitive (RFC 9110 9.1).
    public init(name: String) {
        let bit = Self.names.firstIndex(of: name) ?? Self.names.count
        self.init(rawValue: 1 << UInt16(bit))
    }

    /// The value of an Allow field (RFC 9110 10.2.1), as "GET, HEAD, OPTIONS". `other` has no name and is left out.
    public var allowFieldValue: String { names.joined(separator: ", ") }

    /// The methods by name, in the order of their bits. `other` has no name and is left out.
    public var names: [String] {
        Self.names.enumerated().filter { rawValue & (1 << UInt16($0.offset)) != 0 }.map(\.element)
    }

    /// What answers to a leaf that was registered for these methods: HEAD too where GET is there (RFC 9110 9.3.2).
    var withHeadFromGet: MethodSet {
        contains(.get) ? union(.head) : self
    }
}

extension MethodSet: CustomStringConvertible {
    /// The names, for messages: "GET, POST", and "any method" for all of them.
    public var description: String {
        if self == .all { return "any method" }
        let names = allowFieldValue
        guard contains(.other) else { return names }
        return names.isEmpty ? "other methods" : names + ", other methods"
    }
}
