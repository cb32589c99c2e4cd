/// The readiness bits of epoll_ctl(2), which io_uring's polls share. Part of the kernel's ABI; Glibc gives them a type
/// that Swift has no operators for.
enum PollBits {
    @inline(__always) static var input: UInt32 { 0x001 }
    @inline(__always) static var output: UInt32 { 0x004 }
    @inline(__always) static var error: UInt32 { 0x008 }
    @inline(__always) static var hangUp: UInt32 { 0x010 }
    /// EPOLLEXCLUSIVE: of several epoll sets that watch one descriptor, wake one.
    @inline(__always) static var exclusive: UInt32 { 1 << 28 }
    /// EPOLLET: report a change, not a state.
    @inline(__always) static var edge: UInt32 { 1 << 31 }
}
