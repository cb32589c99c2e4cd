import Glibc
import Testing

@testable import ZzzIO

@Suite("sendFile")
struct SendFileTests {
    /// What no other file has had: a file of another test may get the descriptor and the inode of one that has gone.
    private struct FileIdentity: Equatable {
        let inode: UInt
        let changed: Int

        init?(_ fd: Int32) {
            var status = stat()
            guard fstat(fd, &status) == 0 else { return nil }
            inode = UInt(status.st_ino)
            changed = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
        }
    }

    /// Whether `fd` still is the file that it was: its number may have been given to another meanwhile.
    private func isOpen(_ fd: Int32, _ file: FileIdentity?) -> Bool { FileIdentity(fd) == file }

    private func file(_ bytes: [UInt8]) throws -> Int32 {
        let path = TemporaryPath.next("file")
        let fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(fd >= 0)
        unlink(path)
        var written = 0
        while written < bytes.count {
            written += bytes.withUnsafeBytes { write(fd, $0.baseAddress! + written, bytes.count - written) }
        }
        return fd
    }

    @Test("5 MiB in order, with bytes before and after", arguments: IOBackend.allCases, [false, true])
    func inOrder(backend: IOBackend, isSlow: Bool) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let bytes = pattern(5 << 20)
        let fd = try file(bytes)
        let identity = FileIdentity(fd)
        let before = pattern(100_000, seed: 2)
        let peer = try harness.connect { loop, socket in
            if isSlow { setBuffer(socket, SO_SNDBUF, 8_192) }
            let stream = RecordingStream(loop, socket, events)
            before.withUnsafeBytes { stream.write($0) }
            stream.sendFile(fd, offset: 1000, length: bytes.count - 2000, closing: false)
            stream.write("after")
            stream.sendFile(fd, offset: 0, length: 10, closing: false)
            stream.sendFile(fd, offset: 10, length: 1)
            return stream
        }
        let expected = before + bytes[1000..<(bytes.count - 1000)] + Array("after".utf8) + bytes[0..<11]
        let isSame = peer.receive(expected.count) == expected
        #expect(isSame)
        #expect(events.wait { $0 == [.drained] })
        // The last one closed it.
        #expect(!isOpen(fd, identity))
    }

    @Test("a file shorter than promised fails the stream", arguments: IOBackend.allCases)
    func truncated(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let fd = try file(pattern(1000))
        let identity = FileIdentity(fd)
        let peer = try harness.connect { loop, socket in
            let stream = RecordingStream(loop, socket, events)
            stream.sendFile(fd, offset: 0, length: 1001)
            return stream
        }
        #expect(peer.receiveToEnd() == pattern(1000))
        #expect(events.wait { $0 == [.failed(EIO), .closed] })
        #expect(!isOpen(fd, identity))
    }

    @Test("a file that is not sent any more is closed", arguments: IOBackend.allCases)
    func dropped(backend: IOBackend) throws {
        let events = Probe<[Event]>([])
        let harness = try Harness(backend)
        let fd = try file(pattern(5 << 20))
        let identity = FileIdentity(fd)
        let peer = try harness.connect { loop, socket in
            setBuffer(socket, SO_SNDBUF, 8_192)
            let stream = RecordingStream(loop, socket, events)
            stream.sendFile(fd, offset: 0, length: 5 << 20)
            return stream
        }
        #expect(peer.receive(1000).count == 1000)
        #expect(isOpen(fd, identity))
        try harness.on { loop in loop.forEachStream { $0.close() } }
        #expect(events.wait { $0 == [.closed] })
        try harness.awaitStreamCount(0)
        #expect(!isOpen(fd, identity))
    }
}
