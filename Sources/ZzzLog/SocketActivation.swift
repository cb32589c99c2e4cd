import Glibc

/// A socket that systemd opened for the daemon (sd_listen_fds(3)).
public struct InheritedSocket: Sendable, Equatable {
    /// FileDescriptorName= of its unit; `unknown` when systemd gave none.
    public var name: String
    /// Whoever takes this value owns the descriptor.
    public var descriptor: Int32

    public init(name: String, descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }
}

/// The sockets that systemd hands over.
public enum SocketActivation {
    /// The first inherited descriptor: SD_LISTEN_FDS_START.
    static let firstDescriptor: Int32 = 3
    /// More than this many are not believed.
    static let limit = 1024

    /// Takes the sockets and the variables LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES out of the environment, and makes
    /// the sockets close-on-exec. A second call finds nothing. Call it before there are other threads (setenv(3)).
    public static func takeFromEnvironment() -> [InheritedSocket] {
        let names = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID"]
        var environment: [String: String] = [:]
        for name in names {
            environment[name] = getenv(name).map { String(cString: $0) }
            unsetenv(name)
        }
        let sockets = sockets(environment: environment, pid: getpid())
        for socket in sockets { setCloseOnExec(socket.descriptor) }
        return sockets
    }

    /// systemd hands sockets over without the flag, or they would not have got here.
    static func setCloseOnExec(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFD)
        if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
    }

    /// What the variables say, if they are meant for the process `pid`.
    static func sockets(environment: [String: String], pid: Int32) -> [InheritedSocket] {
        guard environment["LISTEN_PID"] == String(pid), let count = environment["LISTEN_FDS"].flatMap({ Int($0) }),
            (1...limit).contains(count)
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            let name = index < names.count && !names[index].isEmpty ? String(names[index]) : "unknown"
            return InheritedSocket(name: name, descriptor: firstDescriptor + Int32(index))
        }
    }
}
