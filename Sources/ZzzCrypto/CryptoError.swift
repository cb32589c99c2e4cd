import COpenSSL

/// Why something cannot be computed: an argument is out of range, a key cannot be read, or OpenSSL has failed.
public struct CryptoError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was to be done: "digest", "public key".
    public let operation: String
    public let reason: String
    /// Whether an argument is at fault, rather than OpenSSL.
    public let isArgument: Bool

    public var description: String { "\(operation): \(reason)" }

    init(_ operation: String, _ reason: String, isArgument: Bool = true) {
        self.operation = operation
        self.reason = reason
        self.isArgument = isArgument
    }

    /// With what OpenSSL noted last on this thread, whose queue is empty afterwards.
    static func openSSL(_ operation: String, isArgument: Bool = false) -> CryptoError {
        let code = ERR_peek_last_error()
        let reason = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        ERR_clear_error()
        return CryptoError(operation, reason ?? "OpenSSL has failed", isArgument: isArgument)
    }
}
