import Glibc

/// The address of a unix socket in the form that bind(2) and connect(2) take.
struct UnixAddress {
    private var address = sockaddr_un()
    private let length: socklen_t

    /// The longest path: `sun_path` has 108 bytes and ends in a NUL (unix(7)).
    static let longestPath = 107

    /// nil when the path is empty or too long.
    init?(path: String) {
        let bytes = Array(path.utf8)
        guard (1...Self.longestPath).contains(bytes.count), !bytes.contains(0) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let pathOffset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        length = socklen_t(pathOffset + bytes.count + 1)
    }

    /// Calls `body` with the address; the pointer is valid only for the call.
    func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
