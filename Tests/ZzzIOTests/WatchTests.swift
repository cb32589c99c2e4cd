import CLinux
import Glibc
import Testing

@testable import ZzzIO

@Suite("Watched descriptors")
struct WatchTests {
    /// A pipe, and the words that its watch was called with.
    final class Pipe: @unchecked Sendable {
        let reader: Int32
        let writer: Int32
        let words = Probe<[UInt]>([])
        // Only the loop's thread touches these.
        var token: WatchToken?
        var drains = true

        init() {
            var ends: [Int32] = [0, 0]
            precondition(pipe(&ends) == 0)
            for end in ends { precondition(zzz_linux_set_nonblocking(end) == 0) }
            (reader, writer) = (ends[0], ends[1])
        }

        deinit {
            close(reader)
            close(writer)
        }

        static let ready: LoopFunction = { handle, context, word in
            Unmanaged<Pipe>.fromOpaque(context!)._withUnsafeGuaranteedRef { pipe in
                if pipe.drains {
                    var bytes = [UInt8](repeating: 0, count: 100)
                    read(pipe.reader, &bytes, 100)
                }
                pipe.words.update { $0.append(word) }
            }
        }

        var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
        func poke() { precondition(write(writer, "x", 1) == 1) }
    }

    @Test("calls for each input, and no more after unwatch", arguments: IOBackend.allCases)
    func readable(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let pipe = Pipe()
        try harness.on { pipe.token = try! $0.watch(pipe.reader, .readable, Pipe.ready, pipe.context) }
        for count in 1...5 {
            pipe.poke()
            #expect(pipe.words.wait { $0.count == count })
        }
        #expect(pipe.words.current.allSatisfy { $0 == UInt(ReadinessEvents.readable.rawValue) })
        try harness.on {
            $0.unwatch(pipe.token!)
            $0.unwatch(pipe.token!)
        }
        pipe.poke()
        for _ in 0..<10 { _ = try harness.on { $0.turn } }
        #expect(pipe.words.current.count == 5)
    }

    @Test("is level-triggered: calls again as long as there is input", arguments: IOBackend.allCases)
    func levelTriggered(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let pipe = Pipe()
        pipe.drains = false
        pipe.poke()
        try harness.on { pipe.token = try! $0.watch(pipe.reader, .readable, Pipe.ready, pipe.context) }
        #expect(pipe.words.wait { $0.count >= 5 })
        try harness.on { $0.unwatch(pipe.token!) }
    }

    @Test("reports room to write, and the end of the other side", arguments: IOBackend.allCases)
    func writable(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let pipe = Pipe()
        pipe.drains = false
        try harness.on { pipe.token = try! $0.watch(pipe.writer, .writable, Pipe.ready, pipe.context) }
        #expect(pipe.words.wait { $0.first == UInt(ReadinessEvents.writable.rawValue) })
        try harness.on { $0.unwatch(pipe.token!) }
        try harness.on { pipe.token = try! $0.watch(pipe.reader, .readable, Pipe.ready, pipe.context) }
        let count = pipe.words.current.count
        // The reader hears of the writer's end; the pipe's own descriptor is replaced, so that deinit closes something.
        let null = open("/dev/null", O_RDONLY)
        dup2(null, pipe.writer)
        close(null)
        #expect(pipe.words.wait { $0.count > count && $0.last! & UInt(ReadinessEvents.hangUp.rawValue) != 0 })
        try harness.on { $0.unwatch(pipe.token!) }
    }

    @Test("a token of a watch that is over does not end its successor", arguments: IOBackend.allCases)
    func staleToken(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let first = Pipe()
        let second = Pipe()
        try harness.on { loop in
            first.token = try! loop.watch(first.reader, .readable, Pipe.ready, first.context)
            loop.unwatch(first.token!)
            second.token = try! loop.watch(second.reader, .readable, Pipe.ready, second.context)
            #expect(first.token!.slot == second.token!.slot)
            loop.unwatch(first.token!)
        }
        second.poke()
        #expect(second.words.wait { $0.count == 1 })
        try harness.on { $0.unwatch(second.token!) }
        #expect(first.words.current == [])
    }

    @Test("epoll refuses a plain file")
    func plainFile() throws {
        let loop = try Loop(configuration: { var it = LoopConfiguration(); it.backend = .epoll; return it }())
        let fd = open("/proc/self/exe", O_RDONLY)
        defer { close(fd) }
        let error = #expect(throws: SystemError.self) { _ = try loop.watch(fd, .readable, { _, _, _ in }, nil) }
        #expect(error?.errno == EPERM)
    }
}
