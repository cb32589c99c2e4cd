/// The wire format of Phoenix channels (`vsn`): version 2 with JSON arrays and binary messages, version 1 with JSON
/// objects.
public enum ChannelProtocol: Sendable, Equatable, CaseIterable {
    case version1, version2

    /// Bytes of a topic, an event or a ref: what the lengths of a binary message can say.
    public static var maximumNameBytes: Int { 255 }

    /// - Parameter vsn: the query parameter; without one it is version 1.
    /// - Returns: nil for a version that is not spoken here.
    public init?(vsn: String?) {
        let parts = (vsn ?? "1.0.0").split(separator: ".", omittingEmptySubsequences: false).map { UInt32(String($0)) }
        // `~> 1.0.0` and `~> 2.0.0`: any patch level.
        guard parts.count == 3, let major = parts[0], parts[1] == 0, parts[2] != nil else { return nil }
        switch major {
        case 1: self = .version1
        case 2: self = .version2
        default: return nil
        }
    }
}
