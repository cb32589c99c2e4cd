import Glibc

/// A directory that goes with its owner. Its path is short, so that unix sockets fit into it (unix(7): 107 bytes).
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/zzz-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure.last("mkdtemp") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        Files.removeTree(path)
    }
}

/// The few things tests do with files.
enum Files {
    static func makeDirectory(_ path: String) throws {
        try check("mkdir \(path)", mkdir(path, 0o755))
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    static func read(_ path: String) throws -> [UInt8] {
        let file = try check("open \(path)", open(path, O_RDONLY | O_CLOEXEC))
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try check("read \(path)", Glibc.read(file, &buffer, buffer.count))
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try check("open \(path)", open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755))
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            written += try bytes[written...].withUnsafeBytes { rest in
                try check("write \(path)", Glibc.write(file, rest.baseAddress, rest.count))
            }
        }
    }

    static func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    /// Puts a whole file in place at once, as a deployment does: written beside and renamed.
    static func deploy(_ bytes: [UInt8], to path: String) throws {
        try write(bytes, to: path + ".new")
        try check("rename \(path)", rename(path + ".new", path))
    }

    static func remove(_ path: String) throws {
        try check("unlink \(path)", unlink(path))
    }

    /// Removes a directory and all below it, as far as that is possible.
    static func removeTree(_ path: String) {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            if entry.pointee.d_type == UInt8(DT_DIR) {
                removeTree(path + "/" + name)
            } else {
                unlink(path + "/" + name)
            }
        }
        closedir(directory)
        rmdir(path)
    }
}
