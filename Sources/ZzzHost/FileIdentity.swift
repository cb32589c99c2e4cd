import Glibc

/// What tells whether a file has changed since it was last looked at.
public struct FileIdentity: Sendable, Equatable, Codable {
    let device: UInt64
    let inode: UInt64
    let byteCount: Int64
    /// Nanoseconds since 1970.
    let modified: Int64
    /// Nanoseconds since 1970; nobody can set this one.
    let changed: Int64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        byteCount = Int64(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    /// The identity of the file at `path` (links followed), nil when there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether this is the same file, unchanged, also after the machine has started anew: devices may then have other
    /// numbers.
    func isSameFileAcrossReboot(_ other: FileIdentity) -> Bool {
        inode == other.inode && byteCount == other.byteCount && modified == other.modified && changed == other.changed
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
