import ZzzAppABI

/// A request method (RFC 9110 section 9).
public struct Method: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number that the contract gives it.
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    private init(_ value: Int) { self.rawValue = UInt8(truncatingIfNeeded: value) }

    /// A method without a number of its own: see ``Context/methodName``.
    public static let other = Method(ZZZ_METHOD_OTHER)
    public static let get = Method(ZZZ_METHOD_GET)
    public static let head = Method(ZZZ_METHOD_HEAD)
    public static let post = Method(ZZZ_METHOD_POST)
    public static let put = Method(ZZZ_METHOD_PUT)
    public static let patch = Method(ZZZ_METHOD_PATCH)
    public static let delete = Method(ZZZ_METHOD_DELETE)
    public static let options = Method(ZZZ_METHOD_OPTIONS)
    public static let connect = Method(ZZZ_METHOD_CONNECT)
    public static let trace = Method(ZZZ_METHOD_TRACE)

    private static let names = [
        "OTHER", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
    ]

    /// The method of that name, in upper case as on the wire; nil for one without a number.
    init?(name: String) {
        guard let index = Self.names.dropFirst().firstIndex(of: name) else { return nil }
        self.init(index)
    }

    /// "GET"; "OTHER" for a method without a number.
    public var description: String {
        Int(rawValue) < Self.names.count ? Self.names[Int(rawValue)] : "OTHER"
    }
}

/// A set of methods, as a route takes it.
struct MethodSet: Hashable, Sendable {
    var bits: UInt32

    init(bits: UInt32) { self.bits = bits }
    init(_ method: Method) { bits = 1 << UInt32(method.rawValue) }
    init(_ methods: [Method]) { bits = methods.reduce(0) { $0 | 1 << UInt32($1.rawValue) } }

    /// `ZZZ_METHODS_ALL`.
    static let all = MethodSet(bits: 0x3FF)

    static let options = MethodSet(.options)

    /// "GET", "PUT", in the order of their numbers.
    var names: [String] { methods.map(\.description) }

    /// The methods that have a number.
    var methods: [Method] { (1...9).map { Method(rawValue: $0) }.filter(contains) }

    func contains(_ method: Method) -> Bool { bits & (1 << UInt32(method.rawValue)) != 0 }
}
