import CLinux
import Glibc

// Between SocketAddress and the kernel's struct sockaddr.

extension SocketAddress {
    /// The local end of a socket: the port that the kernel chose, for one.
    public static func local(of fd: Int32) throws(SystemError) -> SocketAddress {
        try asked("getsockname", fd) { getsockname(fd, $0, &$1) }
    }

    /// The other end of a connected socket.
    public static func peer(of fd: Int32) throws(SystemError) -> SocketAddress {
        try asked("getpeername", fd) { getpeername(fd, $0, &$1) }
    }

    private static func asked(
        _ operation: String, _ fd: Int32, _ call: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Int32
    ) throws(SystemError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
        }
        if result != 0 { throw .last(operation, "descriptor \(fd)") }
        return SocketAddress(storage, length)
    }

    /// What accept4(2), getsockname(2) or getpeername(2) filled in.
    init(_ storage: sockaddr_storage, _ length: socklen_t) {
        self = withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let address = bytes.load(as: sockaddr_in.self)
                return SocketAddress(
                    .ipv4(
                        address: UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port)))
            case AF_INET6:
                // struct sockaddr_in6: family, port, flow, 16 bytes of address, scope (ipv6(7)).
                return SocketAddress(
                    .ipv6(
                        high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                        port: UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self)),
                        scope: bytes.load(fromByteOffset: 24, as: UInt32.self)))
            default: return SocketAddress.unix(bytes, Int(length))
            }
        }
    }

    private static func unix(_ bytes: UnsafeRawBufferPointer, _ length: Int) -> SocketAddress {
        let name = bytes[min(2, length)..<min(length, bytes.count)]
        guard let first = name.first else { return SocketAddress(.unnamed) }
        if first == 0 { return SocketAddress(.abstract(name: String(decoding: name.dropFirst(), as: UTF8.self))) }
        return SocketAddress(.unix(path: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)))
    }

    /// AF_INET, AF_INET6 or AF_UNIX.
    var family: Int32 {
        switch kind {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix, .abstract, .unnamed: AF_UNIX
        }
    }

    /// Calls `body` with the address as bind(2) and connect(2) want it.
    public func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(family)
        let length = withUnsafeMutableBytes(of: &storage) { fill($0) }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    /// Fills in all but the family, and returns the length.
    private func fill(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        switch kind {
        case .ipv4(let address, let port):
            bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            bytes.storeBytes(of: address.bigEndian, toByteOffset: 4, as: UInt32.self)
            return MemoryLayout<sockaddr_in>.size
        case .ipv6(let high, let low, let port, let scope):
            bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            bytes.storeBytes(of: high.bigEndian, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt64.self)
            bytes.storeBytes(of: scope, toByteOffset: 24, as: UInt32.self)
            return MemoryLayout<sockaddr_in6>.size
        case .unix(let path):
            let name = Array(path.utf8.prefix(107))
            UnsafeMutableRawBufferPointer(rebasing: bytes[2...]).copyBytes(from: name)
            return 2 + name.count + 1
        case .abstract(let name):
            let name = Array(name.utf8.prefix(107))
            UnsafeMutableRawBufferPointer(rebasing: bytes[3...]).copyBytes(from: name)
            return 3 + name.count
        case .unnamed: return 2
        }
    }
}
