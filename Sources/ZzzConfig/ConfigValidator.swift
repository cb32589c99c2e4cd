import ZzzSpelling

/// Checks the merged tables against the schema and makes `Settings` of them.
struct ConfigValidator {
    private(set) var settings = Settings()
    private(set) var errors: [ConfigError] = []

    /// Checks a whole configuration; every error found is kept.
    init(_ root: ConfigTable) {
        for (name, node) in root.entries {
            switch name {
            case "listen": listen(node)
            case "app": apps(node)
            default:
                guard let table = Schema.tables.first(where: { $0.name == name }) else {
                    unknown(name, in: "", at: node, known: Schema.topLevelNames)
                    continue
                }
                if let keys = self.table(node, path: name) {
                    var read = settings
                    self.read(keys, table, path: name, into: &read)
                    settings = read
                }
            }
        }
        errors.append(contentsOf: duplicateListeners(root))
        if let error = takenAdminAddress(root) { errors.append(error) }
    }

    /// The keys of a table, or nil with an error when the node is none.
    mutating func table(_ node: ConfigNode, path: String) -> ConfigTable? {
        guard case .table(let table) = node.value else {
            errors.append(ConfigError(at: node.location, "\(path) must be a table, not \(node.value.typeName)"))
            return nil
        }
        return table
    }

    /// Stores what the schema's table knows. `others` are names the caller handles itself.
    mutating func read<Root>(
        _ keys: ConfigTable, _ schema: SettingTable<Root>, path: String, into root: inout Root, others: [String] = []
    ) {
        for (name, node) in keys.entries where !others.contains(name) {
            guard let key = schema.key(name) else {
                unknown(name, in: path, at: node, known: schema.keys.map(\.name) + others)
                continue
            }
            do throws(SettingProblem) {
                try key.store(node, &root)
            } catch {
                errors.append(ConfigError(at: error.location ?? node.location, "\(path).\(name) \(error.message)"))
            }
        }
    }

    mutating func fail(at node: ConfigNode, _ message: String) {
        errors.append(ConfigError(at: node.keyLocation, message))
    }

    private mutating func unknown(_ name: String, in path: String, at node: ConfigNode, known: [String]) {
        let place = path.isEmpty ? "" : " in \(path)"
        let hint: String
        if let nearest = NearestName.of(name, among: known) {
            hint = "did you mean \"\(nearest)\"?"
        } else if let home = Schema.homes(of: name).first(where: { $0 != path }) {
            hint = "it belongs in [\(home)]"
        } else {
            hint = "known here: " + known.sorted().joined(separator: ", ")
        }
        errors.append(ConfigError(at: node.keyLocation, "unknown key \(quoted(name))\(place); \(hint)"))
    }

    private mutating func listen(_ node: ConfigNode) {
        guard case .array(let nodes) = node.value else {
            errors.append(
                ConfigError(at: node.location, "listen must be an array of tables; write [[listen]] with two brackets"))
            return
        }
        var listeners: [ListenSettings] = []
        for node in nodes {
            guard let keys = table(node, path: "listen") else { continue }
            var listener = ListenSettings.defaults
            read(keys, Schema.listen, path: "listen", into: &listener, others: [Schema.tls.name])
            if let node = keys[Schema.tls.name] { listener.tls = tls(node) }
            for key in Schema.listen.keys where key.isRequired && keys[key.name] == nil {
                errors.append(ConfigError(at: node.keyLocation, "[[listen]] needs \(key.name) = \"ADDRESS:PORT\""))
            }
            if listener.proxyProtocol != .off, listener.trusted.isEmpty, let key = keys["proxy_protocol"] {
                fail(at: key, "listen.proxy_protocol needs trusted = [\"ADDRESS/BITS\"], the balancers to believe")
            }
            listeners.append(listener)
        }
        if !listeners.isEmpty { settings.listen = listeners }
    }

    /// Two listeners on one address could not both be bound, whatever their ports' order of binding.
    private func duplicateListeners(_ root: ConfigTable) -> [ConfigError] {
        guard case .array(let nodes)? = root["listen"]?.value else { return [] }
        var places: [ListenAddress: SourceLocation] = [:]
        var errors: [ConfigError] = []
        for node in nodes {
            guard case .table(let keys) = node.value, let node = keys["address"], case .string(let text) = node.value,
                let address = try? ListenAddress(text)  // An invalid one has been reported.
            else { continue }
            switch address {
            case .ipv4(_, port: 0), .ipv6(_, port: 0): continue
            default: break
            }
            if let first = places[address] {
                errors.append(ConfigError(at: node.location, "\(address) is already listened on at \(first)"))
            } else {
                places[address] = node.location
            }
        }
        return errors
    }

    /// The admin listener answers whoever connects, so it shares no address with what serves apps or takes commands.
    private func takenAdminAddress(_ root: ConfigTable) -> ConfigError? {
        guard case .table(let keys)? = root["admin"]?.value, let node = keys["address"],
            case .at(let address)? = settings.admin.address
        else { return nil }
        switch address {
        case .ipv4(_, port: 0), .ipv6(_, port: 0): return nil
        case .unix(settings.control.socket):
            return ConfigError(at: node.location, "admin.address is the path of control.socket")
        default: break
        }
        guard settings.listen.contains(where: { $0.address == address }) else { return nil }
        return ConfigError(at: node.location, "admin.address is \(address), where [[listen]] serves apps already")
    }

    private mutating func apps(_ node: ConfigNode) {
        guard let tables = table(node, path: "app") else { return }
        for (name, node) in tables.entries {
            guard AppName.isValid(name) else {
                errors.append(
                    ConfigError(
                        at: node.keyLocation,
                        "\(quoted(name)) is no app name; use a-z, 0-9, _ and -, at most \(AppName.longest), "
                            + "first a letter or digit"))
                continue
            }
            guard let keys = table(node, path: "app.\(name)") else { continue }
            var app = AppSettings()
            let inner = [Schema.appLimits, Schema.appQuarantine, Schema.appStore]
            read(keys, Schema.app, path: "app.\(name)", into: &app, others: inner.map(\.name))
            for schema in inner {
                let path = "app.\(name).\(schema.name)"
                guard let node = keys[schema.name], let keys = table(node, path: path) else { continue }
                read(keys, schema, path: path, into: &app)
            }
            settings.app[name] = app
        }
    }
}

extension Schema {
    /// The tables that have a key of this name, for somebody who put it in the wrong one.
    static func homes(of key: String) -> [String] {
        var homes = tables.filter { $0.key(key) != nil }.map(\.name)
        if listen.key(key) != nil { homes.append("[listen]") }
        if app.key(key) != nil { homes.append("app.NAME") }
        return homes
    }
}
