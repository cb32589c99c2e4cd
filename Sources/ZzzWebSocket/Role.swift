/// Whose side of a connection it is: a client masks what it sends, a server does not (RFC 6455 section 5.1).
@frozen public enum Role: Sendable {
    case server, client
}
