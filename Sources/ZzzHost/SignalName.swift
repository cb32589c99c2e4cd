import Glibc
import ZzzServer

/// Signals in words.
public enum SignalName {
    /// "SIGILL"
    public static func of(_ signal: Int32) -> String {
        switch signal {
        case SIGILL: "SIGILL"
        case SIGTRAP: "SIGTRAP"
        case SIGABRT: "SIGABRT"
        case SIGSEGV: "SIGSEGV"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        case SIGKILL: "SIGKILL"
        case SIGSYS: "SIGSYS"
        case SIGXCPU: "SIGXCPU"
        case SIGTERM: "SIGTERM"
        default: "signal \(signal)"
        }
    }

    /// "SIGILL", or "endless loop"
    public static func of(_ kind: AppFault.Kind) -> String {
        switch kind {
        case .signal(let signal): of(signal)
        case .endlessLoop: "endless loop"
        }
    }

    /// What a fault of that kind in Swift code mostly is.
    public static func meaning(_ fault: AppFault) -> String {
        switch fault.kind {
        case .signal(SIGILL), .signal(SIGTRAP): "trap: a precondition, fatalError, overflow, index or nil unwrap"
        case .signal(SIGABRT): "abort: a failed cast, a dead unowned reference, or assert"
        case .signal(SIGFPE): "arithmetic: a division by zero"
        case .signal(SIGSEGV) where fault.isStackOverflow: "stack overflow: a recursion without an end"
        case .signal(SIGSEGV): "memory: an address that is not mapped, or not writable"
        case .signal(SIGBUS): "memory: an address with nothing behind it, such as a file that was cut"
        case .signal: "a fatal signal"
        case .endlessLoop: "endless loop: still computing after its time was over"
        }
    }
}
