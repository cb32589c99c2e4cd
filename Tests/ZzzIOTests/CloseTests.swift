import Glibc
import Testing

@testable import ZzzIO

@Suite("Closing")
struct CloseTests {
    /// The callback in which the stream closes itself.
    enum Moment: String, CaseIterable, Sendable { case received, end, failed, drained, deadline, closed }

    @Test("in any callback", arguments: IOBackend.allCases, Moment.allCases)
    func closeInside(backend: IOBackend, moment: Moment) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in
            let stream = RecordingStream(loop, fd, events) { stream, event in
                let now: Moment
                switch event {
                case .received: now = .received
                case .end: now = .end
                case .failed: now = .failed
                case .drained: now = .drained
                case .deadline: now = .deadline
                case .closed: now = .closed
                }
                if now == moment {
                    stream.close()
                    stream.close()
                    stream.pauseReading()
                    stream.resumeReading()
                    stream.setDeadline(atMilliseconds: 0)
                    stream.write("dropped")
                    stream.flush()
                    stream.shutdownWrite()
                }
                if moment == .closed, case .received = event { stream.close() }
            }
            if moment == .drained { stream.write("x") }
            if moment == .deadline { stream.setDeadline(atMilliseconds: loop.nowMilliseconds) }
            return stream
        }
        switch moment {
        case .received, .closed: peer.send([1])
        case .end: peer.shutdownWrite()
        case .failed: peer.reset()
        case .drained, .deadline: break
        }
        #expect(events.wait { $0.last == .closed })
        try harness.awaitStreamCount(0)
        #expect(events.current.count == 2, "one event and the end")
        #expect(events.current.last == .closed)
    }

    @Test("what was written just before close is offered to the socket", arguments: IOBackend.allCases)
    func writeThenClose(backend: IOBackend) throws {
        let harness = try Harness(backend)
        for _ in 0..<50 {
            let events = Probe<[Event]>([])
            let peer = try harness.connect { loop, fd in
                RecordingStream(loop, fd, events) { stream, event in
                    guard case .received = event else { return }
                    stream.write("goodbye")
                    stream.close()
                }
            }
            peer.send([1])
            #expect(peer.receiveToEnd() == Array("goodbye".utf8))
            #expect(events.wait { $0 == [.received([1]), .closed] })
        }
    }

    @Test("closeWhenDrained waits for a slow reader", arguments: IOBackend.allCases)
    func closeWhenDrained(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let bytes = pattern(4_000_000)
        let peer = try harness.connect { loop, fd in
            setBuffer(fd, SO_SNDBUF, 8_192)
            let stream = RecordingStream(loop, fd, events)
            bytes.withUnsafeBytes { stream.write($0) }
            stream.closeWhenDrained()
            return stream
        }
        _ = try harness.on { $0.turn }
        #expect(events.current == [])
        let isSame = peer.receiveToEnd() == bytes
        #expect(isSame)
        #expect(events.wait { $0.last == .closed })
    }

    @Test("close with a queue that the peer does not read drops it", arguments: IOBackend.allCases)
    func closeDrops(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in
            setBuffer(fd, SO_SNDBUF, 8_192)
            let stream = RecordingStream(loop, fd, events)
            pattern(8_000_000).withUnsafeBytes { stream.write($0) }
            return stream
        }
        _ = try harness.on { $0.turn }
        try harness.on { loop in loop.forEachStream { $0.close() } }
        #expect(events.wait { $0 == [.closed] })
        try harness.awaitStreamCount(0)
        #expect(peer.receiveToEnd().count < 8_000_000)
    }

    @Test("one stream closes others whose events are in the same batch", arguments: IOBackend.allCases)
    func closeOthers(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let received = Probe(0)
        let gone = Probe(0)
        final class Killer: Stream {
            let received: Probe<Int>
            let gone: Probe<Int>
            init(_ loop: Loop, _ fd: Int32, _ received: Probe<Int>, _ gone: Probe<Int>) {
                self.received = received
                self.gone = gone
                super.init(loop: loop, fd: fd)
            }
            override func received(_ buffer: ReadBuffer) {
                loop.recycle(buffer)
                received.update { $0 += 1 }
                loop.forEachStream { if $0 !== self { $0.close() } }
            }
            override func closed() { gone.update { $0 += 1 } }
        }
        var peers: [Peer] = []
        for _ in 0..<50 { peers.append(try harness.connect { loop, fd in Killer(loop, fd, received, gone) }) }
        // All are ready before the loop looks: it is held until they have sent.
        let held = Probe(false)
        let sent = Probe(false)
        harness.remote.post {
            held.update { $0 = true }
            _ = sent.wait { $0 }
        }
        #expect(held.wait { $0 })
        for peer in peers { peer.send([1]) }
        sent.update { $0 = true }
        #expect(gone.wait { $0 == 49 })
        #expect(received.current == 1)
        try harness.on { loop in loop.forEachStream { $0.close() } }
        #expect(gone.wait { $0 == 50 })
        try harness.awaitStreamCount(0)
    }

    @Test("a loop that goes away closes what it owns", arguments: IOBackend.allCases)
    func loopGoes(backend: IOBackend) throws {
        var harness: Harness? = try Harness(backend)
        let peer = try harness!.connect { loop, fd in EchoStream(loop: loop, fd: fd) }
        peer.send([1])
        #expect(peer.receive(1) == [1])
        harness = nil
        #expect(peer.receiveToEnd() == [])
    }

    @Test("a stream that was never started closes its socket", arguments: IOBackend.allCases)
    func neverStarted(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let (first, firstFD) = try Peer.pair()
        let (second, secondFD) = try Peer.pair()
        try harness.on { loop in
            Stream(loop: loop, fd: firstFD).close()
            _ = Stream(loop: loop, fd: secondFD)
        }
        #expect(first.receiveToEnd() == [])
        #expect(second.receiveToEnd() == [])
    }
}
