import Glibc
import Testing

/// A file that goes with the object.
final class TemporaryFile: Sendable {
    let path: String
    let count: Int

    init(_ bytes: [UInt8]) throws {
        path = "/tmp/zzz-server-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        count = bytes.count
        let file = Glibc.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        try #require(bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count)
    }

    deinit { unlink(path) }

    /// A descriptor, which is the caller's.
    func open() -> Int32 { Glibc.open(path, O_RDONLY | O_CLOEXEC) }

    func truncate(to count: Int) { Glibc.truncate(path, off_t(count)) }

    /// How many descriptors of this process are open on the file.
    var openDescriptors: Int {
        (0..<4_096).count { descriptor in
            var target = [UInt8](repeating: 0, count: 256)
            let length = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
            return length > 0 && String(decoding: target[..<length], as: UTF8.self) == path
        }
    }
}
