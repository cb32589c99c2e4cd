import CLinux
import Glibc

/// A system call, or a request to this library, that the environment refused.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call, as its manual page names it: `bind`.
    public let operation: String
    /// The `errno` it left; 0 when no system call was made (an address that cannot be read, say).
    public let errno: Int32
    /// What it was done to, and what is wrong with that: `127.0.0.1:80`.
    public let subject: String

    /// An error of `operation` on `subject`.
    public init(operation: String, errno: Int32, subject: String = "") {
        self.operation = operation
        self.errno = errno
        self.subject = subject
    }

    /// An error of the call that was made last on this thread.
    static func last(_ operation: String, _ subject: String = "") -> SystemError {
        SystemError(operation: operation, errno: Glibc.errno, subject: subject)
    }

    /// `bind 127.0.0.1:80: Permission denied (EACCES)`
    public var description: String {
        let head = subject.isEmpty ? operation : "\(operation) \(subject)"
        return errno == 0 ? head : "\(head): \(SystemError.text(of: errno))"
    }

    /// `Permission denied (EACCES)`
    public static func text(of errno: Int32) -> String {
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            String(cString: zzz_linux_errno_text(errno, buffer.baseAddress!, buffer.count))
        }
        guard let name = zzz_linux_errno_name(errno) else { return text }
        return "\(text) (\(String(cString: name)))"
    }
}
