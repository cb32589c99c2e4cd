/// Which topics a channel serves: one, or with a `*` at the end all that begin so.
public struct TopicPattern: Sendable, Hashable, CustomStringConvertible {
    private let prefix: String
    private let isPrefix: Bool

    /// - Returns: nil for an empty pattern, one longer than a topic may be, or one with a `*` elsewhere.
    public init?(_ text: String) {
        isPrefix = text.hasSuffix("*")
        prefix = isPrefix ? String(text.dropLast()) : text
        guard !text.isEmpty, text.utf8.count <= ChannelProtocol.maximumNameBytes, !prefix.contains("*") else {
            return nil
        }
    }

    public func matches(_ topic: String) -> Bool {
        isPrefix ? topic.utf8.starts(with: prefix.utf8) : topic == prefix
    }

    public var description: String { isPrefix ? prefix + "*" : prefix }
}
