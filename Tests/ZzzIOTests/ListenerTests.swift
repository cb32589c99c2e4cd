import CLinux
import Glibc
import Testing

@testable import ZzzIO

@Suite("Listeners")
struct ListenerTests {
    /// Counts connections, keeps their descriptors, and pauses the acceptor at a limit.
    final class Counter: @unchecked Sendable {
        // Only the loop's thread touches these after the set-up.
        var acceptor: Acceptor?
        var limit = Int.max
        let accepted = Probe<[Int32]>([])

        func accept(_ fd: Int32) {
            let count = accepted.update { $0.append(fd); return $0.count }
            if count >= limit { acceptor?.pause() }
        }

        deinit { for fd in accepted.current { close(fd) } }
    }

    private func listening(
        _ backend: IOBackend, _ listener: Listener, limit: Int = .max, _ counter: Counter
    ) throws -> Harness {
        try Harness(backend) { loop in
            counter.limit = limit
            counter.acceptor = try loop.listen(listener) { fd, _ in counter.accept(fd) }
        }
    }

    @Test("port 0: the kernel's choice shows", arguments: [Transport.ipv4, .ipv6])
    func portZero(transport: Transport) throws {
        let listener = try Listener(address: transport.address())
        #expect(listener.address.port != 0)
        #expect(try SocketAddress.local(of: listener.fd).port == listener.address.port)
    }

