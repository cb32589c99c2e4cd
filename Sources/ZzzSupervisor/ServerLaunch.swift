import CLinux
import Glibc

/// Starts a server process: what it runs, what it inherits, what it is told in its environment.
struct ServerLaunch {
    /// The variables between the two sides; `SupervisorLink` takes them out again.
    enum Variable {
        static let link = "ZZZ_SUPERVISOR_LINK"
        static let pid = "ZZZ_SUPERVISOR_PID"
        static let sockets = "ZZZ_SUPERVISOR_SOCKETS"
        static let program = "ZZZ_SUPERVISOR_PROGRAM"
        static let restarts = "ZZZ_SUPERVISOR_RESTARTS"
        static let lastEnd = "ZZZ_SUPERVISOR_LAST_END"
        static let lastEndTime = "ZZZ_SUPERVISOR_LAST_END_TIME"
        static let followsGood = "ZZZ_SUPERVISOR_FOLLOWS_GOOD"
        static let isBeside = "ZZZ_SUPERVISOR_BESIDE"
        static let watchdog = "WATCHDOG_USEC"
    }

    let program: String
    /// With its own name first.
    let arguments: [String]
    /// "NAME=value"
    var environment: [String]
    let sockets: [DescriptorStore.Entry]

    struct Failure: Error {
        let reason: String
    }

    /// Starts it. Of this process's descriptors it gets the standard ones, the link and the sockets, under the numbers
    /// they have here.
    func run() throws(Failure) -> (pid: pid_t, link: LinkSocket) {
        guard let (ours, theirs) = LinkSocket.pair() else {
            throw Failure(reason: "socketpair: \(String(cString: strerror(errno)))")
        }
        defer { close(theirs.descriptor) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // To itself: it loses FD_CLOEXEC in the child (posix_spawn_file_actions_adddup2(3)).
        for number in [theirs.descriptor] + sockets.map(\.descriptor) {
            posix_spawn_file_actions_adddup2(&actions, number, number)
        }
        let told = environment + [
            "\(Variable.link)=\(theirs.descriptor)", "\(Variable.pid)=\(getpid())",
            "\(Variable.sockets)=" + sockets.map { "\($0.descriptor)=\($0.name)" }.joined(separator: ":"),
        ]
        var pid: pid_t = 0
        // A process group of its own, so that Ctrl-C reaches it once, through the supervisor. The signals that stop a
        // daemon stay blocked until it takes them from a descriptor: one that comes early is not lost.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&blocked, signal) }
        let code = CStrings.with(arguments) { argv in
            CStrings.with(told) { envp in zzz_linux_spawn(&pid, program, &actions, &blocked, 1, argv, envp) }
        }
        guard code == 0 else {
            close(ours.descriptor)
            throw Failure(reason: "\(program): \(String(cString: strerror(code)))")
        }
        return (pid, ours)
    }
}

/// The program that this process runs.
enum OwnProgram {
    private static let link = "/proc/self/exe"

    /// Its path, as it was when the process began.
    static func path() -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(link, &buffer, buffer.count - 1)
        guard count > 0 else { return link }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the file at `path` is what this process runs.
    static func isAt(_ path: String) -> Bool {
        var own = stat()
        var other = stat()
        guard stat(link, &own) == 0, stat(path, &other) == 0 else { return false }
        return own.st_dev == other.st_dev && own.st_ino == other.st_ino
    }

    /// What to execute to run the same program again, also when another file is at its path by now. The path is better,
    /// since it names the process for ps(1).
    static func executable(_ path: String) -> String { isAt(path) ? path : link }
}

/// Arrays of C strings.
enum CStrings {
    static func with<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return body(&pointers)
    }

    /// This process's variables, as "NAME=value".
    static var environment: [String] {
        var variables: [String] = []
        var next = environ
        while let variable = next.pointee {
            variables.append(String(cString: variable))
            next += 1
        }
        return variables
    }
}
