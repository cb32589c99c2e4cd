import Glibc

/// Where the log thread writes: a descriptor, or the journal's socket with the descriptor to fall back on. It blocks.
struct LogOutput {
    /// Where journald listens for its native protocol.
    static let journalPath = "/run/systemd/journal/socket"

    private let descriptor: Int32
    private let journalAddress: sockaddr_un
    private var journal: Int32 = -1
    /// Writes that failed and were given up.
    private(set) var failures = 0

    /// - Parameter descriptor: borrowed; it is not closed.
    init(descriptor: Int32, journalPath: String = LogOutput.journalPath) {
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: journalPath.utf8.prefix($0.count - 1)) }
        journalAddress = address
    }

    /// Writes bytes to the descriptor, all of them or as many as it takes before it fails.
    mutating func write(_ bytes: [UInt8]) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Another process may have made the terminal or pipe that it shares with us non-blocking.
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, 1000)
            } else if errno != EINTR {
                failures += 1
                return
            }
        }
    }

    /// Sends one datagram to the journal; false when it does not take it.
    mutating func sendToJournal(_ bytes: [UInt8]) -> Bool {
        if journal < 0 { journal = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }
        guard journal >= 0 else { return false }
        var address = journalAddress
        while true {
            let count = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    sendto(
                        journal, bytes, bytes.count, Int32(MSG_NOSIGNAL), address,
                        socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if count >= 0 { return true }
            if errno != EINTR { return false }
        }
    }

    /// Closes the journal's socket. The descriptor is not ours.
    mutating func close() {
        if journal >= 0 { Glibc.close(journal) }
        journal = -1
    }
}
