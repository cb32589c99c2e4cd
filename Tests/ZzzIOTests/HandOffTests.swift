import Glibc
import Synchronization
import Testing

@testable import ZzzIO

/// Another thread goes on with the loop while a callback is stuck, and the stuck thread comes back to find itself
/// superseded.
@Suite("A loop changes threads")
struct HandOffTests {
    /// Where the callback is stuck.
    enum Place: String, CaseIterable, Sendable {
        case received, drained, deadline, failed, end, timer, mail, local, watch
    }

    /// One stuck call, and when it may return.
    final class Trap: Sendable {
        let isInside = Probe(false)
        let mayReturn = Probe(false)
        /// Whether it never leaves user mode, rather than to wait.
        let isSpinning: Bool
        let spinsOn = Atomic<Bool>(true)

        init(isSpinning: Bool = false) { self.isSpinning = isSpinning }

        func release() {
            spinsOn.store(false, ordering: .relaxed)
            mayReturn.update { $0 = true }
        }

        /// What a callback does that loses its loop.
        func fallIn() {
            isInside.update { $0 = true }
            if isSpinning { while spinsOn.load(ordering: .relaxed) {} } else { _ = mayReturn.wait { $0 } }
            Loop.abandonCurrent()
        }

        static let function: LoopFunction = { _, context, _ in
            Unmanaged<Trap>.fromOpaque(context!)._withUnsafeGuaranteedRef { $0.fallIn() }
        }
        var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
    }

    final class Stuck: Stream {
        let trap: Trap
        let place: Place
        init(_ loop: Loop, _ fd: Int32, _ trap: Trap, _ place: Place) {
            self.trap = trap
            self.place = place
            super.init(loop: loop, fd: fd)
        }
        override func received(_ buffer: ReadBuffer) {
            loop.recycle(buffer)
            if place == .received { trap.fallIn() }
        }
        override func writeDrained() { if place == .drained { trap.fallIn() } }
        override func deadlineExpired() { if place == .deadline { trap.fallIn() } }
        override func receivedEnd() { if place == .end { trap.fallIn() } }
        override func failed(_ errno: Int32) { if place == .failed { trap.fallIn() } }
    }

    @Test("from within any callback; everybody else is served on", arguments: IOBackend.allCases, Place.allCases)
    func handOff(backend: IOBackend, place: Place) throws {
        try handOff(backend, place, Trap())
    }

    @Test("from a callback that spins in user mode", arguments: IOBackend.allCases)
    func handOffFromSpinning(backend: IOBackend) throws {
        try handOff(backend, .received, Trap(isSpinning: true))
    }

    private func handOff(_ backend: IOBackend, _ place: Place, _ trap: Trap) throws {
        var configuration = LoopConfiguration()
        configuration.backend = backend == .epoll ? .epoll : .ioUring
        let loop = try Loop(configuration: configuration)
        let remote = loop.remote
        let (victim, victimFD) = try Peer.pair()
        let stuck = Stuck(loop, victimFD, trap, place)
        try stuck.start()
        var others: [Peer] = []
        for _ in 0..<20 {
            let (peer, fd) = try Peer.pair()
            try EchoStream(loop: loop, fd: fd).start()
            others.append(peer)
        }
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        // Everything happens in one turn: the work of the others is in the same batch as the trap.
        for peer in others { peer.send([5]) }
        let mail = Probe(0)
        remote.post { mail.update { $0 += 1 } }
        switch place {
        case .received: victim.send([1])
        case .drained: stuck.write("x")
        case .deadline: stuck.setDeadline(atMilliseconds: 0)
        case .failed: victim.reset()
        case .end: victim.shutdownWrite()
        case .timer: loop.addTimer(after: 0, Trap.function, trap.context)
        case .mail: remote.post(Trap.function, trap.context)
        case .local: loop.enqueueLocal(Trap.function, trap.context)
        case .watch:
            let token = try loop.watch(ends[0], .readable, { handle, context, _ in
                Unmanaged<Trap>.fromOpaque(context!)._withUnsafeGuaranteedRef { trap in
                    if trap.isInside.current { return }
                    trap.fallIn()
                }
            }, trap.context)
            _ = token
            #expect(write(ends[1], "x", 1) == 1)
        }
        remote.post { mail.update { $0 += 1 } }

        let first = try LoopThread(loop, name: "first")
        #expect(trap.isInside.wait { $0 })
        let second = try LoopThread(loop, name: "second")
        for peer in others { #expect(peer.receive(1) == [5]) }
        for peer in others { peer.send([6, 7]) }
        for peer in others { #expect(peer.receive(2) == [6, 7]) }
        #expect(mail.wait { $0 == 2 })

        // The first comes back, ends without touching the loop, and takes with it what the kernel tied to its thread.
        trap.release()
        first.join()
        for peer in others { peer.send([8]) }
        for peer in others { #expect(peer.receive(1) == [8]) }
        remote.post { mail.update { $0 += 1 } }
        #expect(mail.wait { $0 == 3 })
        remote.stop()
        second.join()
    }

    @Test("while what came in a pause is delivered: the new thread delivers the rest", arguments: IOBackend.allCases)
    func handOffWithStash(backend: IOBackend) throws {
        var configuration = LoopConfiguration()
        configuration.backend = backend == .epoll ? .epoll : .ioUring
        let loop = try Loop(configuration: configuration)
        let remote = loop.remote
        let trap = Trap()
        let got = Probe<[UInt8]>([])
        let (peer, fd) = try Peer.pair()
        try Paused(loop, fd, trap, got).start()
        let first = try LoopThread(loop, name: "first")
        let bytes = pattern(60_000)
        peer.send([0])
        #expect(got.wait { $0 == [0] })
        peer.send(bytes)
        peer.shutdownWrite()
        // Once the kernel has delivered, or would have.
        let seen = Probe(0)
        for count in 1...100 {
            remote.post { seen.update { $0 += 1 } }
            #expect(seen.wait { $0 == count })
        }
        remote.post { Loop.current!.forEachStream { $0.resumeReading() } }
        #expect(trap.isInside.wait { $0 })
        let second = try LoopThread(loop, name: "second")
        #expect(got.wait { $0.count == 60_001 })
        let isSame = got.current == [0] + bytes
        #expect(isSame)
        #expect(peer.receiveToEnd() == [])
        trap.release()
        first.join()
        remote.stop()
        second.join()
    }

    /// Pauses after the first byte, and is stuck in the first call after that.
    final class Paused: Stream {
        let trap: Trap
        let got: Probe<[UInt8]>
        init(_ loop: Loop, _ fd: Int32, _ trap: Trap, _ got: Probe<[UInt8]>) {
            self.trap = trap
            self.got = got
            super.init(loop: loop, fd: fd)
        }
        override func received(_ buffer: ReadBuffer) {
            let bytes = Array(buffer.bytes)
            recycle(buffer)
            let before = got.update { got in
                defer { got += bytes }
                return got.count
            }
            if before == 0 { pauseReading() }
            if before == 1 { trap.fallIn() }
        }
    }
}
