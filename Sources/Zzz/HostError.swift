import ZzzAppABI

/// A refusal by the daemon: a status of the contract and the daemon's own sentence about it.
public struct HostError: Error, Sendable, CustomStringConvertible {
    /// What was asked for: "respond", "route".
    public let operation: String
    /// The status, negative: `ZZZ_ERROR_INVALID` and so on.
    public let code: Int32
    /// The daemon's words.
    public let message: String

    public var description: String {
        message.isEmpty ? "\(operation): refused with status \(code)" : "\(operation): \(message)"
    }

    /// Whether the request, loop or timer had ended: the client left, usually.
    public var isGone: Bool { code == Int32(ZZZ_ERROR_GONE) }

    init(_ operation: String, code: Int32, message: String = "") {
        self.operation = operation
        self.code = code
        self.message = message
    }
}

/// The statuses as the plain integers that functions return.
enum HostStatus {
    static let ok = Int32(ZZZ_OK)
    static let wait = Int32(ZZZ_WAIT)
    static let invalid = Int32(ZZZ_ERROR_INVALID)
    static let state = Int32(ZZZ_ERROR_STATE)
    static let gone = Int32(ZZZ_ERROR_GONE)
    static let thread = Int32(ZZZ_ERROR_THREAD)
    static let limit = Int32(ZZZ_ERROR_LIMIT)
    static let conflict = Int32(ZZZ_ERROR_CONFLICT)
    static let unsupported = Int32(ZZZ_ERROR_UNSUPPORTED)
    static let notFound = Int32(ZZZ_ERROR_NOT_FOUND)
    static let io = Int32(ZZZ_ERROR_IO)
    static let app = Int32(ZZZ_ERROR_APP)
}

/// Makes a call that reports through `zzz_error`, and throws what it reports.
///
/// The first try passes no error, so that success costs no buffer: a refused call has changed nothing, and is
/// repeated for its message.
@inline(__always)
func hostCall(
    _ operation: StaticString, _ call: (UnsafeMutablePointer<zzz_error>?) -> zzz_status
) throws(HostError) -> zzz_status {
    let status = call(nil)
    if status >= 0 { return status }
    return try explain(operation, call)
}

@inline(never)
private func explain(
    _ operation: StaticString, _ call: (UnsafeMutablePointer<zzz_error>?) -> zzz_status
) throws(HostError) -> zzz_status {
    var error = zzz_error()
    error.size = UInt32(MemoryLayout<zzz_error>.size)
    let status = call(&error)
    if status >= 0 { return status }
    throw HostError("\(operation)", code: status, message: error.text)
}

extension zzz_error {
    /// The message, up to its zero.
    var text: String {
        withUnsafeBytes(of: message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Writes a message, cut at a character's border when it is too long, and the status.
    mutating func fill(status: zzz_status, _ text: String) {
        self.status = status
        withUnsafeMutableBytes(of: &message) { bytes in
            var count = 0
            for scalar in text.unicodeScalars {
                let encoded = UTF8.encode(scalar)!
                guard count + encoded.count < bytes.count else { break }
                for byte in encoded {
                    bytes[count] = byte
                    count += 1
                }
            }
            bytes[count] = 0
        }
    }
}
