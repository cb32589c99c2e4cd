import CLinux
import Glibc
import Synchronization

/// The keys of a listener's session tickets, in a file without a name that is in memory only (memfd_create(2)). The
/// supervisor keeps it beside the sockets, so that clients resume their sessions with the next process too.
final class TicketFile: Sendable {
    let descriptor: Int32
    /// The supervisor has it.
    let isKept: Atomic<Bool>

    /// Nil without memory or descriptors: then the keys end with the process.
    init?() {
        descriptor = zzz_linux_memory_file("zzz-tickets")
        isKept = Atomic(false)
        if descriptor < 0 { return nil }
    }

    /// The file of the process before this one. It is closed with this object.
    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        isKept = Atomic(true)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func read() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    /// What cannot be written is not there for the next process, which then makes keys of its own.
    func write(_ bytes: [UInt8]) {
        guard ftruncate(descriptor, off_t(bytes.count)) == 0 else { return }
        _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
}
