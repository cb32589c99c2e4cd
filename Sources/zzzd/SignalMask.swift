import CLinux
import Glibc

/// The signals that the daemon takes from a descriptor instead of being interrupted by them.
enum SignalMask {
    private static let signals = [SIGTERM, SIGINT, SIGHUP]
    nonisolated(unsafe) private static var fileDescriptor: Int32 = -1  // written once, by the main thread

    private static func set() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }

    /// Before the first thread is made: threads inherit the mask. A write to a closed socket is an error, not SIGPIPE.
    static func blockForAllThreads() {
        var set = set()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// A non-blocking descriptor that is readable when one of the signals has come; -1 with errno set.
    static func descriptor() -> Int32 {
        var set = set()
        fileDescriptor = signalfd(-1, &set, Int32(SFD_NONBLOCK) | Int32(SFD_CLOEXEC))
        return fileDescriptor
    }

    /// The next signal that has come.
    static func next() -> Int32? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard read(fileDescriptor, &info, size) == size else { return nil }
        return Int32(info.ssi_signo)
    }
}
