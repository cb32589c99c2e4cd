import Glibc

/// A system call that failed: with what, on what, and why.
public struct SystemError: Error, Sendable, CustomStringConvertible {
    /// "open"
    public let operation: String
    /// A path, for example.
    public let subject: String
    /// errno(3)
    public let code: Int32

    /// The failure that has just happened.
    init(_ operation: String, _ subject: String) {
        code = errno
        self.operation = operation
        self.subject = subject
    }

    /// "open /srv/x: No such file or directory"
    public var description: String { "\(operation) \(subject): \(String(cString: strerror(code)))" }
}
