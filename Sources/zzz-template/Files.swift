import Glibc

/// A file that could not be read or written.
struct FileError: Error, CustomStringConvertible {
    let operation: String
    let path: String
    let code: Int32

    var description: String { "\(path): \(operation): \(String(cString: strerror(code)))" }
}

enum Files {
    /// The paths of all files below a folder, from there, in order. What begins with a point is left out.
    static func below(_ folder: String) throws(FileError) -> [String] {
        var files: [String] = []
        try collect(folder, "", depth: 0, into: &files)
        return files.sorted()
    }

    private static func collect(
        _ folder: String, _ prefix: String, depth: Int, into files: inout [String]
    ) throws(FileError) {
        // A link back to a folder around would go on for ever.
        guard depth < 32 else { throw FileError(operation: "open", path: folder, code: ELOOP) }
        guard let directory = opendir(folder) else { throw FileError(operation: "open", path: folder, code: errno) }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            let path = folder + "/" + name
            var status = stat()
            guard stat(path, &status) == 0 else { throw FileError(operation: "stat", path: path, code: errno) }
            if status.st_mode & S_IFMT == S_IFDIR {
                try collect(path, prefix + name + "/", depth: depth + 1, into: &files)
            } else {
                files.append(prefix + name)
            }
        }
    }

    static func read(_ path: String) throws(FileError) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw FileError(operation: "open", path: path, code: errno) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        guard ferror(file) == 0 else { throw FileError(operation: "read", path: path, code: errno) }
        return bytes
    }

    /// Makes a folder, and those around it, unless it is there.
    static func makeFolder(_ path: String) throws(FileError) {
        guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolder(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 { return }
        }
        throw FileError(operation: "mkdir", path: path, code: errno)
    }

    /// Makes a symbolic link to a file, in place of what is there.
    static func link(_ path: String, to file: String) throws(FileError) {
        guard let target = realpath(file, nil) else { throw FileError(operation: "realpath", path: file, code: errno) }
        defer { free(target) }
        unlink(path)
        guard symlink(target, path) == 0 else { throw FileError(operation: "symlink", path: path, code: errno) }
    }

    static func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 else { throw FileError(operation: "unlink", path: path, code: errno) }
    }

    /// Writes a file, unless it has this content already: what is compiled from it need not be compiled again then.
    static func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        if let old = try? read(path), old == bytes { return }
        guard let file = fopen(path, "we") else { throw FileError(operation: "open", path: path, code: errno) }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else {
            throw FileError(operation: "write", path: path, code: errno)
        }
    }
}
