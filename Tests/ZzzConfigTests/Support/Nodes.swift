import ZzzConfig

/// A tree of nodes without a file, each at a place of its own.
enum Nodes {
    static func node(_ value: ConfigNode.Value, line: Int = 1, file: String = "a.toml") -> ConfigNode {
        ConfigNode(
            value, at: SourceLocation(file: file, line: line, column: 10),
            key: SourceLocation(file: file, line: line, column: 1))
    }

    static func table(_ entries: KeyValuePairs<String, ConfigNode>) -> ConfigTable {
        var table = ConfigTable()
        for (key, node) in entries { table[key] = node }
        return table
    }

    /// `[TABLE]` with one key, given as a path such as `app.blog.limits.body`.
    static func table(path: String, _ value: ConfigNode.Value) -> ConfigTable {
        let parts = path.split(separator: ".").map(String.init)
        var node = node(value)
        for part in parts.dropFirst().reversed() { node = self.node(.table(table([part: node]))) }
        return table([parts[0]: node])
    }

    /// What a configuration with that one key gives: settings, or errors.
    static func settings(path: String, _ value: ConfigNode.Value) throws(ConfigFailure) -> Settings {
        var assembly = ConfigAssembly()
        assembly.add(file: "a.toml", table: table(path: path, value))
        return try assembly.settings()
    }

    /// The messages of the errors of a configuration with that one key; none when it is good.
    static func messages(path: String, _ value: ConfigNode.Value) -> [String] {
        do {
            _ = try settings(path: path, value)
            return []
        } catch {
            return error.errors.map(\.message)
        }
    }
}
