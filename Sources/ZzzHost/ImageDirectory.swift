import Glibc

/// One process's own directory of copies, `PARENT/PID`, locked for as long as the process lives: two processes are side
/// by side while one replaces the other, and neither may remove what the other one maps.
///
/// The kernel lets go of the lock with the process, however that ends (flock(2)), so a directory that can be locked is
/// nobody's any more. A process id alone would not tell: ids come again.
final class ImageDirectory: Sendable {
    let path: String
    private let lock: Descriptor

    /// Makes the directory, and removes those of processes that are gone.
    init(in parent: String) throws(SystemError) {
        Self.removeLeftovers(in: parent)
        path = "\(parent)/\(getpid())"
        while true {
            if mkdir(path, 0o755) != 0, errno != EEXIST { throw SystemError("mkdir", path) }
            let descriptor: Descriptor
            do throws(SystemError) {
                descriptor = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            } catch where error.code == ENOENT {
                continue
            }
            // In the same process another store may have it, in tests: then it is shared.
            _ = flock(descriptor.number, LOCK_EX | LOCK_NB)
            // Another process may have taken it for a leftover before it was locked.
            guard Self.isStill(descriptor.number, at: path) else { continue }
            lock = descriptor
            return
        }
    }

    /// Removes the copies and the directory. What is mapped stays mapped.
    func remove() {
        Self.empty(path)
        rmdir(path)
    }

    private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
        var opened = stat()
        var present = stat()
        guard fstat(descriptor, &opened) == 0, stat(path, &present) == 0 else { return false }
        return opened.st_dev == present.st_dev && opened.st_ino == present.st_ino
    }

    /// Copies that lie in the parent itself are those of a version that had no directories.
    private static func removeLeftovers(in parent: String) {
        empty(parent)
        for name in Directory.names(in: parent) ?? [] where Int32(name) != nil {
            let path = parent + "/" + name
            // `try?`: what cannot be opened is left where it is.
            guard let descriptor = try? Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
                flock(descriptor.number, LOCK_EX | LOCK_NB) == 0
            else { continue }
            empty(path)
            rmdir(path)
        }
    }

    /// Only what has the name of a copy.
    private static func empty(_ directory: String) {
        for name in Directory.names(in: directory) ?? [] where isCopyName(name) { unlink(directory + "/" + name) }
    }

    /// "blog-12.so" or "blog-12.so.new"
    static func isCopyName(_ name: String) -> Bool {
        let stem = name.hasSuffix(".new") ? name.dropLast(4) : name[...]
        guard stem.hasSuffix(".so"), let dash = stem.lastIndex(of: "-"), dash != stem.startIndex else { return false }
        return UInt64(stem[stem.index(after: dash)...].dropLast(3)) != nil
    }
}
