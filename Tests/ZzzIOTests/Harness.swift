import Glibc
import Testing

@testable import ZzzIO

/// A loop on a thread of its own. `on` runs a piece of the test there.
final class Harness {
    let remote: LoopRemote
    let backend: IOBackend
    private let thread: LoopThread

    /// - Parameter setUp: runs before the loop's thread starts.
    init(
        _ backend: IOBackend, _ configuration: LoopConfiguration = LoopConfiguration(),
        setUp: (Loop) throws -> Void = { _ in }
    ) throws {
        var configuration = configuration
        configuration.backend = backend == .epoll ? .epoll : .ioUring
        let loop = try Loop(index: 7, configuration: configuration)
        try #require(loop.backend == backend, "\(loop.backendReason)")
        try setUp(loop)
        remote = loop.remote
        self.backend = backend
        thread = try LoopThread(loop)
    }

    deinit {
        remote.stop()
        thread.join()
    }

    /// Runs `body` on the loop's thread and waits for what it returns.
    func on<Result: Sendable>(_ body: @escaping @Sendable (Loop) -> Result) throws -> Result {
        let result = Probe<Result?>(nil)
        let isPosted = remote.post {
            let value = body(Loop.current!)
            result.update { $0 = value }
        }
        try #require(isPosted, "the mailbox is full")
        try #require(result.wait { $0 != nil }, "the loop did not answer")
        return result.current!
    }

    /// A connected pair: a raw peer, and the other end as `make` builds it on the loop.
    func connect<S: Stream>(_ make: @escaping @Sendable (Loop, Int32) -> S) throws -> Peer {
        let (peer, fd) = try Peer.pair()
        try on { loop in
            do throws(SystemError) { try make(loop, fd).start() } catch { Issue.record("start: \(error)") }
        }
        return peer
    }

    /// Waits until the loop owns `count` streams: none is left over.
    func awaitStreamCount(_ count: Int) throws {
        for _ in 0..<100_000 {
            if try on({ $0.streamCount }) == count { return }
        }
        Issue.record("\(try on { $0.streamCount }) streams, not \(count)")
    }
}

extension LoopConfiguration {
    static func with(_ change: (inout LoopConfiguration) -> Void) -> LoopConfiguration {
        var configuration = LoopConfiguration()
        change(&configuration)
        return configuration
    }
}

/// Where a connection can be made.
enum Transport: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case ipv4, ipv6, unix, abstract

    var testDescription: String { rawValue }

    func address() throws -> SocketAddress {
        switch self {
        case .ipv4: try .parse("127.0.0.1:0")
        case .ipv6: try .parse("[::1]:0")
        case .unix: try .parse("unix:\(TemporaryPath.next("sock"))")
        case .abstract: try .parse("unix:@zzz-io-tests-\(getpid())-\(UInt64.random(in: 0 ... .max))")
        }
    }
}

enum TemporaryPath {
    static func next(_ suffix: String) -> String {
        "/tmp/zzz-io-\(getpid())-\(UInt64.random(in: 0 ... .max)).\(suffix)"
    }
}

/// A pattern in which a lost, repeated or swapped piece shows: random blocks of an odd size, each with its number in
/// front.
func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    let size = 8191
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    let block = (0..<size).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
    }
    return [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
        while filled < count {
            var piece = block
            for byte in 0..<4 { piece[byte] ^= UInt8(truncatingIfNeeded: (filled / size) >> (byte * 8)) }
            let rest = min(size, count - filled)
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[filled..<filled + rest])
                .copyBytes(from: piece[0..<rest])
            filled += rest
        }
    }
}
