import CFiles
import Glibc
import Synchronization

/// A file without a name: when it is closed, by whomever and however the process ends, nothing is left of it.
final class TemporaryFile: Sendable {
    /// -1 when it is closed. The lock is held while the descriptor is used, so that nobody uses its number when that
    /// stands for another file.
    private let descriptor: Mutex<Int32>

    private init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { close() }

    /// Makes one in the first of the directories where that is possible, readable by this user alone.
    static func create(in directories: [String]) throws(SystemError) -> TemporaryFile {
        var failure = SystemError("open", "")
        for directory in directories {
            do throws(SystemError) { return try create(in: directory) } catch { failure = error }
        }
        throw failure
    }

    private static func create(in directory: String) throws(SystemError) -> TemporaryFile {
        // O_TMPFILE (open(2)): the file never has a name.
        let unnamed = open(directory, Int32(ZZZ_FILES_O_TMPFILE) | O_RDWR | O_CLOEXEC, 0o600)
        if unnamed >= 0 { return TemporaryFile(unnamed) }
        guard errno == EOPNOTSUPP || errno == EISDIR else { throw SystemError("open", directory) }
        // A file system that cannot do that: it has a name for a moment.
        let path = "\(directory)/.upload-\(UInt64.random(in: .min ... .max))"
        let named = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard named >= 0 else { throw SystemError("open", path) }
        unlink(path)
        return TemporaryFile(named)
    }

    /// Calls `work` with the descriptor, which is valid for the call. Throws ``MisuseError`` when the file is closed.
    func withDescriptor<Result>(_ work: (Int32) throws -> Result) throws -> Result {
        try descriptor.withLock { descriptor in
            guard descriptor >= 0 else { throw MisuseError("an upload is used after the end of its request") }
            return try work(descriptor)
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        try withDescriptor { descriptor in
            var rest = bytes
            while !rest.isEmpty {
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw SystemError("write", "a temporary file") }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }
}
