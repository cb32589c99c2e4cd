import CLinux
import Glibc

/// A system call that failed: "open /run/zzz/apps: Permission denied (EACCES)".
struct SystemError: Error, Equatable, CustomStringConvertible {
    let operation: String
    let code: Int32
    let subject: String

    /// Takes the code from errno: call it before anything else can change that.
    init(_ operation: String, _ subject: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
        self.subject = subject
    }

    /// "Permission denied (EACCES)"
    var text: String { Self.text(code) }

    var description: String { "\(operation) \(subject): \(text)" }

    static func text(_ code: Int32) -> String {
        let name = zzz_linux_errno_name(code).map { String(cString: $0) } ?? "error \(code)"
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let text = zzz_linux_errno_text(code, buffer.baseAddress, buffer.count) else { return name }
            return "\(String(cString: text)) (\(name))"
        }
    }
}

/// Repeats a system call that a signal interrupted (signal(7)).
@inline(__always)
func retryingOnInterrupt<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
