import CLinux
import CUring
import Glibc

/// Decides between the backends, by trying.
enum BackendProbe {
    struct Opened {
        var ring: UnsafeMutablePointer<Ring>?
        var epollFD: Int32
        var reason: String
    }

    static func open(_ configuration: LoopConfiguration) throws(SystemError) -> Opened {
        switch configuration.backend {
        case .epoll: return try openEpoll("epoll: configured")
        case .auto: return try openEpoll("epoll: auto; it works under every sandbox")
        case .ioUring:
            do throws(SystemError) {
                if case .refused(let errno) = configuration.ringSeam {
                    throw SystemError(operation: "io_uring_setup", errno: errno)
                }
                let ring = try Ring.setUp(configuration)
                let how = ring.pointee.usesMultishot ? "multishot receive" : "single receives"
                return Opened(ring: ring, epollFD: -1, reason: "io_uring: configured; \(how)")
            } catch {
                return try openEpoll("epoll: io_uring was asked for, but is not to be had: \(error)")
            }
        }
    }

    private static func openEpoll(_ reason: String) throws(SystemError) -> Opened {
        let fd = epoll_create1(Int32(EPOLL_CLOEXEC))
        if fd < 0 { throw .last("epoll_create1") }
        return Opened(ring: nil, epollFD: fd, reason: reason)
    }

    /// Whether the kernel does multishot receives (6.0): tried once, on a socket pair, because nothing else tells.
    static let hasMultishotReceive: Bool = {
        var io = io_uring()
        guard io_uring_queue_init(4, &io, 0) == 0 else { return false }
        defer { io_uring_queue_exit(&io) }
        var pair: (Int32, Int32) = (-1, -1)
        let made = withUnsafeMutableBytes(of: &pair) {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, $0.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        guard made == 0 else { return false }
        defer {
            close(pair.0)
            close(pair.1)
        }
        return receivesTwice(&io, pair.0, pair.1)
    }()

    private static func receivesTwice(_ io: inout io_uring, _ receiver: Int32, _ sender: Int32) -> Bool {
        let page = 4096
        guard let memory = mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0),
            memory != MAP_FAILED
        else { return false }
        defer { munmap(memory, 2 * page) }
        var registration = io_uring_buf_reg()
        registration.ring_addr = UInt64(UInt(bitPattern: memory))
        registration.ring_entries = 2
        guard io_uring_register_buf_ring(&io, &registration, 0) == 0 else { return false }
        let buffers = memory.assumingMemoryBound(to: io_uring_buf_ring.self)
        io_uring_buf_ring_init(buffers)
        for id in 0..<2 { zzz_uring_provide(buffers, memory + page + id * 64, 64, UInt16(id), 1) }
        guard let sqe = io_uring_get_sqe(&io) else { return false }
        zzz_uring_prep_receive(sqe, receiver, 1, 1)
        var byte: UInt8 = 0
        guard write(sender, &byte, 1) == 1, io_uring_submit_and_wait(&io, 1) >= 0, let cqe = zzz_uring_peek(&io) else {
            return false
        }
        return cqe.pointee.res == 1 && cqe.pointee.flags & UInt32(IORING_CQE_F_MORE) != 0
    }
}
