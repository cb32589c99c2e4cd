import Glibc
import ZzzControl
import ZzzJSON

/// Where results and complaints go.
enum Output {
    /// Writes to standard output; a reader that went away, as `head` does, ends the program.
    static func write(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    /// Writes to standard error.
    static func complain(_ text: String) {
        write(text, to: STDERR_FILENO)
    }

    /// Says why a command failed: the reason on one line, the remedy on the next. With `json` the error is also printed
    /// on standard output, where a script expects JSON.
    static func complain(_ failure: CommandFailure, json: Bool) {
        if json, let text = try? Self.json(JSONErrorReport(error: failure.error)) {  // Strings can always be written.
            write(text)
        }
        var text = "zzzctl: \(TextTable.printable(failure.error.message))\n"
        if let remedy = failure.error.remedy { text += "  remedy: \(TextTable.printable(remedy))\n" }
        complain(text)
    }

    /// A value as indented JSON with a line end.
    static func json(_ value: some Encodable) throws(CommandFailure) -> String {
        do {
            return String(decoding: try JSONBytesEncoder(format: .pretty).encode(value), as: UTF8.self) + "\n"
        } catch {
            throw CommandFailure(
                .failed, ControlError(.internalError, "the result cannot be written as JSON: \(error)"))
        }
    }

    private struct JSONErrorReport: Encodable {
        var error: ControlError
    }

    private static func write(_ text: String, to file: Int32) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 { written += count } else if errno != EINTR { return }
        }
    }
}
