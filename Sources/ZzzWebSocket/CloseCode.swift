/// Why a connection is closed (RFC 6455 section 7.4).
@frozen public struct CloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static var normal: CloseCode { CloseCode(rawValue: 1000) }
    /// The server goes down, or the page is left.
    public static var goingAway: CloseCode { CloseCode(rawValue: 1001) }
    public static var protocolError: CloseCode { CloseCode(rawValue: 1002) }
    public static var unsupportedData: CloseCode { CloseCode(rawValue: 1003) }
    /// The peer's close frame had no code. Never sent.
    public static var noStatus: CloseCode { CloseCode(rawValue: 1005) }
    /// The connection ended without a close frame. Never sent.
    public static var abnormal: CloseCode { CloseCode(rawValue: 1006) }
    public static var invalidPayload: CloseCode { CloseCode(rawValue: 1007) }
    public static var policyViolation: CloseCode { CloseCode(rawValue: 1008) }
    public static var messageTooBig: CloseCode { CloseCode(rawValue: 1009) }
    public static var internalError: CloseCode { CloseCode(rawValue: 1011) }
    /// The server restarts; the client may come back after a random time of seconds (IANA registry).
    public static var serviceRestart: CloseCode { CloseCode(rawValue: 1012) }
    /// The server is overloaded (IANA registry).
    public static var tryAgainLater: CloseCode { CloseCode(rawValue: 1013) }

    /// Whether a close frame may carry it (RFC 6455 section 7.4.2, and the IANA registry).
    @inlinable public var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension CloseCode: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
