import Glibc

/// The few things that the app does with files.
enum Files {
    /// What a system call has refused.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ operation: String, _ path: String) {
            description = "\(operation) \(path): \(String(cString: strerror(errno)))"
        }
    }

    static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw Failure("mkdir", path) }
    }

    static func read(_ path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure("open", path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count >= 0 else { throw Failure("read", path) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Puts a whole file in place: whoever reads it sees the old one or the new one, also after the power was cut.
    static func replace(_ path: String, with bytes: [UInt8]) throws {
        let new = path + ".new"
        let file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw Failure("open", new) }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw Failure("write", new) }
            written += count
        }
        guard fsync(file) == 0 else { throw Failure("fsync", new) }
        guard rename(new, path) == 0 else { throw Failure("rename", new) }
    }

    /// Runs `body` while nobody else in any process has the lock on this file (flock(2)).
    static func withLock<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw Failure("open", path) }
        // Closing it gives the lock back.
        defer { close(file) }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else { throw Failure("flock", path) }
        }
        return try body()
    }

    static func remove(_ path: String) { unlink(path) }
}
