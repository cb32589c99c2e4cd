import Glibc

/// Tells systemd about the daemon's state: the sd_notify(3) protocol, datagrams to the socket NOTIFY_SOCKET names.
///
/// The messages are few and must not be lost, so they are sent at once, on the caller's thread; a full socket queue
/// makes them fail instead of block. Without NOTIFY_SOCKET there is no value, and `notify?.ready()` does nothing.
public struct SystemdNotify: Sendable {
    /// How often systemd expects `watchdog()`, at the latest; nil when it does not. Half of it is a good interval.
    public let watchdogInterval: Duration?

    private enum Way {
        case address([UInt8])
        /// A socket that is connected to a supervisor, which passes on what it gets. It is not owned.
        case connected(Int32)
    }

    private let way: Way

    /// Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that no child process sees them;
    /// nil without a NOTIFY_SOCKET. Call it once, before there are other threads (setenv(3) is not safe among them).
    public static func takeFromEnvironment() -> SystemdNotify? {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        var environment: [String: String] = [:]
        for name in names {
            environment[name] = getenv(name).map { String(cString: $0) }
            unsetenv(name)
        }
        return SystemdNotify(environment: environment, pid: getpid())
    }

    /// - Parameters:
    ///   - environment: the variables that sd_notify(3) and sd_watchdog_enabled(3) name.
    ///   - pid: this process, which WATCHDOG_PID is compared with.
    public init?(environment: [String: String], pid: Int32) {
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@"),
            (2...107).contains(path.utf8.count)
        else { return nil }
        // "@" stands for the NUL that an abstract address begins with (unix(7)).
        way = .address(path.hasPrefix("@") ? [0] + path.utf8.dropFirst() : Array(path.utf8))
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(pid) } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogInterval = isForUs && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// Speaks over a connected socket instead: to a supervisor that understands the same messages.
    public init(connected descriptor: Int32, watchdogInterval: Duration?) {
        way = .connected(descriptor)
        self.watchdogInterval = watchdogInterval
    }

    /// The daemon is up, or a reload is over.
    @discardableResult public func ready(status: String? = nil) -> Bool {
        send(["READY=1"] + statusLine(status))
    }

    /// A reload begins. systemd wants the time, to tell it from earlier ones (Type=notify-reload).
    @discardableResult public func reloading(status: String? = nil) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000
        return send(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"] + statusLine(status))
    }

    /// The daemon begins to end.
    @discardableResult public func stopping(status: String? = nil) -> Bool {
        send(["STOPPING=1"] + statusLine(status))
    }

    /// What `systemctl status` shows.
    @discardableResult public func status(_ text: String) -> Bool {
        send(statusLine(text))
    }

    /// The daemon is alive. To be called only when every loop has ticked since the last time. It never waits: a message
    /// that is lost is followed by the next one.
    @discardableResult public func watchdog() -> Bool {
        send(["WATCHDOG=1"], waits: false)
    }

    /// Starting, reloading or stopping takes `duration` more, from now.
    @discardableResult public func extendTimeout(by duration: Duration) -> Bool {
        send(["EXTEND_TIMEOUT_USEC=\(Int64(duration / .microseconds(1)))"])
    }

    private func statusLine(_ text: String?) -> [String] {
        // A line end would begin another field.
        text.map { ["STATUS=" + String($0.map { $0.isNewline ? " " : $0 })] } ?? []
    }

    /// Sends the fields in one datagram; false when systemd does not take it.
    private func send(_ fields: [String], waits: Bool = true) -> Bool {
        let message = Array(fields.joined(separator: "\n").utf8)
        switch way {
        case .connected(let descriptor):
            let flags = Int32(MSG_NOSIGNAL) | (waits ? 0 : Int32(MSG_DONTWAIT))
            return Glibc.send(descriptor, message, message.count, flags) == message.count
        case .address(let address): return Self.send(message, to: address)
        }
    }

    private static func send(_ message: [UInt8], to address: [UInt8]) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        // An abstract address is as long as said here; a path may end before its NUL.
        let pathOffset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let length = socklen_t(pathOffset + address.count)
        return withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), $0, length)
                    == message.count
            }
        }
    }
}
