import Logging

/// A swift-log handler that hands its records to a `LogWriter`.
///
/// The metadata `app` says which app a record is about; it takes the place of the logger's label.
public struct ZzzLogHandler: LogHandler {
    /// The metadata key that names an app.
    public static let appKey = "app"

    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let writer: LogWriter
    private var ownLevel: Logger.Level?

    init(label: String, writer: LogWriter) {
        self.label = label
        self.writer = writer
    }

    /// The level set on this handler, or that of the writer.
    public var logLevel: Logger.Level {
        get { ownLevel ?? writer.level }
        set { ownLevel = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let metadataProvider { all.merge(metadataProvider.get()) { $1 } }
        if let more = event.metadata { all.merge(more) { $1 } }
        if let error = event.error { all["error"] = .string(String(describing: error)) }
        let app = all.removeValue(forKey: Self.appKey).map { LogValue($0).text }
        writer.append(
            LogRecord(
                time: LogClock.now(), level: event.level, source: app ?? label, isAboutApp: app != nil,
                message: Self.cut(event.message.description), metadata: Self.flattened(all), file: event.file,
                function: event.function, line: event.line))
    }

    /// Sorted by name; without what goes beyond the limit, which is named instead.
    private static func flattened(_ metadata: Logger.Metadata) -> [(key: String, value: LogValue)] {
        var result: [(key: String, value: LogValue)] = []
        var cost = 0
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            let value = LogValue(value)
            cost += key.utf8.count + value.cost
            guard cost <= LogRecord.metadataLimit else {
                result.append(("metadata_cut", .string("at \(LogRecord.metadataLimit) bytes")))
                break
            }
            result.append((key, value))
        }
        return result
    }

    private static func cut(_ message: String) -> String {
        guard message.utf8.count > LogRecord.messageLimit else { return message }
        // A character that the cut goes through becomes U+FFFD.
        return String(decoding: message.utf8.prefix(LogRecord.messageLimit), as: UTF8.self)
            + "… (\(message.utf8.count) bytes)"
    }
}
