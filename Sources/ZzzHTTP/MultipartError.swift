/// A multipart body is not one: what is wrong, and where.
public struct MultipartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Which rule was broken.
    public enum Reason: Sendable, Equatable {
        /// There is no line that begins with the boundary.
        case noBoundary
        /// Something follows a boundary on its line.
        case malformedBoundaryLine
        /// The body ends before the last boundary.
        case unexpectedEnd
        /// A part's header is over the byte limit.
        case headerTooLarge
        /// A part's header breaks a rule that HTTP has too.
        case header(HTTPError.Reason)
    }

    public let reason: Reason
    /// How many bytes of the body came before, as far as they have been read.
    public let offset: UInt64

    public init(_ reason: Reason, offset: UInt64) {
        self.reason = reason
        self.offset = offset
    }

    /// 400, or 413 for what is only too much.
    public var status: UInt16 {
        switch reason {
        case .headerTooLarge, .header(.tooManyFields), .header(.headerTooLarge): 413
        default: 400
        }
    }

    /// "the body ends before its last boundary (RFC 2046 5.1.1), at byte 99"
    public var description: String { "\(text), at byte \(offset)" }

    private var text: String {
        switch reason {
        case .noBoundary: "no line begins with the boundary (RFC 2046 5.1.1)"
        case .malformedBoundaryLine: "something follows a boundary on its line (RFC 2046 5.1.1)"
        case .unexpectedEnd: "the body ends before its last boundary (RFC 2046 5.1.1)"
        case .headerTooLarge: "a part's header is over the byte limit"
        case .header(let reason): "in a part's header, \(reason.message)"
        }
    }
}
