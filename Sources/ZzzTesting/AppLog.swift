import Logging
import Synchronization
import Zzz

/// One record that the app has logged, or the server about it.
public struct LogEntry: Sendable, Hashable, CustomStringConvertible {
    public let level: LogLevel
    public let message: String
    public let fields: [String: String]

    /// "warning: no such order (order=7)"
    public var description: String {
        let fields = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
        return "\(level): \(message)" + (fields.isEmpty ? "" : " (\(fields))")
    }
}

/// What an app has logged since it was made.
final class AppLog: Sendable {
    /// The most records that are kept: the last ones.
    static let capacity = 10_000

    private struct State {
        var entries: [LogEntry] = []
        /// How many there were before `entries`.
        var dropped = 0
    }

    private let state = Mutex(State())

    var entries: [LogEntry] { state.withLock { $0.entries } }

    /// A place in the log.
    var end: Int { state.withLock { $0.dropped + $0.entries.count } }

    func entries(since place: Int) -> [LogEntry] {
        state.withLock { Array($0.entries.dropFirst(place - $0.dropped)) }
    }

    func add(_ level: LogLevel, _ message: String, _ fields: [String: String]) {
        state.withLock { state in
            state.entries.append(LogEntry(level: level, message: message, fields: fields))
            guard state.entries.count > Self.capacity else { return }
            // Many at once, so that it costs little for each.
            state.entries.removeFirst(Self.capacity / 2)
            state.dropped += Self.capacity / 2
        }
    }

    /// Through which the host writes here. Every level is kept.
    func logger() -> Logging.Logger {
        var logger = Logging.Logger(label: "app") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let log: AppLog
        var metadata: Logging.Logger.Metadata = [:]
        var logLevel = Logging.Logger.Level.trace

        subscript(metadataKey key: String) -> Logging.Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            var fields: [String: String] = [:]
            for (name, value) in event.metadata ?? [:] { fields[name] = "\(value)" }
            log.add(LogLevel(event.level), "\(event.message)", fields)
        }
    }
}

/// What is logged from now on.
struct AppLogSlice: Sendable {
    private let log: AppLog
    private let start: Int

    init(_ log: AppLog) {
        self.log = log
        start = log.end
    }

    /// The records that matter, for the end of a message: "" for none.
    var report: String {
        let entries = log.entries(since: start).filter { $0.level >= .info }
        return entries.isEmpty ? "" : "\n\nlogged meanwhile:\n" + entries.map(\.description).joined(separator: "\n")
    }
}

extension LogLevel {
    init(_ level: Logging.Logger.Level) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}
