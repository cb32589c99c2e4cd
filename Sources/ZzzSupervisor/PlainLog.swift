import CLinux
import Glibc

/// The supervisor's own few lines on standard error, in the daemon's text form, or with a priority for the journal.
/// It knows no configuration, so it knows no other form.
struct PlainLog {
    enum Level: Equatable {
        case notice, warning, error, critical
    }

    /// JOURNAL_STREAM is there and standard error is that stream (systemd.exec(5)): the journal has the time itself.
    private let isJournal: Bool

    init() {
        var status = stat()
        let variable = getenv("JOURNAL_STREAM").map { String(cString: $0) }
        isJournal = fstat(STDERR_FILENO, &status) == 0 && variable == "\(status.st_dev):\(status.st_ino)"
    }

    func write(_ level: Level, _ message: String) {
        let (name, priority) =
            switch level {
            case .notice: ("NOTE ", 5)
            case .warning: ("WARN ", 4)
            case .error: ("ERROR", 3)
            case .critical: ("CRIT ", 2)
            }
        let text = message.contains { $0.isNewline } ? String(message.map { $0.isNewline ? " " : $0 }) : message
        // "<5>" is the priority of a line of a service's (sd-daemon(3)).
        let line = isJournal ? "<\(priority)>supervisor: \(text)\n" : "\(Self.now) \(name) supervisor: \(text)\n"
        let bytes = Array(line.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }

    /// `2026-11-22T12:24:00.123Z`
    private static var now: String {
        let nanoseconds = zzz_linux_realtime_ns()
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date = [
            padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1, 2), padded(Int(parts.tm_mday), 2),
        ]
        let clock = [padded(Int(parts.tm_hour), 2), padded(Int(parts.tm_min), 2), padded(Int(parts.tm_sec), 2)]
        let milliseconds = padded(Int(nanoseconds / 1_000_000 % 1000), 3)
        return date.joined(separator: "-") + "T" + clock.joined(separator: ":") + ".\(milliseconds)Z"
    }
}
