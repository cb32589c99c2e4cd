import CLinux
import Glibc
import Testing

@testable import ZzzIO

@Suite("Streams")
struct StreamTests {
    @Test("echoes any size over any transport", arguments: IOBackend.allCases, Transport.allCases)
    func echo(backend: IOBackend, transport: Transport) throws {
        let listener = try Listener(address: transport.address())
        let harness = try Harness(backend) { loop in
            _ = try loop.listen(listener) { fd, _ in try! EchoStream(loop: Loop.current!, fd: fd).start() }
        }
        let peer = try Peer.connect(listener.address)
        for size in [1, 2, 100, 16383, 16384, 16385, 65536, 1_000_000] { expectEcho(peer, pattern(size)) }
        expectEcho(peer, pattern(10 << 20))
        peer.shutdownWrite()
        #expect(peer.receiveToEnd() == [])
        try harness.awaitStreamCount(0)
    }

    private func expectEcho(_ peer: Peer, _ bytes: [UInt8]) {
        let writer = TestThread { peer.send(bytes) }
        // A comparison as an expression of #expect would print both.
        let isSame = peer.receive(bytes.count) == bytes
        #expect(isSame, "\(bytes.count) bytes")
        writer.join()
    }

    @Test("a callback that writes in many pieces makes one send", arguments: IOBackend.allCases)
    func batching(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in
            RecordingStream(loop, fd, events) { stream, event in
                guard case .received = event else { return }
                for _ in 0..<100 { stream.write("0123456789") }
            }
        }
        peer.send([1])
        #expect(peer.receive(1000).count == 1000)
        #expect(events.wait { $0.contains(.drained) })
        #expect(events.current == [.received([1]), .drained])
    }

    @Test("half-close: the peer's end arrives once, and writing goes on", arguments: IOBackend.allCases)
    func halfClose(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in
            RecordingStream(loop, fd, events) { stream, event in
                if event == .end { stream.write("still here") }
            }
        }
        peer.send([9])
        peer.shutdownWrite()
        #expect(peer.receive(10) == Array("still here".utf8))
        #expect(events.wait { $0.contains(.drained) })
        // The socket reports the end for as long as it is open; the stream hears of it once, and the loop does not
        // spin.
        let before = try harness.on { $0.turn }
        for _ in 0..<5 { _ = try harness.on { $0.turn } }
        #expect(try harness.on { $0.turn } <= before + 30)
        #expect(events.current == [.received([9]), .end, .drained])
        try harness.on { $0.forEachStream { $0.close() } }
        #expect(peer.receiveToEnd() == [])
        #expect(events.wait { $0.last == .closed })
    }

    @Test("shutdownWrite sends what is queued first, and reading goes on", arguments: IOBackend.allCases)
    func shutdownAfterQueue(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let bytes = pattern(3_000_000)
        let peer = try harness.connect { loop, fd in
            let stream = RecordingStream(loop, fd, events)
            bytes.withUnsafeBytes { stream.write($0) }
            stream.shutdownWrite()
            stream.write("dropped")
            return stream
        }
        let isSame = peer.receiveToEnd() == bytes
        #expect(isSame)
        peer.send([7])
        #expect(events.wait { $0.contains(.received([7])) })
        peer.shutdownWrite()
        #expect(events.wait { $0.last == .closed })
        #expect(events.current == [.drained, .received([7]), .end, .closed])
    }

    @Test("a reset is reported once", arguments: IOBackend.allCases)
    func reset(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in RecordingStream(loop, fd, events) }
        peer.send([1])
        #expect(events.wait { $0.contains(.received([1])) })
        peer.reset()
        #expect(events.wait { $0.last == .closed })
        #expect(events.current == [.received([1]), .failed(ECONNRESET), .closed])
        try harness.awaitStreamCount(0)
    }

    @Test("a reset is reported while reading is paused", arguments: IOBackend.allCases)
    func resetWhilePaused(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in
            RecordingStream(loop, fd, events) { stream, event in
                if case .received = event { stream.pauseReading() }
                if case .failed = event { stream.close() }
            }
        }
        peer.send([1])
        #expect(events.wait { $0.contains(.received([1])) })
        peer.reset()
        #expect(events.wait { $0.last == .closed })
        #expect(events.current.dropFirst().first == .failed(ECONNRESET))
    }

    @Test("writing to a peer that is gone fails the stream", arguments: IOBackend.allCases)
    func brokenPipe(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        var peer: Peer? = try harness.connect { loop, fd in
            RecordingStream(loop, fd, events) { stream, event in
                if case .failed = event { stream.close() }
            }
        }
        peer?.send([1])
        #expect(events.wait { $0.contains(.received([1])) })
        peer = nil
        #expect(events.wait { $0.contains(.end) })
        let bytes = pattern(100_000)
        // The first answer makes the peer's kernel reset the connection; a later one fails.
        for _ in 0..<1000 where events.current.last != .closed {
            try harness.on { loop in loop.forEachStream { stream in bytes.withUnsafeBytes { stream.write($0) } } }
        }
        #expect(events.wait { $0.last == .closed })
        let failures: [Event] = events.current.filter { if case .failed = $0 { true } else { false } }
        #expect(failures == [.failed(EPIPE)] || failures == [.failed(ECONNRESET)])
    }

    @Test("copies, foreign memory, an OutputBuffer and big blocks keep their order", arguments: IOBackend.allCases)
    func mixedQueue(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let released = Probe(0)
        let harness = try Harness(backend)
        let bytes = pattern(200_000)
        let peer = try harness.connect { loop, fd in
            let stream = RecordingStream(loop, fd, events)
            for round in 0..<20 {
                bytes[0..<(round * 7 + 1)].withUnsafeBytes { stream.write($0) }
                let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
                bytes.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
                let foreign = Foreign(copy, released)
                stream.write(
                    external: copy, count: bytes.count, context: Unmanaged.passRetained(foreign).toOpaque(),
                    release: { Unmanaged<Foreign>.fromOpaque($0!).release() })
                var buffer = OutputBuffer(loop: loop)
                bytes[0..<40_000].withUnsafeBytes { buffer.append($0) }
                stream.write(&buffer)
                stream.reserve(50_000).copyMemory(from: copy, byteCount: 50_000)
                stream.commit(50_000)
            }
            return stream
        }
        var expected: [UInt8] = []
        for round in 0..<20 { expected += bytes[0..<(round * 7 + 1)] + bytes + bytes[0..<40_000] + bytes[0..<50_000] }
        let isSame = peer.receive(expected.count) == expected
        #expect(isSame)
        #expect(released.wait { $0 == 20 })
        #expect(events.wait { $0 == [.drained] })
        #expect(try harness.on { loop in
            var queued = 0
            loop.forEachStream { queued += $0.queuedBytes }
            return queued
        } == 0)
    }

    private final class Foreign {
        let memory: UnsafeMutableRawPointer
        let released: Probe<Int>
        init(_ memory: UnsafeMutableRawPointer, _ released: Probe<Int>) {
            self.memory = memory
            self.released = released
        }
        deinit {
            memory.deallocate()
            released.update { $0 += 1 }
        }
    }

    @Test("what was written before start is sent at start", arguments: IOBackend.allCases)
    func writeBeforeStart(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in
            let stream = EchoStream(loop: loop, fd: fd)
            stream.write("hello")
            return stream
        }
        #expect(peer.receive(5) == Array("hello".utf8))
    }

    @Test("an idle stream takes at most 200 bytes, and no buffer")
    func memory() throws {
        let loop = try Loop()
        let stream = Stream(loop: loop, fd: -1)
        #expect(malloc_usable_size(Unmanaged.passUnretained(stream).toOpaque()) <= 200)
        #expect(stream.output.isEmpty)
    }
}
