extension Schema {
    /// A key as the documentation shows it.
    struct DocumentedKey: Sendable, Equatable {
        /// Its path: `limits.body`, `listen.address`, `app.NAME.limits.body`.
        var path: String
        /// What may be written.
        var summary: String
        /// The default as TOML text; nil when it is unset by default.
        var defaultText: String?
        /// Whether its table is an error without it.
        var isRequired: Bool
        /// What it is for.
        var documentation: String

        /// The key's row in the tables of docs/configuration.md.
        var row: String {
            let fallback = isRequired ? "required" : defaultText.map { "`\($0)`" } ?? "unset"
            return "| `\(path)` | \(fallback) | \(summary) | \(documentation) |"
        }
    }

    /// Every key, in the order of the documentation.
    static let documentedKeys: [DocumentedKey] =
        documented(server, under: "server") + documented(listen, under: "listen")
        + documented(tls, under: "listen.tls") + documented(tlsCertificates, under: "listen.tls.certificates")
        + documented(control, under: "control") + documented(admin, under: "admin")
        + documented(paths, under: "paths") + documented(apps, under: "apps")
        + documented(limits, under: "limits") + documented(sockets, under: "sockets")
        + documented(log, under: "log") + documented(app, under: "app.NAME")
        + documented(appLimits, under: "app.NAME.limits")
        + documented(appQuarantine, under: "app.NAME.quarantine") + documented(appStore, under: "app.NAME.store")

    private static func documented<Root>(_ table: SettingTable<Root>, under path: String) -> [DocumentedKey] {
        table.keys.map { key in
            DocumentedKey(
                path: "\(path).\(key.name)", summary: key.summary, defaultText: key.defaultText,
                isRequired: key.isRequired, documentation: key.documentation)
        }
    }
}
