import CLinux
import Glibc
import Testing

@testable import ZzzIO

/// The other end of a connection: a raw, blocking socket, every call of which gives up after 20 seconds.
final class Peer: Sendable {
    let fd: Int32

    init(adopting fd: Int32) {
        self.fd = fd
        let flags = fcntl(fd, F_GETFL)
        _ = fcntl(fd, F_SETFL, flags & ~O_NONBLOCK)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(fd, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { close(fd) }

    /// - Parameter source: the address to connect from, for more connections than one address has ports.
    static func connect(_ address: SocketAddress, from source: SocketAddress? = nil) throws -> Peer {
        let fd = socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        try #require(fd >= 0)
        let peer = Peer(adopting: fd)
        if let source {
            // IP_BIND_ADDRESS_NO_PORT (ip(7)): the port is chosen at connect, when the whole tuple is known.
            _ = zzz_linux_set_option(fd, Int32(IPPROTO_IP), 24, 1)
            try #require(source.withSockaddr { bind(fd, $0, $1) } == 0, "bind \(source): errno \(errno)")
        }
        let result = address.withSockaddr { Glibc.connect(fd, $0, $1) }
        let error = result == 0 ? 0 : errno == EINTR ? awaitConnection(fd) : errno
        try #require(error == 0, "connect \(address): errno \(error)")
        return peer
    }

    /// connect(2): after EINTR the connection is made all the same, and the socket becomes writable. See `receiveSome`
    /// for who interrupts.
    private static func awaitConnection(_ fd: Int32) -> Int32 {
        var waiting = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        while poll(&waiting, 1, 20_000) < 0, errno == EINTR {}
        return zzz_linux_socket_error(fd)
    }

    /// A TCP connection over loopback: the peer, and the non-blocking descriptor of the other end.
    static func pair() throws -> (Peer, Int32) {
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        let peer = try connect(listener.address)
        var waiting = pollfd(fd: listener.fd, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 20_000) < 0, errno == EINTR {}
        let fd = zzz_linux_accept(listener.fd, nil, nil)
        try #require(fd >= 0)
        return (peer, fd)
    }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(fd, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                Issue.record("send: errno \(errno) after \(sent) bytes")
                return
            }
            sent += count
        }
    }

    /// At most `count` bytes; empty at the end of the stream, nil on an error, which is left in errno.
    func receiveSome(_ count: Int = 65536) -> [UInt8]? {
        var result = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // EINTR without a signal: the kernel takes an io_uring down that this thread has made, for a test before.
            repeat { result = recv(fd, buffer.baseAddress, count, 0) } while result < 0 && errno == EINTR
            filled = max(result, 0)
        }
        return result < 0 ? nil : bytes
    }

    /// Exactly `count` bytes, or fewer when the stream ends or fails before.
    func receive(_ count: Int) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count, let some = receiveSome(min(count - all.count, 1 << 20)), !some.isEmpty {
            all += some
        }
        return all
    }

    /// Everything up to the end.
    func receiveToEnd() -> [UInt8] { receive(.max) }

    func shutdownWrite() { shutdown(fd, Int32(SHUT_WR)) }

    /// Closes with a reset: SO_LINGER of no time.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        // The descriptor itself stays open until `deinit`; dissolving the association resets the connection now.
        var unspecified = sockaddr()
        unspecified.sa_family = sa_family_t(AF_UNSPEC)
        Glibc.connect(fd, &unspecified, socklen_t(MemoryLayout<sockaddr>.size))
    }
}
