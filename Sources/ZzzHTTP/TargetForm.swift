/// The four forms of a request target (RFC 9112 section 3.2).
@frozen public enum TargetForm: UInt8, Sendable, Equatable {
    /// "/path?query", the usual one.
    case origin
    /// "http://host/path?query", as sent to a proxy; every server must take it (RFC 9112 section 3.2.2).
    case absolute
    /// "*", for OPTIONS about the whole server.
    case asterisk
    /// "host:port", for CONNECT only. The parser answers CONNECT with 501, so it never reports this form.
    case authority
}
