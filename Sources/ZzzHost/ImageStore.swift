import Glibc

/// The directory of private copies, NAME-GENERATION.so, from which apps are loaded.
///
/// A copy is needed because the dynamic linker loads neither a path nor an inode twice (dlopen(3)), and because nobody
/// may write to a file whose pages are mapped. A copy is kept while its generation runs, drains, or is the one to roll
/// back to: debuggers and crash reports read it. It is removed afterwards; the pages stay mapped.
public struct ImageStore: Sendable {
    /// Where the copies are.
    public var directory: String { own.path }

    private let own: ImageDirectory

    /// Makes a directory for this process, and removes what earlier ones left.
    ///
    /// - Parameters:
    ///   - candidates: directories in the order of preference. The first is taken that lets code be mapped (Debian
    ///   mounts
    ///     /run with `noexec`). One on a memory file system is taken only when there is no other: the whole of each
    ///     copy would stay in memory for as long as its image is mapped, which is for good.
    ///   - appsDirectory: never taken, whatever it is called, since its files are not ours to remove.
    /// - Throws: `AppError` when none can be used; it names them all.
    public init(candidates: [String], appsDirectory: String) throws(AppError) {
        try self.init(
            candidates: candidates, appsDirectory: appsDirectory, isExecutable: Self.isExecutable,
            isMemory: FileSystemType.isMemory)
    }

    init(
        candidates: [String], appsDirectory: String, isExecutable: (_ path: String) -> Bool = { _ in true },
        isMemory: (_ path: String) -> Bool = { _ in false }
    ) throws(AppError) {
        var failures: [String] = []
        var usable: [String] = []
        for candidate in candidates {
            if Self.isSameDirectory(candidate, appsDirectory) {
                failures.append("\(candidate) is the apps directory")
            } else if let failure = Self.prepare(candidate, isExecutable) {
                failures.append(failure)
            } else {
                usable.append(candidate)
                if !isMemory(candidate) { break }
            }
        }
        guard let chosen = usable.last(where: { !isMemory($0) }) ?? usable.first else {
            throw AppError(
                .environment, reason: "no directory for the copies of apps: " + failures.joined(separator: "; "),
                remedy: "set paths.runtime or paths.state to a directory that the daemon may write to, "
                    + "on a file system that is not mounted noexec")
        }
        do throws(SystemError) {
            own = try ImageDirectory(in: Self.resolved(chosen))
        } catch {
            throw AppError(
                .environment, reason: "no directory for the copies of apps: \(error)",
                remedy: "let the daemon write to it")
        }
    }

    /// The process ends: its copies are of no more use.
    func removeAll() { own.remove() }

    /// The path of a copy. Generations of one app never share one.
    func path(app: String, generation: UInt64) -> String {
        "\(directory)/\(app)-\(generation).so"
    }

    func remove(_ path: String) {
        unlink(path)
    }

    /// Whether two files have the same bytes; false when one of them cannot be read.
    static func haveSameContent(_ first: String, _ second: String) -> Bool {
        // `try?`: the answer only decides which of two copies is kept.
        guard let left = try? Descriptor.open(first, O_RDONLY), let right = try? Descriptor.open(second, O_RDONLY)
        else {
            return false
        }
        var leftPiece = [UInt8](repeating: 0, count: 256 << 10)
        var rightPiece = leftPiece
        while true {
            let leftCount = retryingOnInterrupt { read(left.number, &leftPiece, leftPiece.count) }
            let rightCount = retryingOnInterrupt { read(right.number, &rightPiece, rightPiece.count) }
            guard leftCount >= 0, leftCount == rightCount else { return false }
            guard leftCount > 0 else { return true }
            guard memcmp(leftPiece, rightPiece, leftCount) == 0 else { return false }
        }
    }

    /// nil when the directory is there, writable, and lets code be mapped; otherwise what is wrong.
    private static func prepare(_ path: String, _ isExecutable: (String) -> Bool) -> String? {
        if let error = makeDirectory(path) { return error.description }
        guard access(path, W_OK | X_OK) == 0 else { return SystemError("access", path).description }
        guard isExecutable(path) else { return "\(path) is on a file system mounted noexec" }
        return nil
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = statvfs()
        // ST_NOEXEC (statvfs(3)), which the Glibc module does not show. If it cannot be asked, dlopen will say.
        return statvfs(path, &status) != 0 || status.f_flag & 8 == 0
    }

    /// mkdir(2) for every missing part of the path.
    static func makeDirectory(_ path: String, mode: mode_t = 0o755) -> SystemError? {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/" + part
            guard mkdir(prefix, mode) != 0, errno != EEXIST else { continue }
            let error = SystemError("mkdir", prefix)
            var status = stat()
            // A parent may exist and refuse mkdir with EROFS or EACCES before it says EEXIST.
            guard stat(prefix, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return error }
        }
        return nil
    }

    /// The path without links, as /proc/self/maps has it.
    private static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func isSameDirectory(_ first: String, _ second: String) -> Bool {
        guard let left = FileIdentity(path: first), let right = FileIdentity(path: second) else { return false }
        return left.device == right.device && left.inode == right.inode
    }
}

/// Reading directories.
enum Directory {
    /// The names in a directory but "." and "..", sorted by bytes; nil when it cannot be read (errno says why).
    static func names(in path: String) -> [String]? {
        guard let stream = opendir(path) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
