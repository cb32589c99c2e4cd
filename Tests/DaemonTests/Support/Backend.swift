import Testing

/// The kernel interface that a daemon under test is told to use. Where the kernel refuses io_uring, the daemon falls
/// back to epoll, and both run over that.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case epoll
    case ioUring = "io_uring"

    var testDescription: String { rawValue }
}
