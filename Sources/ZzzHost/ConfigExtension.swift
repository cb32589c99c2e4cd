import ZzzAppABI

/// "zzz.config/1": an app's own table of the configuration.
enum ConfigExtension {
    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_config>
    }

    static var table: UnsafePointer<zzz_config> { storage.pointer }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_config>.allocate(capacity: 1)
        table.initialize(
            to: zzz_config(
                size: UInt32(MemoryLayout<zzz_config>.size), reserved: 0, string: string, integer: integer,
                number: number, boolean: boolean, count: count, key_at: keyAt, json: json, name: name,
                state_directory: stateDirectory, generation: generation))
        return Table(pointer: UnsafePointer(table))
    }()

    private static let string:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UnsafeMutablePointer<zzz_bytes>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, key, value, error in
            read(app, key, value, error) { (node, key) throws(Refusal) in
                guard case .string(let text) = node.content else { throw mismatch(key, node, "a string") }
                return text.bytes
            }
        }

    private static let integer:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UnsafeMutablePointer<Int64>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, key, value, error in
            read(app, key, value, error) { (node, key) throws(Refusal) in
                guard case .integer(let number) = node.content else { throw mismatch(key, node, "an integer") }
                return number
            }
        }

    private static let number:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UnsafeMutablePointer<Double>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, key, value, error in
            read(app, key, value, error) { (node, key) throws(Refusal) in
                switch node.content {
                case .number(let number): return number
                case .integer(let number): return Double(number)
                default: throw mismatch(key, node, "a number")
                }
            }
        }

    private static let boolean:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, key, value, error in
            read(app, key, value, error) { (node, key) throws(Refusal) in
                guard case .bool(let flag) = node.content else { throw mismatch(key, node, "a boolean") }
                return flag ? 1 : 0
            }
        }

    private static let count:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, key, value, error in
            read(app, key, value, error) { (node, key) throws(Refusal) in
                switch node.content {
                case .array(let elements): return UInt32(clamping: elements.count)
                case .table(let members): return UInt32(clamping: members.count)
                default: throw mismatch(key, node, "a table or an array")
                }
            }
        }

    private static let keyAt:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UInt32, UnsafeMutablePointer<zzz_bytes>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, key, index, value, error in
            read(app, key, value, error) { (node, key) throws(Refusal) in
                guard case .table(let members) = node.content else { throw mismatch(key, node, "a table") }
                guard index < members.count else {
                    throw Refusal(Status.notFound, "setting \"\(key)\" has \(members.count) keys, none at \(index)")
                }
                return members[Int(index)].key.bytes
            }
        }

    private static let json:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UnsafeMutablePointer<zzz_bytes>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, key, value, error in
            read(app, key, value, error) { (node, _) throws(Refusal) in try node.json().bytes }
        }

    private static let name: @convention(c) (OpaquePointer?) -> zzz_bytes = { app in
        Generation.from(handle: app)?.config.name.bytes ?? zzz_bytes(data: nil, count: 0)
    }

    private static let stateDirectory: @convention(c) (OpaquePointer?) -> zzz_bytes = { app in
        Generation.from(handle: app)?.config.stateDirectory.bytes ?? zzz_bytes(data: nil, count: 0)
    }

    private static let generation: @convention(c) (OpaquePointer?) -> UInt64 = { app in
        Generation.from(handle: app)?.config.generation ?? 0
    }

    private static func read<Value>(
        _ app: OpaquePointer?, _ key: zzz_bytes, _ value: UnsafeMutablePointer<Value>?,
        _ error: UnsafeMutablePointer<zzz_error>?,
        _ body: (_ node: SettingNode, _ key: String) throws(Refusal) -> Value
    ) -> zzz_status {
        answering(error) { () throws(Refusal) in
            guard let generation = Generation.from(handle: app) else {
                throw .invalid("app: not a handle of this host")
            }
            guard let value else { throw .invalid("value: NULL") }
            let path = try key.text("key", maximum: ConfigTable.maximumKeyByteCount)
            value.pointee = try body(try generation.config.node(at: path), path)
        }
    }

    private static func mismatch(_ key: String, _ node: SettingNode, _ wanted: String) -> Refusal {
        .invalid("setting \"\(key)\" is \(node.typeName), not \(wanted)")
    }
}
