import Logging
import Synchronization

/// A log that tests read.
final class LogCollector: Sendable {
    struct Record: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
        let source: String
        let file: String
        let line: UInt
    }

    private let stored = Mutex<[Record]>([])

    var records: [Record] { stored.withLock { $0 } }

    func logger(_ level: Logger.Level = .trace) -> Logger {
        var logger = Logger(label: "test", factory: { _ in Handler(collector: self) })
        logger.logLevel = level
        return logger
    }

    private func add(_ record: Record) { stored.withLock { $0.append(record) } }

    private struct Handler: LogHandler {
        let collector: LogCollector
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(collector: LogCollector) { self.collector = collector }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            collector.add(
                Record(
                    level: event.level, message: "\(event.message)", metadata: all.mapValues { "\($0)" },
                    source: event.source, file: event.file, line: event.line))
        }
    }
}
