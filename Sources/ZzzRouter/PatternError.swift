/// Why a route pattern was refused: an app's mistake, found when it registers its routes.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: Equatable, Sendable {
        /// The pattern does not start with "/".
        case missingLeadingSlash
        /// "//" inside the pattern: no request segment is meant to be empty.
        case emptySegment
        /// "." or ".." as a segment: such a path never reaches a handler.
        case dotSegment
        /// ":" or "*" without a name of ASCII letters, digits and "_" that starts with no digit.
        case invalidParameterName
        /// The same name twice.
        case duplicateParameterName(String)
        /// A second parameter in one segment.
        case secondParameterInSegment
        /// "*" that does not begin its segment, or is followed by more than its name.
        case wildcardNotWholeSegment
        /// A segment after the wildcard.
        case wildcardNotLast
        /// "\" before anything but one of : * ? # % \
        case invalidEscape
        /// "?" or "#": a pattern is matched with the path alone.
        case queryOrFragment
        /// "%" and two hexadecimal digits: patterns are written decoded.
        case percentEncoded
        /// A NUL, which no request path can have.
        case nulByte
        /// More bytes than `RoutePattern.maximumByteCount`.
        case tooLong
        /// More segments than `RoutePattern.maximumSegmentCount`.
        case tooManySegments
        /// More parameters than `RoutePattern.maximumParameterCount`.
        case tooManyParameters
    }

    public let reason: Reason
    /// The pattern as it was given.
    public let pattern: String
    /// Where in the UTF-8 of the pattern the mistake is, in bytes from 0.
    public let offset: Int

    public var description: String {
        "route pattern \"\(pattern.prefix(200))\", byte \(offset + 1): \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .missingLeadingSlash: "a pattern starts with \"/\""
        case .emptySegment: "an empty segment (\"//\") matches no request"
        case .dotSegment: "\".\" and \"..\" are no segments of a request path"
        case .invalidParameterName:
            "a parameter needs a name of letters, digits and \"_\"; write \"\\:\" for a literal colon"
        case .duplicateParameterName(let name): "the parameter name \"\(name)\" is used twice"
        case .secondParameterInSegment: "a segment takes one parameter"
        case .wildcardNotWholeSegment: "a wildcard is a whole segment (\"/*path\"); write \"\\*\" for a literal star"
        case .wildcardNotLast: "a wildcard is the last segment"
        case .invalidEscape: "\"\\\" stands only before one of : * ? # % \\"
        case .queryOrFragment: "a pattern has no query or fragment; write \"\\?\" or \"\\#\" for a literal one"
        case .percentEncoded: "patterns are written decoded (\"/caf\u{E9}\"); write \"\\%\" for a literal percent sign"
        case .nulByte: "a path has no NUL"
        case .tooLong: "longer than \(RoutePattern.maximumByteCount) bytes"
        case .tooManySegments: "more than \(RoutePattern.maximumSegmentCount) segments"
        case .tooManyParameters: "more than \(RoutePattern.maximumParameterCount) parameters"
        }
    }
}
