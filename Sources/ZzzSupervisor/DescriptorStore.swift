import Glibc

/// The sockets, and the files in memory, that outlive server processes, by name, in the order in which they came. It
/// owns the descriptors.
///
/// The names of `SocketName` are ours; any other name is that of a socket unit of systemd's.
struct DescriptorStore {
    struct Entry: Equatable {
        let name: String
        let descriptor: Int32
    }

    /// More are not kept: a server that stores without end has a fault.
    static let limit = 4096

    private(set) var entries: [Entry] = []

    /// Takes the descriptor over; it is closed at once when there are too many.
    mutating func add(_ name: String, _ descriptor: Int32) {
        guard entries.count < Self.limit else {
            close(descriptor)
            return
        }
        entries.append(Entry(name: name, descriptor: descriptor))
    }

    /// Closes every descriptor of that name.
    mutating func remove(_ name: String) {
        for entry in entries where entry.name == name { close(entry.descriptor) }
        entries.removeAll { $0.name == name }
    }

    mutating func removeAll() {
        for entry in entries { close(entry.descriptor) }
        entries = []
    }
}

/// What a socket is stored as: systemd allows printable ASCII without colons, and 255 bytes (FDNAME= in sd_notify(3)).
public enum SocketName {
    private static let listenPrefix = "listen;"
    private static let controlPrefix = "control;"
    private static let adminPrefix = "admin;"
    private static let ticketsPrefix = "tickets;"

    /// The socket of a `[[listen]]` address as the configuration has it, so with port 0 when that is there.
    public static func listener(_ address: String) -> String { listenPrefix + escaped(address) }

    public static func control(_ path: String) -> String { controlPrefix + escaped(path) }

    public static func admin(_ address: String) -> String { adminPrefix + escaped(address) }

    /// No socket: the file with the keys of a listener's session tickets.
    public static func tickets(_ address: String) -> String { ticketsPrefix + escaped(address) }

    /// Whether a server process chose the name, rather than systemd.
    public static func isOurs(_ name: String) -> Bool {
        [listenPrefix, controlPrefix, adminPrefix, ticketsPrefix].contains { name.hasPrefix($0) }
    }

    private static func escaped(_ text: String) -> String {
        String(decoding: text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: ":"): UInt8(ascii: ";")
            case 0x21...0x7E: byte
            default: UInt8(ascii: "_")
            }
        }.prefix(240), as: UTF8.self)
    }
}
