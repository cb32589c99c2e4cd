import Logging

/// Formats records in the journal's native protocol: `FIELD=value` lines, a datagram per record.
///
/// https://systemd.io/JOURNAL_NATIVE_PROTOCOL: a value with a line feed would need the protocol's binary form; values
/// are escaped, here as in the other formats, so none has one.
struct JournalFormatter {
    /// Replaces the buffer's content by a record's datagram.
    func format(_ record: LogRecord, into buffer: inout LogBuffer) {
        buffer.removeAll()
        buffer.append("PRIORITY=")
        buffer.append(record.level.priority)
        buffer.append("\nSYSLOG_IDENTIFIER=zzzd\nMESSAGE=")
        if record.isAboutApp {
            buffer.append(escaping: record.source, quotes: false)
            buffer.append(": ")
        }
        buffer.append(escaping: record.message, quotes: false)
        buffer.append(record.isAboutApp ? "\nZZZ_APP=" : "\nZZZ_LOGGER=")
        buffer.append(escaping: record.source, quotes: false)
        buffer.append("\nCODE_FILE=")
        buffer.append(escaping: record.file, quotes: false)
        buffer.append("\nCODE_FUNC=")
        buffer.append(escaping: record.function, quotes: false)
        buffer.append("\nCODE_LINE=")
        buffer.append(record.line)
        buffer.append("\n")
        for (key, value) in record.metadata {
            appendFieldName(key, to: &buffer)
            buffer.append("=")
            buffer.append(escaping: value.text, quotes: false)
            buffer.append("\n")
        }
    }

    /// Field names are upper-case letters, digits and underscores (journald drops fields with any other name), at most
    /// 64 bytes.
    private func appendFieldName(_ key: String, to buffer: inout LogBuffer) {
        buffer.append("ZZZ_")
        for byte in key.utf8.prefix(60) {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): buffer.append(byte: byte & ~0x20)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): buffer.append(byte: byte)
            default: buffer.append("_")
            }
        }
    }
}
