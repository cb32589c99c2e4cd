/// The peer broke a rule of RFC 6455 or RFC 7692, or went past a limit: what it did, and the code to close with.
@frozen public enum WebSocketError: Error, Sendable, Hashable, CaseIterable {
    // Frames
    case reservedBits, reservedOpcode, unmaskedFrame, maskedFrame, lengthNotMinimal, lengthTooLarge
    case fragmentedControlFrame, controlFrameTooLong
    // Messages
    case continuationWithoutMessage, messageInsideMessage, invalidUTF8, invalidCompression
    // Close frames
    case truncatedCloseCode, invalidCloseCode, invalidCloseReason
    // Limits
    case messageTooBig, tooManyFragments, inflatesTooMuch

    /// The code that the close frame carries (RFC 6455 section 7.4.1).
    public var closeCode: CloseCode {
        switch self {
        case .invalidUTF8, .invalidCompression, .invalidCloseReason: .invalidPayload
        case .messageTooBig, .tooManyFragments, .inflatesTooMuch: .messageTooBig
        default: .protocolError
        }
    }

    /// One line for a log and for the close frame, with the section that has the rule; at most 123 bytes.
    public var message: StaticString {
        switch self {
        case .reservedBits: "a reserved bit is set that no extension uses (RFC 6455 5.2)"
        case .reservedOpcode: "the opcode is a reserved one (RFC 6455 5.2)"
        case .unmaskedFrame: "a client's frame is not masked (RFC 6455 5.1)"
        case .maskedFrame: "a server's frame is masked (RFC 6455 5.1)"
        case .lengthNotMinimal: "the payload length is not in its shortest form (RFC 6455 5.2)"
        case .lengthTooLarge: "the payload length has more than 63 bits (RFC 6455 5.2)"
        case .fragmentedControlFrame: "a control frame is fragmented (RFC 6455 5.5)"
        case .controlFrameTooLong: "a control frame has more than 125 bytes (RFC 6455 5.5)"
        case .continuationWithoutMessage: "a continuation frame without a message to continue (RFC 6455 5.4)"
        case .messageInsideMessage: "a message begins before the one before has ended (RFC 6455 5.4)"
        case .invalidUTF8: "a text message is not UTF-8 (RFC 6455 8.1)"
        case .invalidCompression: "a compressed message cannot be inflated (RFC 7692 7.2.2)"
        case .truncatedCloseCode: "a close frame has one byte (RFC 6455 5.5.1)"
        case .invalidCloseCode: "the close code may not be sent (RFC 6455 7.4)"
        case .invalidCloseReason: "the close reason is not UTF-8 (RFC 6455 5.5.1)"
        case .messageTooBig: "the message is larger than this server takes"
        case .tooManyFragments: "the message has more fragments than this server takes"
        case .inflatesTooMuch: "the message inflates to too many times its size"
        }
    }
}

extension WebSocketError: CustomStringConvertible {
    public var description: String { "\(closeCode): \(message)" }
}
