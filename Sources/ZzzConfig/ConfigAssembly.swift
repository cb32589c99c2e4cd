/// Makes `Settings` of the parsed files: merges them, checks the result, and puts the errors in the order of the files.
public struct ConfigAssembly: Sendable {
    private var merge = ConfigMerge()
    private var files: [String] = []
    private var errors: [ConfigError] = []

    public init() {}

    /// Adds the root table of a file, in the order in which files count.
    public mutating func add(file: String, table: ConfigTable) {
        files.append(file)
        merge.add(table)
    }

    /// Adds a file that could not be parsed, with the reasons.
    public mutating func add(file: String, errors: [ConfigError]) {
        files.append(file)
        self.errors.append(contentsOf: errors)
    }

    /// The settings, or every error in every file.
    public func settings() throws(ConfigFailure) -> Settings {
        let validator = ConfigValidator(merge.table)
        let found = errors + merge.errors + validator.errors
        guard found.isEmpty else {
            let order = Dictionary(uniqueKeysWithValues: files.enumerated().map { ($0.element, $0.offset) })
            throw ConfigFailure(
                found.sorted { left, right in
                    Self.sortKey(left, order).lexicographicallyPrecedes(Self.sortKey(right, order))
                })
        }
        var settings = validator.settings
        settings.files = files
        return settings
    }

    private static func sortKey(_ error: ConfigError, _ order: [String: Int]) -> [Int] {
        [
            error.location.flatMap { order[$0.file] } ?? .max, error.location?.line ?? 0,
            error.location?.column ?? 0,
        ]
    }
}
