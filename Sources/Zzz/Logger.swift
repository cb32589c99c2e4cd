import ZzzAppABI

/// How important a log record is.
public enum LogLevel: UInt32, Sendable, Comparable {
    case trace = 0
    case debug, info, notice, warning, error, critical

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// Writes to the daemon's log, which adds the app's name, its generation and, from ``Context/log``, the request's id.
/// Never blocks. The message is only made when its level is written.
///
/// ```swift
/// context.log.info("order placed", ["order": "\(order.id)"])
/// ```
public struct Logger: @unchecked Sendable {
    // The host's table is constant and [any]; the request's handle is only passed on, and the host recognises one
    // that has ended.
    let host: Host?
    let request: OpaquePointer?
    /// What ``RequestID`` has found: a field of each record.
    var requestID: String?

    /// The log of the app, for code outside a request. Writes nothing before the daemon has made the app.
    public static var process: Logger { Logger(host: Host.process, request: nil) }

    /// Whether records of that level are written now.
    public func isEnabled(_ level: LogLevel) -> Bool {
        guard let host, let log = host.log else { return false }
        return level.rawValue >= log.pointee.level(host.app)
    }

    public func trace(
        _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:],
        file: StaticString = #fileID, line: UInt = #line
    ) { write(.trace, message, fields, file, line) }

    public func debug(
        _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:],
        file: StaticString = #fileID, line: UInt = #line
    ) { write(.debug, message, fields, file, line) }

    public func info(
        _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:],
        file: StaticString = #fileID, line: UInt = #line
    ) { write(.info, message, fields, file, line) }

    public func notice(
        _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:],
        file: StaticString = #fileID, line: UInt = #line
    ) { write(.notice, message, fields, file, line) }

    public func warning(
        _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:],
        file: StaticString = #fileID, line: UInt = #line
    ) { write(.warning, message, fields, file, line) }

    public func error(
        _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:],
        file: StaticString = #fileID, line: UInt = #line
    ) { write(.error, message, fields, file, line) }

    public func critical(
        _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:],
        file: StaticString = #fileID, line: UInt = #line
    ) { write(.critical, message, fields, file, line) }

    private func write(
        _ level: LogLevel, _ message: () -> String, _ fields: KeyValuePairs<String, String>, _ file: StaticString,
        _ line: UInt
    ) {
        guard isEnabled(level) else { return }
        var list = FieldList()
        for (name, value) in fields { list.append(name, value) }
        write(level, message(), &list, file, line)
    }

    /// Writes a record of a level that is enabled.
    func write(
        _ level: LogLevel, _ message: String, _ list: inout FieldList, _ file: StaticString = #fileID,
        _ line: UInt = #line
    ) {
        guard let host, let log = host.log else { return }
        if let requestID { list.append("request_id", requestID) }
        message.withBytes { message in
            list.withHeaders { headers in
                withUnsafeTemporaryAllocation(of: zzz_log_field.self, capacity: headers.count) { fields in
                    for (index, header) in headers.enumerated() {
                        fields.initializeElement(at: index, to: zzz_log_field(name: header.name, value: header.value))
                    }
                    var record = zzz_log_record()
                    record.size = UInt32(MemoryLayout<zzz_log_record>.size)
                    record.level = level.rawValue
                    record.message = message
                    record.fields = UnsafePointer(fields.baseAddress)
                    record.field_count = UInt32(headers.count)
                    record.line = UInt32(truncatingIfNeeded: line)
                    record.file = zzz_bytes(file)
                    record.request = request
                    _ = log.pointee.write(host.app, &record)
                }
            }
        }
    }
}

extension Context {
    /// The daemon's log, with this request's id.
    public var log: Logger { Logger(host: instance.host, request: request, requestID: requestID) }
}
