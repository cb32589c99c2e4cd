import Glibc
import Logging

/// One log record, with everything that formatting needs: it is made on the thread that logs and read on the log
/// thread.
struct LogRecord: Sendable {
    /// Nanoseconds since 1970.
    var time: Int64
    var level: Logger.Level
    /// The app the record is about (the metadata `app`), else the logger's label.
    var source: String
    /// Whether `source` is an app.
    var isAboutApp: Bool
    var message: String
    /// In the order of their names, without `app`.
    var metadata: [(key: String, value: LogValue)]
    var file: String
    var function: String
    var line: UInt

    /// About how much memory the record holds, in bytes: what the queue's limit counts.
    var cost: Int {
        metadata.reduce(128 + message.utf8.count) { $0 + $1.key.utf8.count + $1.value.cost + 32 }
    }

    /// A longer message is cut, in bytes: it must fit a datagram to the journal together with its metadata.
    static let messageLimit = 64 << 10
    /// All metadata together beyond this is left out, in bytes.
    static let metadataLimit = 64 << 10
}

/// A metadata value that no longer refers to any object: what swift-log converts lazily is converted.
enum LogValue: Sendable {
    case string(String)
    case array([LogValue])
    case dictionary([(key: String, value: LogValue)])

    init(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .stringConvertible(let value): self = .string(value.description)
        case .array(let values): self = .array(values.map(LogValue.init))
        case .dictionary(let values):
            self = .dictionary(values.sorted { $0.key < $1.key }.map { ($0.key, LogValue($0.value)) })
        }
    }

    var cost: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .array(let values): values.reduce(0) { $0 + $1.cost + 32 }
        case .dictionary(let values): values.reduce(0) { $0 + $1.key.utf8.count + $1.value.cost + 32 }
        }
    }

    /// The value as one text, for formats without nesting.
    var text: String {
        switch self {
        case .string(let text): text
        case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
        case .dictionary(let values): "{" + values.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }
}
