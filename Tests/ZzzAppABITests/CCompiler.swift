import Glibc

/// The machine's C and C++ compilers, run for a test.
struct CCompiler {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// A directory of its own for each use, removed by `remove`.
    let directory: String

    init() throws {
        var template = Array("/tmp/zzz-abi-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(description: "mkdtemp: \(errno)") }
        directory = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() {
        _ = try? Self.run(["rm", "-rf", directory])
    }

    func write(_ text: String, to name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try Self.write(text, to: path)
        return path
    }

    /// Compiles with warnings as errors, and returns the path of the result.
    func compile(_ source: String, language: String, standard: String, arguments: [String] = []) throws -> String {
        let output = source + ".out"
        let compiler = language == "c++" ? "clang++" : "clang"
        let status = try Self.run(
            [compiler, "-x", language, "-std=\(standard)", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
                + ["-I\(Self.includePath)", "-o", output, source] + arguments,
            output: output + ".log")
        guard status == 0 else { throw Failure(description: try Self.read(output + ".log")) }
        return output
    }

    /// Runs a program of the path, and returns its exit status.
    @discardableResult
    static func run(_ arguments: [String], output: String? = nil) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        var strings = arguments.map { strdup($0) } + [nil]
        defer { strings.forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawnp(&process, arguments[0], &actions, nil, &strings, environ)
        guard failure == 0 else { throw Failure(description: "\(arguments[0]): \(String(cString: strerror(failure)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure(description: "waitpid: \(errno)") }
        }
        return status
    }

    static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else {
            throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw Failure(description: "\(path): not written")
        }
    }

    // MARK: Where things are

    /// The package's root, two folders above this file's.
    static let root = String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined())
    static let includePath = root + "/Sources/ZzzAppABI/include"
    static let headerNames = [
        "base", "app", "http", "loop", "log", "config", "crypto", "store", "websocket", "channel", "pubsub", "presence",
    ]
    static var headers: [String] {
        get throws { try headerNames.map { try read("\(includePath)/zzz/\($0).h") } }
    }
}
