import Glibc
import ZzzConfig

/// The files that make up the configuration: the main file, then `conf.d/*.toml` beside it by name.
struct ConfigFiles {
    /// The largest file that is read.
    static let sizeLimit = ByteCount.mebibytes(4)

    /// The paths, in the order in which they count.
    private(set) var paths: [String] = []

    /// - Parameters:
    ///   - main: the main file.
    ///   - isRequired: whether it is an error that there is none.
    init(main: String, isRequired: Bool) throws(ConfigError) {
        if isRequired || access(main, F_OK) == 0 || errno != ENOENT { paths.append(main) }
        let directory = Self.directory(of: main) + "conf.d"
        for name in try Self.names(in: directory) where name.hasSuffix(".toml") && !name.hasPrefix(".") {
            paths.append(directory + "/" + name)
        }
    }

    /// The part of a path up to its last slash, that included.
    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    /// The names in a directory, in the order of their bytes; none when there is no directory.
    private static func names(in directory: String) throws(ConfigError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            let reason = String(cString: strerror(errno))
            throw ConfigError(at: SourceLocation(file: directory), "cannot be read: \(reason)")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // d_name is a C string in an array of a fixed size, within the entry that readdir owns.
            names.append(withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
        }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// All bytes of a file.
    static func contents(of path: String) throws(ConfigError) -> [UInt8] {
        func failure(_ message: String) -> ConfigError { ConfigError(at: SourceLocation(file: path), message) }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw failure("cannot be read: \(String(cString: strerror(errno)))")
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= sizeLimit.bytes else { throw failure("is larger than \(sizeLimit)") }
        }
    }
}
