/// A message of a peer's that is none; the transport is closed.
public enum ChannelProtocolError: Error, Sendable, Equatable, CaseIterable {
    case notJSON, notAnArray, notAnObject, tooFewElements, wrongTypeOfElement, missingMember
    case binaryInVersion1, truncatedBinary, unknownKindOfBinary, invalidUTF8
    /// A topic or event longer than `ChannelLimits` has it.
    case nameTooLong

    /// One line for a log.
    public var message: StaticString {
        switch self {
        case .notJSON: "the message is not JSON"
        case .notAnArray: "a message of version 2 is a JSON array"
        case .notAnObject: "a message of version 1 is a JSON object"
        case .tooFewElements: "a message of version 2 has five elements: join_ref, ref, topic, event, payload"
        case .wrongTypeOfElement: "topic and event are strings, and join_ref and ref strings, whole numbers or null"
        case .missingMember: "a message of version 1 has topic, event, payload and ref"
        case .binaryInVersion1: "version 1 has no binary messages"
        case .truncatedBinary: "a binary message is shorter than its head says"
        case .unknownKindOfBinary: "a client's binary message is of kind 0"
        case .invalidUTF8: "a name in a binary message is not UTF-8"
        case .nameTooLong: "a topic, event or ref is longer than this server takes"
        }
    }
}
