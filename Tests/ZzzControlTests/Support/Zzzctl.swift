import Glibc

/// Runs the real `zzzctl` of this build.
struct ZzzctlRun {
    var status: Int32
    var output: String
    var errors: String

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    /// - Parameter environment: the whole environment of the program.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        let own = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        let program = own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/zzzctl"
        let directory = try Scratch.directory()
        defer {
            unlink(directory + "/out")
            unlink(directory + "/err")
            rmdir(directory)
        }
        status = try Self.run(String(program), arguments, environment, directory)
        output = Self.text(directory + "/out")
        errors = Self.text(directory + "/err")
    }

    private static func run(
        _ program: String, _ arguments: [String], _ environment: [String: String], _ directory: String
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, directory + "/out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, directory + "/err", O_WRONLY | O_CREAT, 0o600)
        let libraries = getenv("LD_LIBRARY_PATH").map { ["LD_LIBRARY_PATH=" + String(cString: $0)] } ?? []
        let texts = libraries + environment.map { "\($0.key)=\($0.value)" }
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = texts.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, nil, words, variables)
        guard code == 0 else { throw Failure(call: "posix_spawn \(program)", code: code) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    private static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
