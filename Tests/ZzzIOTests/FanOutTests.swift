import Glibc
import Testing

@testable import ZzzIO

/// What arrives on one stream is written to many others: how many writes the kernel sees.
@Suite("Fan-out")
struct FanOutTests {
    private final class Member: Stream {
        override func received(_ buffer: ReadBuffer) { loop.recycle(buffer) }
    }

    /// Writes what it receives to the members, and then has the next message sent to itself.
    private final class Publisher: Stream {
        let members: [Member]
        let sendNext: () -> Void

        init(_ loop: Loop, _ fd: Int32, _ members: [Member], sendNext: @escaping () -> Void) {
            self.members = members
            self.sendNext = sendNext
            super.init(loop: loop, fd: fd)
        }

        override func received(_ buffer: ReadBuffer) {
            for member in members { member.write(toMany: buffer.bytes) }
            loop.recycle(buffer)
            sendNext()
        }
    }

    /// Publishes messages of that many bytes, each while the one before is handled.
    /// - Returns: how many of them the first member's peer had got when the first, second, third ... was handled.
    private func publish(
        _ messages: Int, of size: Int = 1, to memberCount: Int, _ backend: IOBackend
    ) throws -> [Int] {
        let harness = try Harness(backend)
        let arrived = Probe<[Int]>([])
        let pairs = try (0..<memberCount).map { _ in try Peer.pair() }
        let descriptors = pairs.map(\.1)
        let first = pairs[0].0
        let (publisher, descriptor) = try Peer.pair()
        try harness.on { loop in
            do throws(SystemError) {
                let members = descriptors.map { Member(loop: loop, fd: $0) }
                for member in members { try member.start() }
                let stream = Publisher(loop, descriptor, members) {
                    let handled = arrived.update { counts in
                        counts.append(first.available / size)
                        return counts.count
                    }
                    if handled < messages { publisher.send([UInt8](repeating: UInt8(handled), count: size)) }
                }
                try stream.start()
            } catch {
                Issue.record("start: \(error)")
            }
        }
        publisher.send([UInt8](repeating: 0, count: size))
        // Nothing is read before.
        #expect(arrived.wait { $0.count == messages })
        let expected = (0..<messages).flatMap { [UInt8](repeating: UInt8($0), count: size) }
        for (peer, _) in pairs {
            let isSame = peer.receive(messages * size) == expected
            #expect(isSame)
        }
        return arrived.current
    }

    @Test("few streams are written to at once", arguments: IOBackend.allCases)
    func few(backend: IOBackend) throws {
        #expect(try publish(5, to: Loop.manyFlushes - 1, backend) == [0, 1, 2, 3, 4])
    }

    @Test("to many streams, what comes meanwhile goes along", arguments: IOBackend.allCases)
    func many(backend: IOBackend) throws {
        #expect(try publish(5, to: Loop.manyFlushes, backend) == [0, 0, 0, 0, 0])
    }

    @Test("nor do they wait with much", arguments: IOBackend.allCases)
    func much(backend: IOBackend) throws {
        let counts = try publish(5, of: Loop.muchToFlush / 2, to: Loop.manyFlushes, backend)
        expect(counts, [0, 0, 2, 2, 4], backend)
    }

    @Test("but they do not wait for ever", arguments: IOBackend.allCases)
    func bounded(backend: IOBackend) throws {
        let each = Loop.maxLooks + 1
        let counts = try publish(each * 3 + 1, to: Loop.manyFlushes, backend)
        expect(counts, counts.indices.map { $0 / each * each }, backend)
    }

    private func expect(_ counts: [Int], _ least: [Int], _ backend: IOBackend) {
        // io_uring sends what has come since as soon as the send before has been completed.
        let isRight = backend == .epoll ? counts == least : zip(counts, least).allSatisfy { $0 >= $1 }
        #expect(isRight, "\(counts), and not \(least)")
    }

    @Test("small buffers hold any amount", arguments: [1, Block.smallBytes - 1, Block.smallBytes, Block.smallBytes + 1])
    func sizes(size: Int) throws {
        let harness = try Harness(.epoll)
        let (peer, descriptor) = try Peer.pair()
        let bytes = pattern(size)
        try harness.on { loop in
            let member = Member(loop: loop, fd: descriptor)
            do throws(SystemError) { try member.start() } catch { Issue.record("start: \(error)") }
            for _ in 0..<3 { bytes.withUnsafeBytes { member.write(toMany: $0) } }
            member.write(toMany: UnsafeRawBufferPointer(start: nil, count: 0))
            #expect(member.queuedBytes == 3 * size)
        }
        #expect(peer.receive(3 * size) == bytes + bytes + bytes)
    }

    @Test("the pool keeps small buffers up to its limit", arguments: [0, 1, 3])
    func pool(maximum: Int) {
        var pool = BlockPool(dataBytes: 100, maxFree: 4, maxFreeSmall: maximum)
        let blocks = (0..<3).map { _ in pool.takeSmall() }
        #expect(Set(blocks).count == 3 && blocks.allSatisfy { $0.pointee.capacity == Block.smallBytes })
        for block in blocks {
            block.pointee.end = 7
            pool.give(block)
        }
        #expect(pool.freeSmallCount == maximum && pool.freeCount == 0)
        let again = pool.takeSmall()
        #expect(again.pointee.start == 0 && again.pointee.end == 0)
        pool.give(again)
        pool.tearDown()
    }
}

extension Peer {
    /// Bytes that have arrived and were not read.
    fileprivate var available: Int {
        var count: Int32 = 0
        return ioctl(fd, UInt(FIONREAD), &count) == 0 ? Int(count) : -1
    }
}
