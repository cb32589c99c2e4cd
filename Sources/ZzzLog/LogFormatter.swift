import Logging

/// Formats records as text or JSON lines.
struct LogFormatter {
    private var clock = LogClock()
    private var isJSON: Bool
    private var hasColour: Bool

    init(_ format: LogFormat) {
        isJSON = format == .json
        hasColour = format == .text(colour: true)
    }

    /// Appends a record with its line end.
    mutating func append(_ record: LogRecord, to buffer: inout LogBuffer) {
        if isJSON { appendJSON(record, to: &buffer) } else { appendText(record, to: &buffer) }
        buffer.append("\n")
    }

    /// `2026-11-22T12:24:00.123Z WARN  blog: message key=value`
    private mutating func appendText(_ record: LogRecord, to buffer: inout LogBuffer) {
        clock.appendRFC3339(record.time, to: &buffer)
        buffer.append(" ")
        if hasColour { buffer.append(record.level.colour) }
        buffer.append(record.level.paddedName)
        if hasColour { buffer.append("\u{1B}[0m") }
        buffer.append(" ")
        buffer.append(escaping: record.source, quotes: false)
        buffer.append(": ")
        buffer.append(escaping: record.message, quotes: false)
        for (key, value) in record.metadata {
            buffer.append(" ")
            buffer.append(escaping: key, quotes: true)
            buffer.append("=")
            appendValue(value.text, to: &buffer)
        }
    }

    /// A value with a space, a quote or an equals sign, or an empty one, gets quotes, so that it can be read back.
    private func appendValue(_ text: String, to buffer: inout LogBuffer) {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && !"\"=\\".utf8.contains($0) }
        if !isPlain { buffer.append("\"") }
        buffer.append(escaping: text, quotes: true)
        if !isPlain { buffer.append("\"") }
    }

    private mutating func appendJSON(_ record: LogRecord, to buffer: inout LogBuffer) {
        buffer.append("{\"time\":\"")
        clock.appendRFC3339(record.time, to: &buffer)
        buffer.append("\",\"level\":\"")
        buffer.append(raw: record.level.rawValue)
        buffer.append(record.isAboutApp ? "\",\"app\":" : "\",\"logger\":")
        buffer.append(jsonString: record.source)
        buffer.append(",\"message\":")
        buffer.append(jsonString: record.message)
        buffer.append(",\"file\":")
        buffer.append(jsonString: record.file)
        buffer.append(",\"line\":")
        buffer.append(record.line)
        if !record.metadata.isEmpty {
            buffer.append(",\"metadata\":")
            appendJSON(.dictionary(record.metadata), to: &buffer)
        }
        buffer.append("}")
    }

    private func appendJSON(_ value: LogValue, to buffer: inout LogBuffer) {
        switch value {
        case .string(let text): buffer.append(jsonString: text)
        case .array(let values):
            buffer.append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { buffer.append(",") }
                appendJSON(value, to: &buffer)
            }
            buffer.append("]")
        case .dictionary(let values):
            buffer.append("{")
            for (index, (key, value)) in values.enumerated() {
                if index > 0 { buffer.append(",") }
                buffer.append(jsonString: key)
                buffer.append(":")
                appendJSON(value, to: &buffer)
            }
            buffer.append("}")
        }
    }
}

extension Logger.Level {
    /// The name in five columns.
    var paddedName: StaticString {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO "
        case .notice: "NOTE "
        case .warning: "WARN "
        case .error: "ERROR"
        case .critical: "CRIT "
        }
    }

    /// The terminal's colour for the level.
    var colour: StaticString {
        switch self {
        case .trace, .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .notice: "\u{1B}[36m"
        case .warning: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        case .critical: "\u{1B}[1;31m"
        }
    }

    /// The priority that syslog(3) gives the level.
    var priority: StaticString {
        switch self {
        case .trace, .debug: "7"
        case .info: "6"
        case .notice: "5"
        case .warning: "4"
        case .error: "3"
        case .critical: "2"
        }
    }
}
