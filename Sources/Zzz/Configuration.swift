import ZzzAppABI
import ZzzJSON

/// The app's own table in the daemon's configuration: `[app.NAME] settings = {...}`, as it was when this generation
/// was made.
///
/// Keys are paths: "mail.from", "servers.0.port". Reading a value as another type than it has throws a ``HostError``
/// that says so.
public struct Configuration: Sendable {
    let host: Host

    /// The value, or nil when the key is not there: `try configuration["title", as: String.self]`. Anything Decodable
    /// will do: a table can be read as a struct, and "" is the whole table.
    public subscript<Value: Decodable>(key: String, as type: Value.Type) -> Value? {
        get throws {
            guard let config = host.config else { return nil }
            do {
                return try key.withBytes { try read(key, $0, config, type) }
            } catch let error as HostError where error.code == HostStatus.notFound {
                return nil
            }
        }
    }

    /// The value, or `fallback` when the key is not there: `try configuration["pageSize", default: 20]`
    public subscript<Value: Decodable>(key: String, default fallback: @autoclosure () -> Value) -> Value {
        get throws { try self[key, as: Value.self] ?? fallback() }
    }

    /// The value. Throws ``StartupError`` when the key is not there.
    public func require<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = try self[key, as: type] else {
            throw StartupError("the configuration has no settings.\(key) for this app")
        }
        return value
    }

    /// The keys of the table at `path`, in the order of the file; "" is the whole table.
    public func keys(at path: String = "") throws -> [String] {
        guard let config = host.config else { return [] }
        return try path.withBytes { path in
            var count: UInt32 = 0
            _ = try hostCall("count") { config.pointee.count(host.app, path, &count, $0) }
            return try (0..<count).map { index in
                var name = zzz_bytes()
                _ = try hostCall("key_at") { config.pointee.key_at(host.app, path, index, &name, $0) }
                return name.string
            }
        }
    }

    /// The name under which the daemon knows the app: the file's.
    public var appName: String { host.config?.pointee.name(host.app).string ?? "" }

    /// The directory that the app may write to; "" when the daemon has none.
    public var stateDirectory: String { host.config?.pointee.state_directory(host.app).string ?? "" }

    /// The number of this generation.
    public var generation: UInt64 { host.config?.pointee.generation(host.app) ?? 0 }

    private func read<Value: Decodable>(
        _ name: String, _ key: zzz_bytes, _ config: UnsafePointer<zzz_config>, _ type: Value.Type
    ) throws -> Value {
        let scalar: Any? =
            switch type {
            case is String.Type: try string(key, config)
            case is Int.Type: try integer(key, config)
            case is Double.Type: try number(key, config)
            case is Bool.Type: try boolean(key, config)
            default: nil
            }
        if let value = scalar as? Value { return value }
        var text = zzz_bytes()
        _ = try hostCall("configuration") { config.pointee.json(host.app, key, &text, $0) }
        do {
            return try JSONBytesDecoder().decode(type, from: text.buffer)
        } catch {
            throw StartupError("the configuration's settings.\(name): \(error)")
        }
    }

    private func string(_ key: zzz_bytes, _ config: UnsafePointer<zzz_config>) throws -> String {
        var value = zzz_bytes()
        _ = try hostCall("configuration") { config.pointee.string(host.app, key, &value, $0) }
        return value.string
    }

    private func integer(_ key: zzz_bytes, _ config: UnsafePointer<zzz_config>) throws -> Int {
        var value: Int64 = 0
        _ = try hostCall("configuration") { config.pointee.integer(host.app, key, &value, $0) }
        return Int(value)
    }

    private func number(_ key: zzz_bytes, _ config: UnsafePointer<zzz_config>) throws -> Double {
        var value = 0.0
        _ = try hostCall("configuration") { config.pointee.number(host.app, key, &value, $0) }
        return value
    }

    private func boolean(_ key: zzz_bytes, _ config: UnsafePointer<zzz_config>) throws -> Bool {
        var value: Int32 = 0
        _ = try hostCall("configuration") { config.pointee.boolean(host.app, key, &value, $0) }
        return value != 0
    }
}
