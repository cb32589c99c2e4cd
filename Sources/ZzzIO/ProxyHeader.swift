/// What a balancer says about the connection that it relays, before the first byte of it: the PROXY protocol of
/// HAProxy (its doc/proxy-protocol.txt), versions 1 and 2.
///
/// Nothing is kept between calls: whoever parses holds the bytes until the header is whole.
public struct ProxyHeader: Sendable, Equatable {
    /// The client's end of the relayed connection. Nil when the balancer speaks for itself, as in a health check, or
    /// does not know: then the client is who has connected.
    public let source: SocketAddress?
    /// Bytes that the header takes.
    public let length: Int

    public enum Outcome: Sendable, Equatable {
        case header(ProxyHeader)
        /// What is there may become a header.
        case incomplete
        /// The bytes begin with something else.
        case absent
        /// It breaks the rules of its version.
        case malformed
        /// It announces more bytes than it may have.
        case tooLarge
    }

    /// Reads a header at the beginning of `bytes`.
    /// - Parameter limit: the most bytes that one of version 2 may have. For version 1 it is 107 by definition.
    public static func parse(_ bytes: Span<UInt8>, limit: Int) -> Outcome {
        switch (begins(bytes, with: "PROXY "), begins(bytes, with: "\r\n\r\n\0\r\nQUIT\n")) {
        case (.wholly, _): parseText(bytes)
        case (_, .wholly): parseBinary(bytes, limit: limit)
        case (.partly, _), (_, .partly): .incomplete
        case (.not, .not): .absent
        }
    }

    private enum Match {
        case not, partly, wholly
    }

    private static func begins(_ bytes: Span<UInt8>, with signature: StaticString) -> Match {
        let count = min(bytes.count, signature.utf8CodeUnitCount)
        for index in 0..<count where bytes[index] != signature.utf8Start[index] { return .not }
        return count == signature.utf8CodeUnitCount ? .wholly : .partly
    }
}