    @Test("accepted sockets are non-blocking, close-on-exec, without delay", arguments: IOBackend.allCases)
    func accepted(backend: IOBackend) throws {
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        let got = Probe<(fd: Int32, peer: SocketAddress)?>(nil)
        let harness = try Harness(backend) { loop in
            _ = try loop.listen(listener) { fd, peer in got.update { $0 = (fd, peer) } }
        }
        let peer = try Peer.connect(listener.address)
        #expect(got.wait { $0 != nil })
        let (fd, address) = try #require(got.current)
        defer { close(fd) }
        #expect(try address == SocketAddress.local(of: peer.fd))
        #expect(try address == SocketAddress.peer(of: fd))
        #expect(fcntl(fd, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(fd, F_GETFD) & FD_CLOEXEC != 0)
        var noDelay: Int32 = 0
        var length = socklen_t(4)
        getsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, &length)
        #expect(noDelay == 1)
        withExtendedLifetime(harness) {}
    }

    @Test("pauses at a limit and resumes: no connection is lost", arguments: IOBackend.allCases)
    func pauseAtLimit(backend: IOBackend) throws {
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        let counter = Counter()
        let harness = try listening(backend, listener, limit: 5, counter)
        var peers: [Peer] = []
        for count in 1...4 {
            peers.append(try Peer.connect(listener.address))
            #expect(counter.accepted.wait { $0.count == count })
        }
        #expect(try harness.on { _ in counter.acceptor!.isPaused } == false)
        for _ in 5...8 { peers.append(try Peer.connect(listener.address)) }
        #expect(counter.accepted.wait { $0.count == 5 })
        for _ in 0..<20 { _ = try harness.on { $0.turn } }
        #expect(counter.accepted.current.count == 5)
        try harness.on { _ in
            counter.limit = .max
            counter.acceptor!.resume()
        }
        #expect(counter.accepted.wait { $0.count == 8 })
        // Stopped for good: the next one is left in the backlog.
        try harness.on { _ in
            counter.acceptor!.stop()
            counter.acceptor!.resume()
        }
        peers.append(try Peer.connect(listener.address))
        for _ in 0..<20 { _ = try harness.on { $0.turn } }
        #expect(counter.accepted.current.count == 8)
    }

    /// The wake-up for what waits may have been this loop's, so nobody else would take it (EPOLLEXCLUSIVE).
    @Test("handing over takes what waits, and leaves what comes to others", arguments: IOBackend.allCases)
    func handsOver(backend: IOBackend) throws {
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        let shared = try Listener(adopting: dup(listener.fd))
        let counter = Counter()
        let harness = try listening(backend, listener, counter)
        let peers = Probe<[Peer]>([])
        try harness.on { _ in
            // On the loop's thread: it cannot accept meanwhile.
            for _ in 0..<3 {
                guard let peer = try? Peer.connect(listener.address) else { return }
                peers.update { $0.append(peer) }
            }
            counter.acceptor!.handOver()
        }
        #expect(peers.current.count == 3)
        #expect(counter.accepted.current.count == 3)
        // Until the second look is over.
        let isOver = Probe(false)
        while !isOver.current { try harness.on { loop in isOver.update { $0 = loop.acceptors.isEmpty } } }
        let late = try Peer.connect(listener.address)
        for _ in 0..<20 { _ = try harness.on { $0.turn } }
        #expect(counter.accepted.current.count == 3)
        let fd = zzz_linux_accept(shared.fd, nil, nil)
        #expect(fd >= 0)
        close(fd)
        withExtendedLifetime(late) {}
    }

    @Test("maxAcceptsPerTurn connections in one turn, the next in the next", arguments: IOBackend.allCases)
    func acceptsPerTurn(backend: IOBackend) throws {
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        var peers: [Peer] = []
        for _ in 0..<11 { peers.append(try Peer.connect(listener.address)) }
        let turns = Probe<[UInt64]>([])
        let fds = Counter()
        let harness = try Harness(backend, .with { $0.maxAcceptsPerTurn = 10 }) { loop in
            _ = try loop.listen(listener) { fd, _ in
                fds.accept(fd)
                let turn = Loop.current!.turn
                turns.update { $0.append(turn) }
            }
        }
        #expect(turns.wait { $0.count == 11 })
        #expect(Set(turns.current.prefix(10)).count == 1)
        #expect(turns.current[10] > turns.current[9])
        withExtendedLifetime(harness) {}
    }

    @Test("SO_REUSEPORT: two loops on one port share the connections", arguments: IOBackend.allCases)
    func reusePort(backend: IOBackend) throws {
        var options = Listener.Options()
        options.reusePort = true
        let first = try Listener(address: .parse("127.0.0.1:0"), options: options)
        let second = try Listener(address: first.address, options: options)
        let counters = [Counter(), Counter()]
        let harnesses = try [first, second].enumerated().map { try listening(backend, $1, counters[$0]) }
        var peers: [Peer] = []
        for _ in 0..<200 { peers.append(try Peer.connect(first.address)) }
        for _ in 0..<10_000 where counters.map(\.accepted.current.count).reduce(0, +) < 200 {
            for harness in harnesses { _ = try harness.on { $0.turn } }
        }
        #expect(counters.map(\.accepted.current.count).reduce(0, +) == 200)
        #expect(counters.allSatisfy { $0.accepted.current.count > 20 })
    }

    @Test("one unix listener shared by two loops: every connection is accepted once", arguments: IOBackend.allCases)
    func sharedUnix(backend: IOBackend) throws {
        let listener = try Listener(address: Transport.unix.address())
        let counters = [Counter(), Counter()]
        let harnesses = try counters.map { try listening(backend, listener, $0) }
        var peers: [Peer] = []
        for _ in 0..<200 { peers.append(try Peer.connect(listener.address)) }
        for _ in 0..<10_000 where counters.map(\.accepted.current.count).reduce(0, +) < 200 {
            for harness in harnesses { _ = try harness.on { $0.turn } }
        }
        #expect(counters.map(\.accepted.current.count).reduce(0, +) == 200)
    }

    @Test("a unix socket's file: mode, removal, replacement of a dead one, refusal of a live one")
    func unixFile() throws {
        let address = try Transport.unix.address()
        guard case .unix(let path) = address.kind else { return }
        var options = Listener.Options()
        options.unixMode = 0o620
        var listener: Listener? = try Listener(address: address, options: options)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o620)
        #expect(throws: SystemError(operation: "bind", errno: EADDRINUSE, subject: "\(address)")) {
            _ = try Listener(address: address)
        }
        listener = nil
        #expect(stat(path, &status) == -1)
        // A file that its process left behind.
        listener = try Listener(address: address)
        listener?.leaveSocketFile()
        listener = nil
        #expect(stat(path, &status) == 0)
        listener = try Listener(address: address)
        _ = try Peer.connect(address)
        listener = nil
        #expect(stat(path, &status) == -1)
        withExtendedLifetime(listener) {}
    }

    @Test("adopts a listening socket")
    func adopt() throws {
        let original = try Listener(address: .parse("127.0.0.1:0"))
        let adopted = try Listener(adopting: dup(original.fd))
        #expect(adopted.address == original.address)
        let counter = Counter()
        let harness = try listening(.epoll, adopted, counter)
        let peer = try Peer.connect(original.address)
        #expect(counter.accepted.wait { $0.count == 1 })
        withExtendedLifetime((harness, peer)) {}
    }

    @Test("* takes IPv4 and IPv6; [::] takes IPv6 only")
    func wildcard() throws {
        let both = try Listener(address: .parse("*:0"))
        let port = try #require(both.address.port)
        _ = try Peer.connect(.parse("127.0.0.1:\(port)"))
        _ = try Peer.connect(.parse("[::1]:\(port)"))
        let six = try Listener(address: .parse("[::]:0"))
        let sixPort = try #require(six.address.port)
        _ = try Peer.connect(.parse("[::1]:\(sixPort)"))
        let four = try SocketAddress.parse("127.0.0.1:\(sixPort)")
        let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(fd) }
        #expect(four.withSockaddr { connect(fd, $0, $1) } == -1)
    }

    @Test("an address in use names itself in the error")
    func inUse() throws {
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        let error = #expect(throws: SystemError.self) { _ = try Listener(address: listener.address) }
        #expect(error?.description == "bind \(listener.address): Address already in use (EADDRINUSE)")
    }
}
