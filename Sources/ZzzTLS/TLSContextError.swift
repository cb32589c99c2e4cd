import COpenSSL
import Glibc

/// Why TLS options cannot be used: what is wrong, with which file, and what helps.
public struct TLSContextError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file or the option that is at fault.
    public let subject: String
    public let reason: String
    public let remedy: String

    public var description: String { "\(subject): \(reason); \(remedy)" }

    init(_ subject: String, _ reason: String, remedy: String) {
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    /// With what OpenSSL noted last on this thread.
    static func openSSL(_ subject: String, _ what: String, remedy: String) -> TLSContextError {
        let code = ERR_peek_last_error()
        let detail = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        ERR_clear_error()
        return TLSContextError(subject, detail.map { "\(what) (\($0))" } ?? what, remedy: remedy)
    }

    /// Throws unless the file can be read: OpenSSL's own words for that are less clear.
    static func checkReadable(_ path: String) throws(TLSContextError) {
        guard access(path, R_OK) != 0 else { return }
        throw TLSContextError(
            path, "cannot be read: \(String(cString: strerror(errno)))",
            remedy: "correct the path, or let the daemon's user read the file")
    }
}
