import Glibc
import Testing

@testable import ZzzIO

@Suite("Choice of the backend")
struct BackendTests {
    private func configuration(
        _ choice: IOBackendChoice, _ seam: LoopConfiguration.RingSeam = .kernel
    ) -> LoopConfiguration {
        var configuration = LoopConfiguration()
        configuration.backend = choice
        configuration.ringSeam = seam
        return configuration
    }

    @Test("io_uring refused: epoll, and why", arguments: [
        (EPERM, "Operation not permitted (EPERM)"), (ENOSYS, "Function not implemented (ENOSYS)"),
        (ENOMEM, "Cannot allocate memory (ENOMEM)"),
    ])
    func refused(errno: Int32, text: String) throws {
        let loop = try Loop(configuration: configuration(.ioUring, .refused(errno)))
        #expect(loop.backend == .epoll)
        #expect(loop.backendReason == "epoll: io_uring was asked for, but is not to be had: io_uring_setup: \(text)")
        try expectEcho(configuration(.ioUring, .refused(errno)))
    }

    @Test("no provided buffer rings: epoll, and why")
    func withoutBufferRings() throws {
        let loop = try Loop(configuration: configuration(.ioUring, .withoutBufferRings))
        #expect(loop.backend == .epoll)
        #expect(loop.backendReason.hasSuffix("io_uring_register of a buffer ring: Invalid argument (EINVAL)"))
    }

    @Test("no multishot receive: single receives")
    func withoutMultishot() throws {
        let loop = try Loop(configuration: configuration(.ioUring, .withoutMultishot))
        #expect(loop.backend == .ioUring)
        #expect(loop.backendReason == "io_uring: configured; single receives")
        try expectEcho(configuration(.ioUring, .withoutMultishot))
    }

    @Test("the choices say what they picked")
    func choices() throws {
        #expect(try Loop(configuration: configuration(.epoll)).backend == .epoll)
        #expect(try Loop(configuration: configuration(.ioUring)).backendReason.hasPrefix("io_uring: configured"))
        #expect(try Loop(configuration: configuration(.auto)).backendReason.contains("auto"))
        #expect(IOBackendChoice(rawValue: "io_uring") == .ioUring)
    }

    /// Echoes 1 MiB on a loop of this configuration.
    private func expectEcho(_ configuration: LoopConfiguration) throws {
        let loop = try Loop(configuration: configuration)
        let remote = loop.remote
        let (peer, fd) = try Peer.pair()
        try EchoStream(loop: loop, fd: fd).start()
        let thread = try LoopThread(loop)
        let bytes = pattern(1 << 20)
        let writer = TestThread { peer.send(bytes) }
        let isSame = peer.receive(bytes.count) == bytes
        #expect(isSame)
        writer.join()
        remote.stop()
        thread.join()
    }
}
