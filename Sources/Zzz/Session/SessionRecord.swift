import ZzzJSON

/// What is kept of a session, whatever keeps it. As bytes: `[created, used, {values}]` in JSON, with the times in
/// seconds since 1970.
struct SessionRecord: Equatable {
    var createdAtSeconds: Int64
    /// When it was last used, not exactly: it is written anew when a tenth of the idle timeout has passed.
    var usedAtSeconds: Int64
    var values = JSONObject()

    init(atSeconds seconds: Int64) {
        createdAtSeconds = seconds
        usedAtSeconds = seconds
    }

    /// Nil for what this type has not written.
    init?(_ bytes: ArraySlice<UInt8>) {
        let limits = JSONLimits(maximumDepth: Self.depth)
        let value = bytes.withUnsafeBytes { try? JSONValue(parsing: $0, limits: limits) }
        guard let members = value?.arrayValue, members.count == 3,
            case .integer(let created) = members[0], case .integer(let used) = members[1],
            case .object(let values) = members[2], Self.times.contains(created), Self.times.contains(used)
        else { return nil }
        createdAtSeconds = created
        usedAtSeconds = used
        self.values = values
    }

    /// 30,000 years: what can be added to without a thought.
    private static let times: Range<Int64> = 0..<1 << 40

    /// How many arrays and objects may be inside each other, with the record's own two.
    private static let depth = 66

    /// Throws for a number that JSON does not have.
    var bytes: [UInt8] {
        get throws {
            let members: [JSONValue] = [.integer(createdAtSeconds), .integer(usedAtSeconds), .object(values)]
            return try JSONValue.array(members).serialized()
        }
    }
}
