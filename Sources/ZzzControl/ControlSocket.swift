import Glibc

/// Makes the daemon's control socket.
public enum ControlSocket {
    /// Binds a listening, non-blocking, close-on-exec unix socket at `path` and returns it; the caller owns it and
    /// removes the file at its end.
    ///
    /// A file left behind by a daemon that was killed is replaced; the socket of a daemon that answers is not.
    ///
    /// - Parameters:
    ///   - mode: the file's permissions.
    ///   - group: the id of the group that is to own the file; nil leaves the process's own.
    public static func listen(path: String, mode: UInt32, group: UInt32?) throws(ControlErrno) -> Int32 {
        guard let address = UnixAddress(path: path) else {
            throw ControlErrno(operation: "control socket \(path)", code: ENAMETOOLONG)
        }
        try removeStale(path, address)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw ControlErrno(operation: "socket", code: errno) }
        do throws(ControlErrno) {
            // The file must never be wider open than asked, not even before chmod, and nobody can connect before
            // listen.
            try check(address.withPointer { bind(descriptor, $0, $1) }, "bind \(path)")
            if let group { try check(chown(path, uid_t.max, group), "chown \(path)") }
            try check(chmod(path, mode), "chmod \(path)")
            try check(Glibc.listen(descriptor, 16), "listen \(path)")
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Takes over a socket that listens at `path` already, made by the process before this one. False, and nothing is
    /// done, when the file is not there any more: nobody could connect.
    public static func adopt(
        _ descriptor: Int32, path: String, mode: UInt32, group: UInt32?
    ) throws(ControlErrno) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        if let group { try check(chown(path, uid_t.max, group), "chown \(path)") }
        try check(chmod(path, mode), "chmod \(path)")
        return true
    }

    /// The id of a group by name or number; nil when there is none of that name.
    public static func groupID(_ name: String) -> UInt32? {
        if let number = UInt32(name) { return number }
        // getgrnam(3) uses a static buffer: this is called by one thread, at start and at reload.
        return getgrnam(name)?.pointee.gr_gid
    }

    private static func removeStale(_ path: String, _ address: UnixAddress) throws(ControlErrno) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ControlErrno(operation: "control socket \(path) is another kind of file", code: EEXIST)
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw ControlErrno(operation: "socket", code: errno) }
        defer { close(probe) }
        if address.withPointer({ connect(probe, $0, $1) }) == 0 || errno != ECONNREFUSED {
            throw ControlErrno(operation: "control socket \(path) belongs to a running daemon", code: EADDRINUSE)
        }
        try check(unlink(path), "unlink \(path)")
    }

    private static func check(_ result: Int32, _ operation: String) throws(ControlErrno) {
        guard result == 0 else { throw ControlErrno(operation: operation, code: errno) }
    }
}
