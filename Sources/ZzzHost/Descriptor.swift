import Glibc

/// A file descriptor that is closed with its last use.
struct Descriptor: ~Copyable {
    let number: Int32

    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// open(2) with O_CLOEXEC.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemError) -> Descriptor {
        let number = retryingOnInterrupt { Glibc.open(path, flags | O_CLOEXEC, mode) }
        guard number >= 0 else { throw SystemError("open", path) }
        return Descriptor(owning: number)
    }

    /// socketpair(2), so that writing to an end whose other end is closed raises no SIGPIPE (MSG_NOSIGNAL).
    static func streamPair() throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError("socketpair", "a probe") }
        return DescriptorPair(ours: Descriptor(owning: ends[0]), theirs: Descriptor(owning: ends[1]))
    }
}

/// The two ends of a stream: one for this process, one for a child.
struct DescriptorPair: ~Copyable {
    let ours: Descriptor
    let theirs: Descriptor
}
