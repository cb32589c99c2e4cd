import Glibc
import Zzz

/// What was said last in a room. It is in the daemon's store: it outlives this code, and is lost when the daemon ends.
struct History {
    /// Older messages are given up.
    static let kept = 50
    /// So is everything in a room where nobody has said anything for so long.
    private static let lifetime = Duration.seconds(7 * 86_400)

    let room: String
    let store: Store

    func add(_ name: String, _ text: String) throws -> Message {
        let id = Int(try store.add(1, to: lastKey))
        let message = Message(id: id, name: name, text: text, at: time(nil))
        try store.put(key(id), json: message, expiresIn: Self.lifetime)
        if id > Self.kept { try store.remove(key(id - Self.kept)) }
        return message
    }

    /// Those that came after one, the oldest first.
    func messages(after id: Int) throws -> [Message] {
        guard let entry = try store.get(lastKey), let last = Int(String(decoding: entry.value, as: UTF8.self)) else {
            return []
        }
        let first = max(last - Self.kept, id) + 1
        guard first <= last else { return [] }
        // One that is being written just now comes as a broadcast.
        return try (first...last).compactMap { try store.get(key($0), as: Message.self) }
    }

    private var lastKey: String { "last/\(room)" }
    private func key(_ id: Int) -> String { "message/\(room)/\(id)" }
}
