import CLinux
import Testing

@testable import ZzzIO

@Suite("Deadlines")
struct DeadlineTests {
    private func nowMilliseconds() -> UInt64 { zzz_linux_monotonic_ns() / 1_000_000 }

    @Test("expire, never early, at most 100 ms late", arguments: IOBackend.allCases, [0, 1, 63, 64, 65, 150])
    func expires(backend: IOBackend, delay: Int) throws {
        let events = Probe<[Event]>([])
        let at = Probe<(due: UInt64, turn: UInt64)>((0, 0))
        let harness = try Harness(backend)
        let peer = try harness.connect { loop, fd in
            let stream = RecordingStream(loop, fd, events) { stream, event in
                if event == .deadline { at.update { $0.turn = stream.loop.nowMilliseconds } }
            }
            let due = loop.nowMilliseconds + UInt64(delay)
            at.update { $0.due = due }
            stream.setDeadline(atMilliseconds: due)
            return stream
        }
        try #require(at.wait { $0.turn != 0 })
        #expect(events.current == [.deadline])
        #expect(at.current.turn >= at.current.due)
        // Against the turn's clock; the machine may have been busy, so against its own lateness too.
        #expect(at.current.turn - at.current.due <= 100 || nowMilliseconds() - at.current.due > 100)
        withExtendedLifetime(peer) {}
    }

    @Test("moving it later or clearing it is lazy, moving it earlier is not", arguments: IOBackend.allCases)
    func moves(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let others = Probe<[Event]>([])
        let harness = try Harness(backend)
        let cleared = try harness.connect { loop, fd in
            let stream = RecordingStream(loop, fd, events)
            stream.setDeadline(atMilliseconds: loop.nowMilliseconds + 70)
            let slot = stream.wheelTick
            stream.clearDeadline()
            #expect(stream.deadline == nil)
            stream.setDeadline(atMilliseconds: loop.nowMilliseconds + 1_000_000)
            #expect(stream.wheelTick == slot, "still in the slot of the first deadline")
            #expect(stream.deadline == loop.nowMilliseconds + 1_000_000)
            return stream
        }
        let earlier = try harness.connect { loop, fd in
            let stream = RecordingStream(loop, fd, others)
            stream.setDeadline(atMilliseconds: loop.nowMilliseconds + 1_000_000)
            let slot = stream.wheelTick
            stream.setDeadline(atMilliseconds: loop.nowMilliseconds + 200)
            #expect(stream.wheelTick < slot)
            return stream
        }
        #expect(others.wait { $0 == [.deadline] })
        #expect(events.current == [], "moved and cleared: it did not fire in its old slot, which came first")
        withExtendedLifetime((cleared, earlier)) {}
    }

    @Test("the wheel agrees with a list over random moves and jumps of time")
    func model() throws {
        let loop = try Loop()
        var random = SystemRandomNumberGenerator()
        var now: UInt64 = 1_000_000
        var wheel = DeadlineWheel(now: now)
        defer { wheel.deallocate() }
        let streams = (0..<200).map { _ in Stream(loop: loop, fd: -1) }
        var due = [UInt64?](repeating: nil, count: streams.count)
        for _ in 0..<3000 {
            for _ in 0..<10 {
                let index = Int.random(in: 0..<streams.count, using: &random)
                let stream = streams[index]
                if Bool.random(using: &random) {
                    let deadline = now + UInt64.random(in: 0..<60_000, using: &random)
                    due[index] = deadline
                    stream.deadlineMilliseconds = deadline
                    // As setDeadline does.
                    if !stream.state.contains(.inWheel) || DeadlineTick.of(deadline) < stream.wheelTick {
                        wheel.place(stream)
                    }
                } else {
                    due[index] = nil
                    if Bool.random(using: &random) { wheel.remove(stream) }
                    stream.clearDeadline()
                }
            }
            // The poller would not sleep past the next deadline by more than its tolerance.
            if let next = due.compactMap({ $0 }).min() {
                #expect(wheel.nextNanoseconds / 1_000_000 <= max(next, now) + 128)
            }
            now += UInt64.random(in: 0..<(Bool.random(using: &random) ? 200 : 20_000), using: &random)
            wheel.collect(now)
            while let stream = wheel.popExpired(now)?.takeUnretainedValue() {
                let index = streams.firstIndex { $0 === stream }!
                let deadline = try #require(due[index])
                #expect(deadline <= now)
                due[index] = nil
            }
            for deadline in due.compactMap({ $0 }) { #expect(deadline + 128 > now, "overdue") }
        }
        for stream in streams { wheel.remove(stream) }
        #expect(wheel.nextNanoseconds == .max)
    }
}
