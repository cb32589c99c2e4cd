import Glibc
import Testing

@testable import ZzzIO

@Suite("Back-pressure")
struct BackpressureTests {
    /// Writes blocks of its pattern for as long as fewer than `limit` bytes are queued.
    final class Source: Stream {
        let bytes: [UInt8]
        let limit: Int
        let most: Probe<Int>
        private var next = 0

        init(_ loop: Loop, _ fd: Int32, _ bytes: [UInt8], limit: Int, most: Probe<Int>) {
            self.bytes = bytes
            self.limit = limit
            self.most = most
            super.init(loop: loop, fd: fd)
        }

        func fill() {
            while queuedBytes < limit, next < bytes.count {
                let end = min(next + 10_000, bytes.count)
                bytes[next..<end].withUnsafeBytes { write($0) }
                next = end
            }
            let queued = queuedBytes
            most.update { $0 = max($0, queued) }
            if next == bytes.count { closeWhenDrained() }
        }

        override func received(_ buffer: ReadBuffer) {
            loop.recycle(buffer)
            fill()
        }

        override func writeDrained() { fill() }
    }

    @Test("a slow reader gets everything, and queuedBytes stays bounded", arguments: IOBackend.allCases)
    func slowReader(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let bytes = pattern(8_000_000)
        let most = Probe(0)
        let peer = try harness.connect { loop, fd in
            setBuffer(fd, SO_SNDBUF, 16_384)
            return Source(loop, fd, bytes, limit: 100_000, most: most)
        }
        setBuffer(peer.fd, SO_RCVBUF, 16_384)
        peer.send([1])
        var all: [UInt8] = []
        while let some = peer.receiveSome(3_000), !some.isEmpty { all += some }
        let isSame = all == bytes
        #expect(isSame)
        #expect(most.current >= 100_000 && most.current < 110_000)
        try harness.awaitStreamCount(0)
    }

    @Test("partial writes: a big queue goes in order through a small socket buffer", arguments: IOBackend.allCases)
    func partialWrites(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let bytes = pattern(5_000_000)
        let peer = try harness.connect { loop, fd in
            setBuffer(fd, SO_SNDBUF, 8_192)
            let stream = RecordingStream(loop, fd, events)
            // Blocks of many sizes, more than fit one sendmsg(2).
            var next = 0
            var size = 1
            while next < bytes.count {
                let end = min(next + size, bytes.count)
                bytes[next..<end].withUnsafeBytes { piece in
                    stream.reserve(16_384 + piece.count).copyMemory(from: piece.baseAddress!, byteCount: piece.count)
                    stream.commit(piece.count)
                }
                next = end
                size = size % 60_000 + 997
            }
            return stream
        }
        #expect(events.current == [])
        let isSame = peer.receive(bytes.count) == bytes
        #expect(isSame)
        #expect(events.wait { $0 == [.drained] })
    }

