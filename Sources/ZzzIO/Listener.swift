import CLinux
import Glibc
import Synchronization

/// A socket that listens. Several loops may listen on one (a unix socket), or each on its own with `reusePort` (TCP).
///
/// It is immutable, so any thread may hold it; the socket closes with the last reference.
public final class Listener: Sendable {
    /// How the socket is made.
    public struct Options: Sendable {
        /// SO_REUSEPORT: several listeners on one address, among which the kernel spreads the connections (TCP only).
        public var reusePort = false
        /// Connections that may wait to be accepted; the kernel caps it at net.core.somaxconn.
        public var backlog: Int32 = 4096
        /// Whether an IPv6 listener leaves IPv4 alone; nil: only `*` takes both.
        public var isIPv6Only: Bool?
        /// The mode of a unix socket's file, or nil for what the umask leaves.
        public var unixMode: mode_t?
        public init() {}
    }

    public let fd: Int32
    /// Where it listens: with the port that the kernel chose, when port 0 was asked for.
    public let address: SocketAddress
    /// The socket file that `deinit` removes.
    private let ownedPath: String?
    private let leavesFile = Atomic<Bool>(false)

    /// Binds and listens. A socket file that nobody answers on is replaced.
    public init(address: SocketAddress, options: Options = Options()) throws(SystemError) {
        let subject = address.description
        let fd = zzz_linux_stream_socket(address.family)
        if fd < 0 { throw .last("socket", subject) }
        do throws(SystemError) {
            try Listener.prepare(fd, address, options)
            if case .unix(let path) = address.kind { try Listener.removeStale(path, address) }
            if address.withSockaddr({ bind(fd, $0, $1) }) != 0 { throw .last("bind", subject) }
            if case .unix(let path) = address.kind, let mode = options.unixMode, chmod(path, mode) != 0 {
                throw .last("chmod", subject)
            }
            if Glibc.listen(fd, options.backlog) != 0 { throw .last("listen", subject) }
            if let port = address.port, port == 0 {
                self.address = address.with(port: try SocketAddress.local(of: fd).port ?? 0)
            } else {
                self.address = address
            }
        } catch {
            close(fd)
            throw error
        }
        self.fd = fd
        if case .unix(let path) = address.kind { ownedPath = path } else { ownedPath = nil }
    }

    /// Takes over a socket that listens already: from systemd, or from the daemon before this one. It is closed with
    /// this object; a socket file stays.
    public init(adopting fd: Int32) throws(SystemError) {
        address = try SocketAddress.local(of: fd)
        if zzz_linux_set_nonblocking(fd) != 0 { throw .last("fcntl", address.description) }
        if !address.isUnix { _ = zzz_linux_set_option(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        self.fd = fd
        ownedPath = nil
    }

    deinit {
        if let ownedPath, !leavesFile.load(ordering: .relaxed) { unlink(ownedPath) }
        close(fd)
    }

    /// Leaves the socket file where it is when this object goes: another process goes on listening on it.
    public func leaveSocketFile() { leavesFile.store(true, ordering: .relaxed) }

    private static func prepare(_ fd: Int32, _ address: SocketAddress, _ options: Options) throws(SystemError) {
        func set(_ level: Int32, _ option: Int32, _ value: Int32, _ name: String) throws(SystemError) {
            if zzz_linux_set_option(fd, level, option, value) != 0 { throw .last("setsockopt \(name)", "\(address)") }
        }
        if address.isUnix { return }
        try set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR")
        if options.reusePort { try set(SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT") }
        // tcp(7): accepted sockets inherit it, which saves a system call for each.
        try set(Int32(IPPROTO_TCP), TCP_NODELAY, 1, "TCP_NODELAY")
        if case .ipv6 = address.kind {
            let only = options.isIPv6Only ?? !address.isWildcard
            try set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, only ? 1 : 0, "IPV6_V6ONLY")
        }
    }

    /// Removes a socket file that a dead process left behind; a live one keeps its own.
    private static func removeStale(_ path: String, _ address: SocketAddress) throws(SystemError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        let probe = zzz_linux_stream_socket(AF_UNIX)
        if probe < 0 { throw .last("socket", "\(address)") }
        defer { close(probe) }
        if address.withSockaddr({ connect(probe, $0, $1) }) == 0 || errno == EAGAIN {
            throw SystemError(operation: "bind", errno: EADDRINUSE, subject: "\(address)")
        }
        if errno == ECONNREFUSED { unlink(path) }
    }
}
