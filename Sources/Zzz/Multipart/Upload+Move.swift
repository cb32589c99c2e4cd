import CFiles
import Glibc

extension Upload {
    /// Keeps the file under a name: by giving it that name where the temporary file is on the same file system, by a
    /// copy elsewhere. Nobody sees it half-written. Its owner alone can read it, unless `permissions` say more.
    ///
    /// Throws a ``SystemError`` with EEXIST when there is such a file already and `replacing` is false.
    public func move(to path: String, replacing: Bool = false, permissions: UInt32 = 0o600) throws {
        try withDescriptor { descriptor in
            guard fchmod(descriptor, permissions) == 0 else { throw SystemError("fchmod", path) }
            if !replacing, Self.name(descriptor, path) { return }
            guard replacing || errno != EEXIST else { throw SystemError("linkat", path) }
            let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? ""
            let passing = "\(directory).upload-\(UInt64.random(in: .min ... .max))"
            if !Self.name(descriptor, passing) { try copy(descriptor, to: passing, permissions) }
            defer { unlink(passing) }
            guard (replacing ? rename(passing, path) : link(passing, path)) == 0 else {
                throw SystemError("rename", path)
            }
        }
    }

    /// Gives the file a name that no file has (linkat(2) with the descriptor's own link). Not where the file system is
    /// another one, or where the file had a name that was taken from it.
    private static func name(_ descriptor: Int32, _ path: String) -> Bool {
        linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
    }

    private func copy(_ descriptor: Int32, to path: String, _ permissions: UInt32) throws(SystemError) {
        let copy = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
        guard copy >= 0 else { throw SystemError("open", path) }
        defer { close(copy) }
        var offset: Int64 = 0
        while offset < Int64(size) {
            let count = zzz_files_copy(descriptor, &offset, copy, size - Int(offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = SystemError("copy_file_range", path)
                unlink(path)
                throw failure
            }
        }
    }
}
