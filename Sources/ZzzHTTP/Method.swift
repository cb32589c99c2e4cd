/// The request method (RFC 9110 section 9), as one byte.
///
/// A method that has no case here is still valid HTTP: it parses as `other`, and its token is
/// `RequestHead.methodOffset ..< methodOffset + methodLength` of the head's bytes.
@frozen public enum Method: UInt8, Sendable, Equatable, Hashable, CaseIterable {
    case get, head, post, put, patch, delete, options, connect, trace, other

    /// The token as it goes over the wire; "" for `other`.
    @inlinable public var token: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: ""
        }
    }

    /// Safe methods do not ask for a change of state (RFC 9110 section 9.2.1).
    @inlinable public var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        default: false
        }
    }

    /// The method whose token is exactly `bytes`; methods are case-sensitive (RFC 9110 section 9.1).
    public init(token bytes: UnsafeRawBufferPointer) {
        self = .other
        for candidate in Method.allCases where candidate != .other {
            if bytes.equals(candidate.token) { self = candidate }
        }
    }

    /// The method whose token is the `length` bytes at `start`.
    @inline(__always)
    init(token start: UnsafeRawPointer, length: Int) {
        switch length {
        case 3: self = start.matches("GET") ? .get : start.matches("PUT") ? .put : .other
        case 4: self = start.matches("POST") ? .post : start.matches("HEAD") ? .head : .other
        case 5: self = start.matches("PATCH") ? .patch : start.matches("TRACE") ? .trace : .other
        case 6: self = start.matches("DELETE") ? .delete : .other
        case 7: self = start.matches("OPTIONS") ? .options : start.matches("CONNECT") ? .connect : .other
        default: self = .other
        }
    }
}
