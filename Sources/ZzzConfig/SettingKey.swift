/// One key of a table: its name, what may be written, its default, and how a value gets into `Root`.
struct SettingKey<Root: DefaultSettings>: Sendable {
    /// The key's name within its table.
    var name: String
    /// What may be written.
    var summary: String
    /// The default as TOML text; nil when the key is unset by default.
    var defaultText: String?
    /// Whether the table is an error without it.
    var isRequired = false
    /// What it is for, as one or two sentences.
    var documentation: String
    /// Checks a value and stores it.
    var store: @Sendable (ConfigNode, inout Root) throws(SettingProblem) -> Void

    /// A key whose default is what a fresh `Root` holds.
    init<Value>(
        _ name: String, _ reader: SettingReader<Value>, _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ documentation: String
    ) {
        self.name = name
        self.documentation = documentation
        summary = reader.summary
        defaultText = reader.format(Root.defaults[keyPath: path])
        store = { node, root throws(SettingProblem) in root[keyPath: path] = try reader.read(node) }
    }

    /// A key that is unset by default.
    init<Value>(
        _ name: String, _ reader: SettingReader<Value>, _ path: any WritableKeyPath<Root, Value?> & Sendable,
        _ documentation: String
    ) {
        self.name = name
        self.documentation = documentation
        summary = reader.summary
        defaultText = Root.defaults[keyPath: path].map(reader.format)
        store = { node, root throws(SettingProblem) in root[keyPath: path] = try reader.read(node) }
    }

    /// The same key, without a default.
    func required() -> SettingKey {
        var key = self
        key.isRequired = true
        key.defaultText = nil
        return key
    }
}

/// A settings type that knows its defaults.
protocol DefaultSettings: Sendable {
    static var defaults: Self { get }
}

extension Settings: DefaultSettings {
    static var defaults: Settings { Settings() }
}

extension AppSettings: DefaultSettings {
    static var defaults: AppSettings { AppSettings() }
}

extension ListenSettings: DefaultSettings {
    static var defaults: ListenSettings { Settings().listen[0] }
}

/// A table of the configuration: `[limits]`, or `[limits]` within `[app.NAME]`.
struct SettingTable<Root: DefaultSettings>: Sendable {
    /// The table's name; empty for the keys that stand directly in `Root`'s own table.
    var name: String
    /// What it is for, as one sentence.
    var documentation: String
    var keys: [SettingKey<Root>]

    func key(_ name: String) -> SettingKey<Root>? {
        keys.first { $0.name == name }
    }
}
