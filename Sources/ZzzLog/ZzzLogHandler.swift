import Logging

/// A swift-log handler that hands its records to a `LogWriter`.
///
/// The metadata `app` says which app a record is about; it takes the place of the logger's label.
public struct ZzzLogHandler: LogHandler {
    /// The metadata key that names an app.
    public static let appKey = "app"

    public var metadata: Logger.Metadata = [:] {
        didSet { own = OwnMetadata(metadata) }
    }
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let writer: LogWriter
    private var ownLevel: Logger.Level?
    private var own = OwnMetadata([:])

    /// The handler's own metadata as records have it: converted when it is set, not for each record.
    private struct OwnMetadata: Sendable {
        let app: String?
        /// Without `app`.
        let values: [(key: String, value: LogValue)]

        init(_ metadata: Logger.Metadata) {
            app = metadata[appKey].map { LogValue($0).text }
            values = metadata.filter { $0.key != appKey }.map { ($0.key, LogValue($0.value)) }
        }
    }

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
        var more = event.metadata ?? [:]
        if let metadataProvider { more.merge(metadataProvider.get()) { own, _ in own } }
        if let error = event.error { more["error"] = .string(String(describing: error)) }
        let app = more.removeValue(forKey: Self.appKey).map { LogValue($0).text } ?? own.app
        writer.append(
            LogRecord(
                time: LogClock.now(), level: event.level, source: app ?? label, isAboutApp: app != nil,
                message: Self.cut(event.message.description), metadata: flattened(with: more), file: event.file,
                function: event.function, line: event.line))
    }

    /// The handler's own and `more`, which comes first where both have a name. Sorted by name; without what goes beyond
    /// the limit, which is named instead.
    private func flattened(with more: Logger.Metadata) -> [(key: String, value: LogValue)] {
        var result: [(key: String, value: LogValue)] = []
        result.reserveCapacity(own.values.count + more.count)
        for (key, value) in more { result.append((key, LogValue(value))) }
        for (key, value) in own.values where more[key] == nil { result.append((key, value)) }
        result.sort { $0.key < $1.key }
        var cost = 0
        for (index, (key, value)) in result.enumerated() {
            cost += key.utf8.count + value.cost
            guard cost > LogRecord.metadataLimit else { continue }
            result.removeSubrange(index...)
            result.append(("metadata_cut", .string("at \(LogRecord.metadataLimit) bytes")))
            break
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
