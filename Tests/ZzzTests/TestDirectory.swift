import Glibc

@testable import Zzz

/// A directory that goes with its owner.
final class TestDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/zzz-sdk-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", "/tmp") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard name != ".", name != ".." else { continue }
                if entry.pointee.d_type == UInt8(DT_DIR) {
                    remove(path + "/" + name)
                } else {
                    unlink(path + "/" + name)
                }
            }
            closedir(directory)
        }
        rmdir(path)
    }

    /// Writes a file, and the directories that its name needs, and returns its path. It was modified at noon of the
    /// first of June 2024, plus `later` seconds.
    @discardableResult
    func write(_ name: String, _ contents: String, later: Int = 0) throws -> String {
        var parent = path
        for part in name.split(separator: "/").dropLast() {
            parent += "/" + part
            mkdir(parent, 0o755)
        }
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw SystemError("open", file) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, contents, contents.utf8.count) == contents.utf8.count else {
            throw SystemError("write", file)
        }
        try touch(name, later: later)
        return file
    }

    /// 2024-06-01T12:00:00Z
    static let noon = 1_717_243_200

    func touch(_ name: String, later: Int = 0) throws {
        let time = timespec(tv_sec: Self.noon + later, tv_nsec: 0)
        guard utimensat(AT_FDCWD, path + "/" + name, [time, time], 0) == 0 else { throw SystemError("utimensat", name) }
    }

    func link(_ name: String, to target: String) throws {
        guard symlink(target, path + "/" + name) == 0 else { throw SystemError("symlink", name) }
    }

    /// The names of what is in it.
    func names() -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }
}
