import ZzzAppABI

@testable import Zzz

extension FakeTables {
    static func makeConfig() -> zzz_config {
        var config = zzz_config()
        config.size = UInt32(MemoryLayout<zzz_config>.size)
        config.string = { app, key, value, error in
            FakeTables.read(app, key, error) { host, setting in
                guard case .string(let text) = setting else { return false }
                value?.pointee = host.constant(text)
                return true
            }
        }
        config.integer = { app, key, value, error in
            FakeTables.read(app, key, error) { _, setting in
                guard case .integer(let number) = setting else { return false }
                value?.pointee = number
                return true
            }
        }
        config.number = { app, key, value, error in
            FakeTables.read(app, key, error) { _, setting in
                guard case .number(let number) = setting else { return false }
                value?.pointee = number
                return true
            }
        }
        config.boolean = { app, key, value, error in
            FakeTables.read(app, key, error) { _, setting in
                guard case .boolean(let flag) = setting else { return false }
                value?.pointee = flag ? 1 : 0
                return true
            }
        }
        config.count = { app, key, value, error in
            FakeTables.read(app, key, error) { _, setting in
                guard case .table(let keys, _) = setting else { return false }
                value?.pointee = UInt32(keys.count)
                return true
            }
        }
        config.key_at = { app, key, index, value, error in
            FakeTables.read(app, key, error) { host, setting in
                guard case .table(let keys, _) = setting else { return false }
                value?.pointee = host.constant(keys[Int(index)])
                return true
            }
        }
        config.json = { app, key, value, error in
            FakeTables.read(app, key, error) { host, setting in
                value?.pointee = host.constant(setting.json)
                return true
            }
        }
        config.name = { FakeHost.from($0)?.constant("blog") ?? zzz_bytes() }
        config.state_directory = { FakeHost.from($0)?.constant("/state/blog") ?? zzz_bytes() }
        config.generation = { _ in 7 }
        return config
    }

    private static func read(
        _ app: OpaquePointer?, _ key: zzz_bytes, _ error: UnsafeMutablePointer<zzz_error>?,
        _ take: (FakeHost, FakeHost.Setting) -> Bool
    ) -> zzz_status {
        guard let host = FakeHost.from(app), let setting = host.settings[key.string] else {
            return FakeTables.refuse(error, HostStatus.notFound, "no key \(key.string)")
        }
        return take(host, setting) ? 0 : FakeTables.refuse(error, HostStatus.invalid, "\(key.string) has another type")
    }
}

extension FakeHost.Setting {
    /// As JSON; texts without what would have to be escaped.
    fileprivate var json: String {
        switch self {
        case .string(let text): "\"\(text)\""
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .table(_, let text): text
        }
    }
}
