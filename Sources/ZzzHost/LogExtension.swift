import Logging
import Synchronization
import ZzzAppABI

/// "zzz.log/1": an app's records in the daemon's log. The logger of a generation carries its app and generation.
enum LogExtension {
    /// The longest message, and the longest value of a field, in bytes; the rest is cut off.
    static let maximumMessageByteCount = 8 << 10
    /// The most fields of a record; the rest is left out.
    static let maximumFieldCount = 32
    /// The longest name of a field and of a source file, in bytes; the rest is cut off.
    static let maximumNameByteCount = 256

    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_log>
    }

    static var table: UnsafePointer<zzz_log> { storage.pointer }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_log>.allocate(capacity: 1)
        table.initialize(
            to: zzz_log(size: UInt32(MemoryLayout<zzz_log>.size), reserved: 0, level: level, write: write))
        return Table(pointer: UnsafePointer(table))
    }()

    private static let level: @convention(c) (OpaquePointer?) -> UInt32 = { app in
        guard let generation = Generation.from(handle: app) else { return UInt32(ZZZ_LOG_CRITICAL) }
        return number(of: generation.logger.logLevel)
    }

    private static let write: @convention(c) (OpaquePointer?, UnsafePointer<zzz_log_record>?) -> zzz_status = {
        app, record in
        guard let generation = Generation.from(handle: app), let record else { return Status.invalid }
        return log(record, generation.logger)
    }

    private static func log(_ pointer: UnsafePointer<zzz_log_record>, _ logger: Logger) -> zzz_status {
        let size = Int(pointer.pointee.size)
        guard size >= ABIField.end(\zzz_log_record.message), let level = level(pointer.pointee.level),
            let message = pointer.pointee.message.cut(maximumMessageByteCount)
        else { return Status.invalid }
        guard level >= logger.logLevel else { return Status.ok }
        // Room for the fields and the request at once.
        var metadata = Logger.Metadata(minimumCapacity: 8)
        if size >= ABIField.end(\zzz_log_record.field_count) {
            guard add(pointer.pointee.fields, pointer.pointee.field_count, to: &metadata) else { return Status.invalid }
        }
        var file = ""
        var line: UInt = 0
        if size >= ABIField.end(\zzz_log_record.file) {
            guard let name = pointer.pointee.file.cut(maximumNameByteCount) else { return Status.invalid }
            file = name
            line = UInt(pointer.pointee.line)
        }
        if size >= ABIField.end(\zzz_log_record.request), let request = pointer.pointee.request {
            // The id as the access log has it; a request that has ended has none.
            if let id = RequestIdentity.of(request) { metadata["request"] = .string(id) }
        }
        logger.log(
            level: level, "\(message)", metadata: metadata.isEmpty ? nil : metadata, source: "app", file: file,
            function: "", line: line)
        return Status.ok
    }

    private static func add(
        _ fields: UnsafePointer<zzz_log_field>?, _ count: UInt32, to metadata: inout Logger.Metadata
    ) -> Bool {
        guard count > 0 else { return true }
        guard let fields else { return false }
        for field in UnsafeBufferPointer(start: fields, count: min(Int(count), maximumFieldCount)) {
            guard let name = field.name.cut(maximumNameByteCount), let value = field.value.cut(maximumMessageByteCount)
            else { return false }
            metadata[sanitized(name)] = .string(value)
        }
        return true
    }

    /// Letters, digits and "_"; anything else becomes "_".
    private static func sanitized(_ name: String) -> String {
        if name.isEmpty { return "_" }
        if name.utf8.allSatisfy(isPlain) { return name }
        return String(decoding: name.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func level(_ number: UInt32) -> Logger.Level? {
        switch Int(number) {
        case ZZZ_LOG_TRACE: .trace
        case ZZZ_LOG_DEBUG: .debug
        case ZZZ_LOG_INFO: .info
        case ZZZ_LOG_NOTICE: .notice
        case ZZZ_LOG_WARNING: .warning
        case ZZZ_LOG_ERROR: .error
        case ZZZ_LOG_CRITICAL: .critical
        default: nil
        }
    }

    private static func number(of level: Logger.Level) -> UInt32 {
        switch level {
        case .trace: UInt32(ZZZ_LOG_TRACE)
        case .debug: UInt32(ZZZ_LOG_DEBUG)
        case .info: UInt32(ZZZ_LOG_INFO)
        case .notice: UInt32(ZZZ_LOG_NOTICE)
        case .warning: UInt32(ZZZ_LOG_WARNING)
        case .error: UInt32(ZZZ_LOG_ERROR)
        case .critical: UInt32(ZZZ_LOG_CRITICAL)
        }
    }
}

/// How the log learns the id of a request: the server sets this once, before the first app is loaded.
public enum RequestIdentity {
    public typealias Lookup = @Sendable (OpaquePointer) -> String?

    /// A struct around the function: one that a generic type keeps by itself is wrapped anew by each call of
    /// `withLock`, until it takes more stack than there is.
    private struct Source {
        let lookup: Lookup
    }

    private static let source = Mutex<Source?>(nil)

    /// `lookup` is called on any thread, with whatever an app passed as a request.
    public static func set(_ lookup: @escaping Lookup) {
        source.withLock { $0 = Source(lookup: lookup) }
    }

    static func of(_ request: OpaquePointer) -> String? {
        source.withLock { $0 }?.lookup(request)
    }
}

extension zzz_bytes {
    /// The text, repaired and cut to `maximum` bytes; nil for NULL with a count.
    fileprivate func cut(_ maximum: Int) -> String? {
        guard let buffer else { return nil }
        guard buffer.count > maximum else { return String(decoding: buffer, as: UTF8.self) }
        // Back to the beginning of a character (RFC 3629 3).
        var end = maximum
        while end > 0, buffer[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: buffer[..<end], as: UTF8.self)
    }
}
