import CLinux
import Glibc
import Testing

@testable import ZzzIO

/// As many connections as the limit of descriptors allows, both ends of each in one process. In a process of their own,
/// so that other tests keep their descriptors.
@Suite("Many connections")
struct ManyConnectionsTests {
    @Test("thousands at once, epoll")
    func epoll() async {
        await #expect(processExitsWith: .success) { try ManyConnectionsTests.run(.epoll) }
    }

    @Test("thousands at once, io_uring")
    func ioUring() async {
        await #expect(processExitsWith: .success) { try ManyConnectionsTests.run(.ioUring) }
    }

    private static func run(_ backend: IOBackend) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let count = Int(min(limit.rlim_cur, 60_000)) / 2 - 100
        try #require(count > 200, "the limit of descriptors is too low for this test: \(limit.rlim_cur)")
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        let harness = try Harness(backend) { loop in
            _ = try loop.listen(listener) { fd, _ in try! EchoStream(loop: Loop.current!, fd: fd).start() }
        }
        var peers: [Peer] = []
        for index in 0..<count {
            let source = SocketAddress(.ipv4(address: 0x7F00_0101 + UInt32(index % 200), port: 0))
            peers.append(try Peer.connect(listener.address, from: source))
        }
        for round in 0..<3 {
            for (index, peer) in peers.enumerated() { peer.send([UInt8(truncatingIfNeeded: index + round), 1]) }
            for (index, peer) in peers.enumerated() {
                try #require(peer.receive(2) == [UInt8(truncatingIfNeeded: index + round), 1])
            }
        }
        let streams = try harness.on { $0.streamCount }
        try #require(streams == count)
        // With resets, which leave no TIME-WAIT behind.
        for peer in peers { peer.reset() }
        peers = []
        try harness.awaitStreamCount(0)
    }

    @Test("no descriptors left: accepting pauses, says so once, and goes on by itself; epoll")
    func exhaustedEpoll() async {
        await #expect(processExitsWith: .success) { try ManyConnectionsTests.exhaust(.epoll) }
    }

    @Test("no descriptors left: accepting pauses, says so once, and goes on by itself; io_uring")
    func exhaustedRing() async {
        await #expect(processExitsWith: .success) { try ManyConnectionsTests.exhaust(.ioUring) }
    }

    private static func exhaust(_ backend: IOBackend) throws {
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        let troubles = Probe<[Int32]>([])
        let accepted = Probe(0)
        let harness = try Harness(backend) { loop in
            let acceptor = try loop.listen(listener) { fd, _ in
                accepted.update { $0 += 1 }
                try! EchoStream(loop: Loop.current!, fd: fd).start()
            }
            acceptor.onTrouble = { errno in troubles.update { $0.append(errno) } }
        }
        let first = try Peer.connect(listener.address)
        try #require(accepted.wait { $0 == 1 })
        // The peers' descriptors are the last ones.
        let sockets = (0..<20).map { _ in Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        var fillers: [Int32] = []
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = 256
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        while case let fd = dup(0), fd >= 0 { fillers.append(fd) }
        try #require(!fillers.isEmpty)
        let peers = sockets.map { Peer(adopting: $0) }
        for peer in peers { try #require(listener.address.withSockaddr { connect(peer.fd, $0, $1) } == 0) }
        try #require(troubles.wait { $0.first == EMFILE })
        // Meanwhile those that are connected are served.
        for _ in 0..<50 {
            first.send([1])
            try #require(first.receive(1) == [1])
        }
        // Two retries later: still nothing, and no news of it. (Another thread of this process may free a descriptor,
        // which ends an episode.)
        let retried = Probe(false)
        _ = try harness.on { loop in
            loop.addTimer(after: 250_000_000, { _, context, _ in
                Unmanaged<Probe<Bool>>.fromOpaque(context!)._withUnsafeGuaranteedRef { $0.update { $0 = true } }
            }, Unmanaged.passUnretained(retried).toOpaque())
        }
        try #require(retried.wait { $0 })
        let episodes = accepted.current
        try #require(episodes < 21 && troubles.current.count <= episodes)
        for fd in fillers { close(fd) }
        try #require(accepted.wait { $0 == 21 })
        for peer in peers {
            peer.send([2])
            try #require(peer.receive(1) == [2])
        }
    }
}
