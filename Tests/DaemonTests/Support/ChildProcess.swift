import Glibc

/// A child process, with its output in files, so that nobody has to drain a pipe.
final class ChildProcess {
    let pid: pid_t
    private let output: String
    private let errors: String
    private var ended: ExitStatus?

    /// How a process ended.
    enum ExitStatus: Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// Starts `command`, a path and its arguments. Output goes to `name.out` and `name.err` in `directory`. The child
    /// gets `descriptor`, if any, as its number 3.
    init(
        _ command: [String], name: String, in directory: TemporaryDirectory, environment: [String: String] = [:],
        passing descriptor: Int32? = nil
    ) throws {
        output = directory.path + "/\(name).out"
        errors = directory.path + "/\(name).err"
        pid = try Self.spawn(
            command, output: output, errors: errors, environment: environment, passing: descriptor)
    }

    private static func spawn(
        _ command: [String], output: String, errors: String, environment: [String: String], passing passed: Int32?
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0o600)
        // The test runner may hold descriptors without close-on-exec; a daemon must not inherit them.
        if let passed { posix_spawn_file_actions_adddup2(&actions, passed, 3) }
        let firstClosed: Int32 = passed == nil ? 3 : 4
        for descriptor in firstClosed..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var arguments = command.map { strdup($0) } + [nil]
        var variables = inherited(environment).map { strdup("\($0)=\($1)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, &variables)
        guard status == 0 else { throw SystemFailure("\(command[0]): " + String(cString: strerror(status))) }
        return pid
    }

    /// What a command needs of this process's environment, with `more`: nothing that would steer the daemon or zzzctl.
    private static func inherited(_ more: [String: String]) -> [String: String] {
        var result = ["LANG": "C.UTF-8"]
        for name in ["PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"] {
            result[name] = Dist.environment(name)
        }
        return result.merging(more) { $1 }
    }

    deinit {
        guard ended == nil else { return }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    var standardOutput: String { (try? Files.text(output)) ?? "" }
    var standardError: String { (try? Files.text(errors)) ?? "" }

    func send(_ signal: Int32) throws {
        try check("kill \(pid)", kill(pid, signal))
    }

    /// How it ended, or nil while it runs.
    func poll() throws -> ExitStatus? {
        if let ended { return ended }
        var status: Int32 = 0
        guard try check("waitpid", waitpid(pid, &status, WNOHANG)) == pid else { return nil }
        // wait(2): the low seven bits are the signal, the next byte is the exit code.
        let signal = status & 0x7F
        ended = signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
        return ended
    }

    /// Waits for its end.
    func wait(within limit: Duration = .seconds(30)) throws -> ExitStatus {
        try eventually("the end of process \(pid); it wrote: \(standardError)", within: limit) { try poll() != nil }
        return ended!
    }
}

/// What a command that ran to its end left.
struct CommandResult {
    let status: ChildProcess.ExitStatus
    let output: String
    let errors: String

    /// Runs a command to its end.
    static func of(
        _ command: [String], in directory: TemporaryDirectory, environment: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) throws -> CommandResult {
        let child = try ChildProcess(command, name: "command", in: directory, environment: environment)
        let status = try child.wait(within: limit)
        return CommandResult(status: status, output: child.standardOutput, errors: child.standardError)
    }
}
