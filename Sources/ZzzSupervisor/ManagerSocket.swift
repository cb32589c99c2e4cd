import CLinux
import Glibc

/// The service manager's notification socket (sd_notify(3)), for messages that server processes sent, and their
/// sockets.
struct ManagerSocket {
    /// As the manager gave them, for a supervisor that follows this one.
    let variables: [(name: String, value: String)]
    /// WATCHDOG_USEC, when it is meant for this process.
    let watchdogMicroseconds: String?

    private let address: [UInt8]?

    /// Takes the variables out of the environment, so that no child sees them.
    static func takeFromEnvironment() -> ManagerSocket {
        var variables: [(name: String, value: String)] = []
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            if let value = getenv(name) { variables.append((name, String(cString: value))) }
            unsetenv(name)
        }
        return ManagerSocket(variables: variables, pid: getpid())
    }

    init(variables: [(name: String, value: String)], pid: pid_t) {
        self.variables = variables
        func value(_ name: String) -> String? { variables.first { $0.name == name }?.value }
        let isForUs = value("WATCHDOG_PID").map { $0 == String(pid) } ?? true
        let path = value("NOTIFY_SOCKET") ?? ""
        let isUsable = (path.hasPrefix("/") || path.hasPrefix("@")) && (2...107).contains(path.utf8.count)
        // "@" stands for the NUL that an abstract address begins with (unix(7)).
        address = isUsable ? (path.hasPrefix("@") ? [0] + path.utf8.dropFirst() : Array(path.utf8)) : nil
        watchdogMicroseconds = isForUs && isUsable ? value("WATCHDOG_USEC") : nil
    }

    var isPresent: Bool { address != nil }

    /// Sends a message, if there is a manager; it is lost when the manager does not take it at once.
    func send(_ message: LinkMessage, descriptors: [Int32] = []) {
        guard let address, !message.isEmpty else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        let length = socklen_t((MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + address.count)
        let bytes = Array(message.text.utf8)
        withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = zzz_linux_send_packet(
                    descriptor, bytes, bytes.count, descriptors, Int32(descriptors.count), $0, length, 0)
            }
        }
    }
}