    @Test("while reading is paused nothing arrives; then everything does, in order", arguments: IOBackend.allCases)
    func pauseAndResume(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in
            RecordingStream(loop, fd, events) { stream, event in
                if case .received(let bytes) = event, bytes.count == 1 { stream.pauseReading() }
                if event == .end { stream.close() }
            }
        }
        peer.send([0])
        #expect(events.wait { $0 == [.received([0])] })
        let bytes = pattern(100_000)
        let writer = TestThread {
            peer.send(bytes)
            peer.shutdownWrite()
        }
        // The loop has seen the data come in (and must not turn on and on because of it).
        for _ in 0..<200 { _ = try harness.on { $0.turn } }
        let turns = try harness.on { $0.turn }
        for _ in 0..<10 { _ = try harness.on { $0.turn } }
        #expect(try harness.on { $0.turn } < turns + 60)
        #expect(events.current == [.received([0])])
        try harness.on { loop in loop.forEachStream { $0.resumeReading() } }
        #expect(events.wait { $0.last == .closed })
        writer.join()
        let isSame = events.current == [.received([0] + bytes), .end, .closed]
        #expect(isSame)
    }

    @Test("pausing and resuming at every callback loses nothing", arguments: IOBackend.allCases)
    func flutter(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let resume: LoopFunction = { _, context, _ in
            Unmanaged<RecordingStream>.fromOpaque(context!).takeRetainedValue().resumeReading()
        }
        let peer = try harness.connect { loop, fd in
            RecordingStream(loop, fd, events) { stream, event in
                switch event {
                case .received:
                    stream.pauseReading()
                    let context = Unmanaged.passRetained(stream).toOpaque()
                    // Now at once, now later in the turn, now in the next.
                    switch stream.tag % 3 {
                    case 0:
                        stream.resumeReading()
                        Unmanaged<RecordingStream>.fromOpaque(context).release()
                    case 1: stream.loop.enqueueLocal(resume, context)
                    default: stream.loop.post(resume, context)
                    }
                    stream.tag += 1
                case .end: stream.close()
                default: break
                }
            }
        }
        let bytes = pattern(3_000_000)
        peer.send(bytes)
        peer.shutdownWrite()
        #expect(events.wait { $0.last == .closed })
        let isSame = events.current == [.received(bytes), .end, .closed]
        #expect(isSame)
    }

    @Test("buffers that streams hold do not starve the others", arguments: IOBackend.allCases)
    func heldBuffers(backend: IOBackend) throws {
        /// Keeps every buffer until it has them all.
        final class Hoarder: Stream {
            let got: Probe<Int>
            var held: [ReadBuffer] = []
            init(_ loop: Loop, _ fd: Int32, _ got: Probe<Int>) {
                self.got = got
                super.init(loop: loop, fd: fd)
            }
            override func received(_ buffer: ReadBuffer) {
                held.append(buffer)
                got.update { $0 += buffer.count }
            }
            func release() {
                for buffer in held { loop.recycle(buffer) }
                held = []
            }
        }
        // io_uring has 4 buffers at first and 8 at most; epoll allocates.
        let configuration = LoopConfiguration.with {
            $0.readBufferBytes = 1024
            $0.providedBuffers = 4
            $0.maxProvidedBuffers = 8
        }
        let harness = try Harness(backend, configuration)
        let got = Probe(0)
        let first = try harness.connect { loop, fd in Hoarder(loop, fd, got) }
        let second = try harness.connect { loop, fd in Hoarder(loop, fd, got) }
        first.send(pattern(20_000))
        second.send(pattern(20_000))
        let atOnce = backend == .epoll ? 40_000 : 8 * 1024
        #expect(got.wait { $0 >= atOnce })
        for _ in 0..<1000 where got.current < 40_000 {
            try harness.on { loop in loop.forEachStream { ($0 as! Hoarder).release() } }
        }
        #expect(got.wait { $0 == 40_000 })
        try harness.on { loop in loop.forEachStream { ($0 as! Hoarder).release() } }
        guard backend == .ioUring else { return }
        // What only the burst needed is freed, a buffer with each that comes back.
        for count in 1...8 {
            first.send([1])
            #expect(got.wait { $0 == 40_000 + count })
            try harness.on { loop in loop.forEachStream { ($0 as! Hoarder).release() } }
        }
        #expect(try harness.on { $0.ring?.pointee.bufferCount } == 4)
    }

    /// What is read at once needs no more buffers, however fast it comes.
    @Test func aFastPeerTakesNoMoreBuffers() throws {
        final class Reader: Stream {
            let got: Probe<Int>
            init(_ loop: Loop, _ fd: Int32, _ got: Probe<Int>) {
                self.got = got
                super.init(loop: loop, fd: fd)
            }
            override func received(_ buffer: ReadBuffer) {
                got.update { $0 += buffer.count }
                loop.recycle(buffer)
            }
        }
        let configuration = LoopConfiguration.with {
            $0.readBufferBytes = 1024
            $0.providedBuffers = 4
        }
        let harness = try Harness(.ioUring, configuration)
        let got = Probe(0)
        let peer = try harness.connect { loop, fd in Reader(loop, fd, got) }
        peer.send(pattern(1_000_000))
        #expect(got.wait { $0 == 1_000_000 })
        #expect(try harness.on { $0.ring?.pointee.bufferCount } == 4)
    }
}

func setBuffer(_ fd: Int32, _ option: Int32, _ bytes: Int32) {
    var bytes = bytes
    setsockopt(fd, SOL_SOCKET, option, &bytes, socklen_t(MemoryLayout<Int32>.size))
}
