/// How JSON is laid out. The default is as short as it can be.
public struct JSONOutputFormat: Equatable, Sendable {
    /// Members in the order of the UTF-8 of their names, instead of that in which they were encoded.
    public var sortsKeys: Bool
    /// One member or element a line, indented by two spaces a level.
    public var isPretty: Bool

    public init(sortsKeys: Bool = false, isPretty: Bool = false) {
        self.sortsKeys = sortsKeys
        self.isPretty = isPretty
    }

    /// No white space, members in their own order.
    public static let compact = JSONOutputFormat()
    /// For people: indented.
    public static let pretty = JSONOutputFormat(isPretty: true)
}
