/// Puts the tables of several files together.
///
/// Tables merge, arrays of tables such as `[[listen]]` add up, and anything else that is set twice is an error that
/// names both places: with silent overriding nobody could tell which file counts.
struct ConfigMerge {
    private(set) var table = ConfigTable()
    private(set) var errors: [ConfigError] = []

    /// Adds one file's root table.
    mutating func add(_ other: ConfigTable) {
        var merged = table
        merge(other, into: &merged, path: "")
        table = merged
    }

    private mutating func merge(_ other: ConfigTable, into table: inout ConfigTable, path: String) {
        for (key, node) in other.entries {
            guard let existing = table[key] else {
                table[key] = node
                continue
            }
            let keyPath = path.isEmpty ? key : "\(path).\(key)"
            switch (existing.value, node.value) {
            case (.table(var inner), .table(let added)):
                merge(added, into: &inner, path: keyPath)
                table[key]?.value = .table(inner)
            case (.array(let first), .array(let second)) where Self.areTables(first) && Self.areTables(second):
                table[key]?.value = .array(first + second)
            default:
                errors.append(
                    ConfigError(at: node.keyLocation, "\(keyPath) is already set at \(existing.keyLocation)"))
            }
        }
    }

    private static func areTables(_ nodes: [ConfigNode]) -> Bool {
        !nodes.isEmpty && nodes.allSatisfy { if case .table = $0.value { true } else { false } }
    }
}
