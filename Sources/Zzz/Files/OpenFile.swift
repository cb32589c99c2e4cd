import Glibc

/// An open regular file and what the kernel says about it. Closed with the last reference.
final class OpenFile: Sendable {
    let descriptor: Int32
    let metadata: FileMetadata

    /// Takes the descriptor over.
    init(_ descriptor: Int32, _ metadata: FileMetadata) {
        self.descriptor = descriptor
        self.metadata = metadata
    }

    /// Takes the descriptor over and looks at it: 404 for anything but a file.
    init(opened descriptor: Int32) throws {
        var status = stat()
        let isRead = fstat(descriptor, &status) == 0
        guard isRead, status.st_mode & S_IFMT == S_IFREG else {
            let failure = SystemError("fstat", "descriptor \(descriptor)")
            close(descriptor)
            if isRead { throw Abort(.notFound) }
            throw failure
        }
        self.descriptor = descriptor
        metadata = FileMetadata(status)
    }

    deinit { close(descriptor) }

    /// Reads a part of it, which must be there.
    func read(_ range: Range<Int64>) throws(SystemError) -> [UInt8] { try readFile(descriptor, range) }
}

/// Reads a part of a file, which must be there (pread(2)).
func readFile(_ descriptor: Int32, _ range: Range<Int64>) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, written in
        while written < range.count, let start = buffer.baseAddress {
            let place = off_t(range.lowerBound) + off_t(written)
            let count = pread(descriptor, start + written, range.count - written, place)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                // The file has become shorter.
                if count == 0 { errno = EIO }
                failure = SystemError("pread", "descriptor \(descriptor)")
                return
            }
            written += count
        }
    }
    if let failure { throw failure }
    return bytes
}

/// What tells one state of a file from another.
struct FileMetadata: Equatable, Sendable {
    var device: UInt64
    var inode: UInt64
    /// In bytes.
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
    var changed: Int64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Whether it was modified only just now: it may be once more, and the clock of the file system need not have
    /// ticked in between.
    var isYoung: Bool { WallClock.nanoseconds - modified < 1_000_000_000 }

    /// Seconds since 1970.
    var modifiedSeconds: Int64 { modified / 1_000_000_000 }
}
