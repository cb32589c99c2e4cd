import Glibc
import Synchronization
import ZzzJSON

/// All entries, in a file of the app's state directory.
///
/// During a reload two generations of the app write to it: the old one finishes its requests while the new one serves.
/// So a change takes a lock on a file beside it, reads what is there, and puts a whole new file in its place; and
/// readers look whether the file is still the one that they have read.
final class EntryBook: Sendable {
    private struct Contents: Codable {
        var lastID = 0
        /// The oldest first.
        var entries: [Entry] = []
    }

    /// Which file was read: rename(2) brings another inode.
    private struct Version: Equatable {
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let path: String
    private let capacity: Int
    private let cache = Mutex<(version: Version?, contents: Contents)>((nil, Contents()))

    /// - Parameter capacity: the most entries that are kept: the oldest go first, and their pictures with them.
    init(directory: String, capacity: Int = 1_000) {
        path = directory + "/entries.json"
        self.capacity = capacity
    }

    // MARK: Reading

    /// The newest first.
    func page(_ number: Int, of size: Int) throws -> Page<Entry> {
        Page(try contents().entries.reversed(), number: number, size: size)
    }

    func entry(_ id: Int) throws -> Entry? { try contents().entries.first { $0.id == id } }

    private func contents() throws -> Contents {
        try cache.withLock { cache in
            let version = version()
            if version != cache.version {
                cache.contents = try version == nil ? Contents() : read()
                cache.version = version
            }
            return cache.contents
        }
    }

    private func version() -> Version? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Version(
            inode: UInt(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    private func read() throws -> Contents {
        try JSONBytesDecoder().decode(Contents.self, from: try Files.read(path))
    }

    // MARK: Writing. These wait for the disk: not on a loop.

    /// Adds an entry.
    /// - Returns: the new entry, and the oldest ones, which had to go for it.
    func add(name: String, message: String, picture: String?, at seconds: Int) throws -> (Entry, gone: [Entry]) {
        try change { contents in
            contents.lastID += 1
            let entry = Entry(
                id: contents.lastID, name: name, message: message, picture: picture, writtenAt: seconds)
            contents.entries.append(entry)
            let surplus = max(0, contents.entries.count - capacity)
            let gone = Array(contents.entries.prefix(surplus))
            contents.entries.removeFirst(surplus)
            return (entry, gone)
        }
    }

    /// - Returns: the entry that was there.
    func remove(_ id: Int) throws -> Entry? {
        try change { contents in
            contents.entries.firstIndex { $0.id == id }.map { contents.entries.remove(at: $0) }
        }
    }

    private func change<Result>(_ body: (inout Contents) -> Result) throws -> Result {
        try Files.withLock(path + ".lock") {
            var contents = try contents()
            let result = body(&contents)
            try Files.replace(path, with: try JSONBytesEncoder().encode(contents))
            return result
        }
    }
}
