import Zzz

/// The rooms that somebody has been in, for the list on the page. Pages follow the topic "rooms".
final class RoomList: Channel {
    static let longestName = 30
    /// Further rooms are open, but not in the list.
    static let longest = 50
    private static let key = "rooms"

    init(_ join: Join<Visitor>) throws { try join.respond(["rooms": Self.names(join.channel.store).list]) }

    /// Puts a room into the list, and tells the pages, unless it is there.
    static func add(_ name: String, _ channel: JoinedChannel) throws {
        // Two rooms may be opened at the same moment.
        for _ in 0..<10 {
            let (list, version) = try names(channel.store)
            guard list.count < longest, !list.contains(name) else { return }
            if try channel.store.put(key, encode(list + [name]), ifVersion: version) != nil {
                return try channel.pubSub.broadcast(key, "opened", ["name": name])
            }
        }
    }

    /// Letters, digits and hyphens: what can stand in an address.
    static func isName(_ name: String) -> Bool {
        (1...longestName).contains(name.count) && name.utf8.count <= 4 * longestName
            && name.unicodeScalars.allSatisfy {
                $0 == "-" || $0.properties.isAlphabetic || $0.properties.numericType == .decimal
            }
    }

    /// One in each line: names have no line ends.
    private static func names(_ store: Store) throws -> (list: [String], version: UInt64) {
        guard let entry = try store.get(key) else { return (["lobby"], Store.absent) }
        return (String(decoding: entry.value, as: UTF8.self).split(separator: "\n").map(String.init), entry.version)
    }

    private static func encode(_ list: [String]) -> [UInt8] { Array(list.joined(separator: "\n").utf8) }
}
