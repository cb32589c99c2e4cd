import Glibc
import ZzzIO

/// The two ends of a connection, as descriptors that do not block.
enum SocketPair {
    /// A connection within this process. What it returns belongs to the caller.
    static func make() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw TestFailure("socketpair: \(errorText())") }
        return (ends[0], ends[1])
    }

    /// Our end of a connection over TCP.
    static func connect(to address: SocketAddress) throws -> Int32 {
        guard case .ipv4(let host, let port) = address.kind else { throw TestFailure("\(address) is not IPv4") }
        let fd = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard fd >= 0 else { throw TestFailure("socket: \(errorText())") }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = host.bigEndian
        let result = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0 else {
            defer { close(fd) }
            throw TestFailure("connect to \(address): \(errorText())")
        }
        return fd
    }
}
