import Glibc

/// How records are written.
public enum LogFormat: Sendable, Equatable {
    /// A line for people; with colours for a terminal.
    case text(colour: Bool)
    /// One JSON object per line.
    case json
    /// Datagrams of the journal's native protocol.
    case journal

    /// What `format = "auto"` means here: the journal when `descriptor` is connected to it, else text, with colours
    /// on a terminal unless NO_COLOR is set.
    public static func automatic(descriptor: Int32 = STDERR_FILENO) -> LogFormat {
        if isJournal(descriptor, variable: variable("JOURNAL_STREAM")) { return .journal }
        return text(descriptor: descriptor)
    }

    /// Text, with colours when `descriptor` is a terminal and NO_COLOR is not set.
    public static func text(descriptor: Int32 = STDERR_FILENO) -> LogFormat {
        .text(colour: isatty(descriptor) == 1 && (variable("NO_COLOR") ?? "").isEmpty)
    }

    /// JOURNAL_STREAM is `DEVICE:INODE` of the journal's stream; it is inherited, so it counts only when the descriptor
    /// still is that stream (systemd.exec(5)).
    static func isJournal(_ descriptor: Int32, variable: String?) -> Bool {
        var status = stat()
        guard let variable, fstat(descriptor, &status) == 0 else { return false }
        return variable == "\(status.st_dev):\(status.st_ino)"
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
