import Synchronization
import ZzzAppABI
import ZzzJSON

/// An app's settings in the form that the contract lends out: bytes at addresses that never change.
///
/// Lives as long as its generation, which is for good.
final class ConfigTable: Sendable {
    let name: LentBytes
    let stateDirectory: LentBytes
    let generation: UInt64
    private let root: SettingNode

    init(app: String, generation: UInt64, stateDirectory: String, settings: JSONValue) {
        name = LentBytes(app)
        self.generation = generation
        self.stateDirectory = LentBytes(stateDirectory)
        root = SettingNode(settings)
    }

    /// The longest key path, in bytes.
    static let maximumKeyByteCount = 1024

    /// The value at a path, "mail.from" or "servers.0.port"; "" is the whole table.
    func node(at key: String) throws(Refusal) -> SettingNode {
        var node = root
        guard !key.isEmpty else { return node }
        for part in key.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = node.child(part) else { throw Refusal(Status.notFound, "no setting \"\(key)\"") }
            node = next
        }
        return node
    }
}

/// One value of the settings, with what can be lent of it.
final class SettingNode: Sendable {
    enum Content: Sendable {
        case null
        case bool(Bool)
        case integer(Int64)
        case number(Double)
        case string(LentBytes)
        case array([SettingNode])
        case table([(key: LentBytes, name: String, node: SettingNode)])
    }

    let content: Content
    private let value: JSONValue
    /// Made when it is first asked for.
    private let jsonText = Mutex<LentBytes?>(nil)

    init(_ value: JSONValue) {
        self.value = value
        content =
            switch value {
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(value)
            case .number(let value): .number(value)
            case .string(let text): .string(LentBytes(text))
            case .array(let elements): .array(elements.map { SettingNode($0) })
            case .object(let members): .table(members.map { (LentBytes($0), $0, SettingNode($1)) })
            }
    }

    func child(_ part: Substring) -> SettingNode? {
        switch content {
        case .table(let members):
            return members.first { $0.name == part }?.node
        case .array(let elements):
            guard let index = Int(part), elements.indices.contains(index) else { return nil }
            return elements[index]
        default:
            return nil
        }
    }

    /// The value as JSON text.
    func json() throws(Refusal) -> LentBytes {
        let text = jsonText.withLock { stored -> LentBytes? in
            if let stored { return stored }
            // `try?`: only NaN and infinities, which TOML has and JSON has not, cannot be encoded.
            stored = (try? JSONBytesEncoder().encode(value)).map { LentBytes($0) }
            return stored
        }
        guard let text else { throw .invalid("the value holds a number that JSON cannot express") }
        return text
    }

    /// "an integer", for messages.
    var typeName: String {
        switch content {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .table: "a table"
        }
    }
}

/// Bytes that apps may read for as long as they like: never moved, never freed.
struct LentBytes: @unchecked Sendable {
    // @unchecked: constant memory that is never freed.
    let bytes: zzz_bytes

    init(_ text: String) {
        self.init(Array(text.utf8))
    }

    init(_ source: [UInt8]) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: source.count + 1, alignment: 1)
        memory.copyMemory(from: source, byteCount: source.count)
        // The contract does not promise it, and C is kinder with a zero there.
        memory.storeBytes(of: 0, toByteOffset: source.count, as: UInt8.self)
        bytes = zzz_bytes(data: UnsafePointer(memory.assumingMemoryBound(to: CChar.self)), count: source.count)
    }
}
