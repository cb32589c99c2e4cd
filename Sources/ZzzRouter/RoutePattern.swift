/// A checked route pattern: "/users/:id", "/a-:id.json", "/files/*path".
///
/// A pattern is a list of segments between slashes. A segment is literal text, or one parameter with literal text
/// before and after it (`:name` takes the rest of the segment, at least one byte), or, as the last one, a wildcard
/// (`*name` takes the rest of the path, possibly nothing: "/files/*path" matches "/files/" but not "/files").
/// Literal text is written decoded ("/café", "/100%"); "\" takes the meaning from one of `: * ? # % \`.
public struct RoutePattern: Sendable, Equatable {
    /// The longest pattern, in bytes of UTF-8.
    public static let maximumByteCount = 8192
    /// The most segments a pattern has.
    public static let maximumSegmentCount = 128
    /// The most parameters a pattern has, its wildcard included. Storage for `Router.match` never needs more.
    public static let maximumParameterCount = 32

    enum Segment: Equatable, Sendable {
        case literal([UInt8])
        case parameter(prefix: [UInt8], suffix: [UInt8])
        case wildcard
    }

    /// The pattern as it was given.
    public let text: String
    /// The names of the parameters from left to right, the wildcard's last.
    public let parameterNames: [String]
    let segments: [Segment]

    /// Checks a pattern. Throws the first mistake from the left.
    public init(_ text: String) throws(PatternError) {
        var parser = PatternParser(text)
        try parser.parse()
        self.text = text
        self.parameterNames = parser.names
        self.segments = parser.segments
    }
}

extension RoutePattern: CustomStringConvertible {
    public var description: String { text }
}
