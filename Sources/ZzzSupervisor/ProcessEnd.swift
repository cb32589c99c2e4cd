import Glibc

/// How a server process ended, in words for the log, for `systemctl status` and for `zzzctl status`.
public enum ProcessEnd: Equatable, Sendable, CustomStringConvertible {
    case exit(Int32)
    case signal(Int32)
    /// The supervisor has ended it with this signal, since it had hung.
    case hung(Int32)
    /// It could not be started at all.
    case notStarted(String)

    /// From the status that waitpid(2) gives; its macros are not visible to Swift.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .exit((waitStatus >> 8) & 0xFF) : .signal(signal)
    }

    /// The same, of a process that the supervisor has aborted.
    var afterHang: ProcessEnd {
        if case .signal(let number) = self { .hung(number) } else { self }
    }

    /// "SIGKILL (sent by somebody, or out of memory)"
    public var description: String {
        switch self {
        case .exit(let code): "exit status \(code)"
        case .signal(let number): Self.name(ofSignal: number)
        case .hung(let number): Self.name(ofSignal: number).prefix { $0 != " " } + " (it had hung, and was ended)"
        case .notStarted(let reason): reason
        }
    }

    /// What the supervisor's own exit status is when this is the end of everything; a shell adds 128 to a signal too.
    var exitStatus: Int32 {
        switch self {
        case .exit(let code): code
        case .signal(let number), .hung(let number): 128 + number
        case .notStarted: 1
        }
    }

    private static func name(ofSignal number: Int32) -> String {
        switch number {
        case SIGABRT: "SIGABRT (the allocator or a library gave up)"
        case SIGBUS: "SIGBUS (bad memory access)"
        case SIGFPE: "SIGFPE (bad arithmetic)"
        case SIGHUP: "SIGHUP"
        case SIGILL: "SIGILL (a trap)"
        case SIGINT: "SIGINT"
        case SIGKILL: "SIGKILL (sent by somebody, or out of memory)"
        case SIGSEGV: "SIGSEGV (bad memory access)"
        case SIGSYS: "SIGSYS (a forbidden system call)"
        case SIGTERM: "SIGTERM"
        case SIGTRAP: "SIGTRAP (a trap)"
        case SIGXCPU: "SIGXCPU (processor time is used up)"
        default: "signal \(number)"
        }
    }
}
