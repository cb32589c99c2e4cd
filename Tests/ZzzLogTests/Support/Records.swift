import Logging
@testable import ZzzLog

/// 2026-11-22T12:24:00.123456789Z
let sampleTime: Int64 = 1_795_350_240_123_456_789

func record(
    _ message: String, level: Logger.Level = .warning, source: String = "blog", isAboutApp: Bool = true,
    metadata: [(key: String, value: LogValue)] = []
) -> LogRecord {
    LogRecord(
        time: sampleTime, level: level, source: source, isAboutApp: isAboutApp, message: message, metadata: metadata,
        file: "ZzzServer/Connection.swift", function: "close()", line: 42)
}

/// A record as a format writes it, without the line end.
func formatted(_ record: LogRecord, _ format: LogFormat) -> String {
    var buffer = LogBuffer()
    if format == .journal {
        JournalFormatter().format(record, into: &buffer)
    } else {
        var formatter = LogFormatter(format)
        formatter.append(record, to: &buffer)
    }
    return String(decoding: buffer.bytes.dropLast(), as: UTF8.self)
}

/// The texts of an access record.
struct AccessTexts {
    var method = "GET"
    var target = "/users/7?a=b"
    var host = "example.com"
    var app = "blog"
    var referer = ""
    var userAgent = "curl/8"

    /// Calls `body` with a record that has these texts.
    func withRecord<Result>(
        remote: AccessRemote = .ipv4(UInt32(0x7F00_0001).bigEndian, port: 5000), _ body: (AccessRecord) -> Result
    ) -> Result {
        var record = AccessRecord(time: sampleTime, duration: 1_234_567, status: 200, remote: remote)
        record.requestBytes = 5
        record.responseBytes = 13
        record.requestID = 99
        record.generation = 3
        return withBytes([method, target, host, app, referer, userAgent]) { texts in
            record.method = texts[0]
            record.target = texts[1]
            record.host = texts[2]
            record.app = texts[3]
            record.referer = texts[4]
            record.userAgent = texts[5]
            return body(record)
        }
    }

    private func withBytes<Result>(_ texts: [String], _ body: ([UnsafeRawBufferPointer]) -> Result) -> Result {
        let all = texts.flatMap { Array($0.utf8) }
        return all.withUnsafeBytes { bytes in
            var start = 0
            return body(
                texts.map { text in
                    defer { start += text.utf8.count }
                    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + text.utf8.count])
                })
        }
    }
}

/// The texts of a record that a ring gave out.
func texts(_ record: AccessRecord) -> [String] {
    [record.method, record.target, record.host, record.app, record.referer, record.userAgent]
        .map { String(decoding: $0, as: UTF8.self) }
}

/// An access record as a format writes it, without the line end.
func formatted(
    _ texts: AccessTexts, _ format: LogFormat, remote: AccessRemote? = nil,
    filter: ParameterFilter = ParameterFilter([])
) -> String {
    var buffer = LogBuffer()
    var formatter = AccessFormatter(format, filter)
    if let remote {
        texts.withRecord(remote: remote) { formatter.append($0, to: &buffer) }
    } else {
        texts.withRecord { formatter.append($0, to: &buffer) }
    }
    return String(decoding: buffer.bytes.dropLast(), as: UTF8.self)
}
