import Glibc
import Testing

@testable import ZzzIO

/// The loop's sizes at their edges: everything works at the smallest, and nothing is kept beyond the largest.
@Suite("Limits")
struct LimitTests {
    @Test("the pool keeps maxPooledBuffers blocks, and frees what comes back beyond", arguments: [0, 1, 2, 3])
    func pool(maxFree: Int) {
        var pool = BlockPool(dataBytes: 100, maxFree: maxFree, maxFreeSmall: 0)
        for count in 0...4 {
            let blocks = (0..<count).map { _ in pool.take() }
            #expect(Set(blocks).count == count)
            for block in blocks { pool.give(block) }
            #expect(pool.freeCount == min(count, maxFree))
        }
        pool.tearDown()
    }

    @Test("a block of the pool holds dataBytes; one byte more gets a block of its own", arguments: [99, 100, 101])
    func blockSize(bytes: Int) {
        var pool = BlockPool(dataBytes: 100, maxFree: 4, maxFreeSmall: 0)
        let block = pool.take(atLeast: bytes)
        #expect(block.pointee.kind == (bytes <= 100 ? .pooled : .heap))
        #expect(block.pointee.capacity == max(bytes, 100))
        pool.give(block)
        #expect(pool.freeCount == (bytes <= 100 ? 1 : 0))
        pool.tearDown()
    }

    @Test("50 streams at once with the smallest of everything", arguments: IOBackend.allCases)
    func smallest(backend: IOBackend) throws {
        let configuration = LoopConfiguration.with {
            $0.readBufferBytes = 64
            $0.maxPooledBuffers = 0
            $0.maxEventsPerTurn = 1
            $0.maxLocalJobsPerTurn = 1
            $0.maxAcceptsPerTurn = 1
            $0.ringEntries = 1
            $0.providedBuffers = 1
            $0.maxProvidedBuffers = 1
        }
        let listener = try Listener(address: .parse("127.0.0.1:0"))
        let harness = try Harness(backend, configuration) { loop in
            _ = try loop.listen(listener) { fd, _ in try! EchoStream(loop: Loop.current!, fd: fd).start() }
        }
        let peers = try (0..<50).map { _ in try Peer.connect(listener.address) }
        let bytes = pattern(1000)
        for round in 0..<3 {
            for peer in peers { peer.send(bytes) }
            for (index, peer) in peers.enumerated() {
                let isSame = peer.receive(bytes.count) == bytes
                #expect(isSame, "round \(round), peer \(index)")
            }
        }
        for peer in peers { peer.shutdownWrite() }
        for peer in peers { #expect(peer.receiveToEnd() == []) }
        try harness.awaitStreamCount(0)
    }

    @Test("a turn takes maxEventsPerTurn events", arguments: [1, 2, 3])
    func eventsPerTurn(limit: Int) throws {
        let turns = Probe<[UInt64]>([])
        let loop = try Loop(configuration: .with { $0.backend = .epoll; $0.maxEventsPerTurn = limit })
        var peers: [Peer] = []
        for _ in 0..<6 {
            let (peer, fd) = try Peer.pair()
            peer.send([1])
            var waiting = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
            while poll(&waiting, 1, 20_000) < 0, errno == EINTR {}
            let events = Probe<[Event]>([])
            try RecordingStream(loop, fd, events) { stream, event in
                if case .received = event {
                    let turn = stream.loop.turn
                    turns.update { $0.append(turn) }
                }
            }.start()
            peers.append(peer)
        }
        let thread = try LoopThread(loop)
        #expect(turns.wait { $0.count == 6 })
        loop.remote.stop()
        thread.join()
        let most = Dictionary(grouping: turns.current, by: { $0 }).values.map(\.count).max()
        #expect(most == limit)
    }
}
