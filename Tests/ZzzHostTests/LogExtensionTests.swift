import Logging
import Testing
import ZzzAppABI

@testable import ZzzHost

@Suite struct LogExtensionTests {
    let log = LogCollector()
    var table: zzz_log { LogExtension.table.pointee }

    private func generation(_ level: Logger.Level = .trace) throws -> Generation {
        var logger = log.logger(level)
        logger[metadataKey: "app"] = "blog"
        return try ScriptedApp.make(logger: logger)
    }

    private func record(_ message: String, level: Int = Int(ZZZ_LOG_INFO)) -> zzz_log_record {
        var record = zzz_log_record()
        record.size = UInt32(MemoryLayout<zzz_log_record>.size)
        record.level = UInt32(level)
        record.message = LentBytes(message).bytes
        return record
    }

    private func field(_ name: String, _ value: String) -> zzz_log_field {
        zzz_log_field(name: LentBytes(name).bytes, value: LentBytes(value).bytes)
    }

    @Test func aRecordArrives() throws {
        let app = try generation()
        var entry = record("hello")
        entry.file = LentBytes("main.c").bytes
        entry.line = 12
        var fields = [field("user id", "7"), field("Ok_1", "yes"), field("", "empty")]
        let status = fields.withUnsafeMutableBufferPointer { buffer in
            entry.fields = UnsafePointer(buffer.baseAddress)
            entry.field_count = UInt32(buffer.count)
            return table.write(app.handle, &entry)
        }
        #expect(status == Status.ok)
        let written = try #require(log.records.first)
        #expect(written.message == "hello")
        #expect(written.level == .info)
        #expect(written.metadata == ["app": "blog", "user_id": "7", "Ok_1": "yes", "_": "empty"])
        #expect(written.file == "main.c")
        #expect(written.line == 12)
        #expect(written.source == "app")
    }

    @Test func levels() throws {
        let app = try generation(.warning)
        #expect(table.level(app.handle) == UInt32(ZZZ_LOG_WARNING))
        let all: [Logger.Level] = [.trace, .debug, .info, .notice, .warning, .error, .critical]
        for (number, level) in all.enumerated() {
            var entry = record("\(level)", level: number)
            #expect(table.write(app.handle, &entry) == Status.ok)
            #expect(table.level(try generation(level).handle) == UInt32(number))
        }
        #expect(log.records.map(\.level) == [.warning, .error, .critical])
        var entry = record("x", level: 7)
        #expect(table.write(app.handle, &entry) == Status.invalid)
    }

    @Test(arguments: [(8191, 8191), (8192, 8192), (8193, 8192)])
    func messageLengthLimit(length: Int, kept: Int) throws {
        let app = try generation()
        var entry = record(String(repeating: "x", count: length))
        #expect(table.write(app.handle, &entry) == Status.ok)
        #expect(log.records.first?.message.utf8.count == kept)
    }

    @Test func aCutMessageEndsWithAWholeCharacter() throws {
        let app = try generation()
        var entry = record(String(repeating: "x", count: 8191) + "ü")
        #expect(table.write(app.handle, &entry) == Status.ok)
        #expect(log.records.first?.message == String(repeating: "x", count: 8191))
    }

    @Test(arguments: [(31, 31), (32, 32), (33, 32)])
    func fieldCountLimit(count: Int, kept: Int) throws {
        let app = try generation()
        var entry = record("many")
        let fields = (0..<count).map { field("f\($0)", "v") }
        fields.withUnsafeBufferPointer { buffer in
            entry.fields = buffer.baseAddress
            entry.field_count = UInt32(buffer.count)
            #expect(table.write(app.handle, &entry) == Status.ok)
        }
        #expect(log.records.first?.metadata.keys.filter { $0.hasPrefix("f") }.count == kept)
    }

    @Test func misuse() throws {
        let app = try generation()
        #expect(table.write(app.handle, nil) == Status.invalid)
        var entry = record("x")
        #expect(table.write(nil, &entry) == Status.invalid)
        #expect(table.write(OpaquePointer(bitPattern: 0x1234), &entry) == Status.invalid)
        entry.message = zzz_bytes(data: nil, count: 9)
        #expect(table.write(app.handle, &entry) == Status.invalid)
        entry = record("x")
        entry.field_count = 1
        #expect(table.write(app.handle, &entry) == Status.invalid)
        entry = record("x")
        entry.size = 8
        #expect(table.write(app.handle, &entry) == Status.invalid)
        #expect(log.records.isEmpty)
        #expect(table.level(nil) == UInt32(ZZZ_LOG_CRITICAL))
    }

    /// What lies beyond the size the app said is not read.
    @Test func shortRecord() throws {
        let app = try generation()
        var entry = record("short")
        entry.field_count = 99
        entry.fields = UnsafePointer(bitPattern: 8)
        entry.size = UInt32(MemoryLayout<zzz_log_record>.offset(of: \.fields)!)
        #expect(table.write(app.handle, &entry) == Status.ok)
        #expect(log.records.first?.message == "short")
    }

    @Test func brokenTextIsMended() throws {
        let app = try generation()
        let bytes: [UInt8] = [0x61, 0xFF, 0x62]
        bytes.withUnsafeBytes { buffer in
            var entry = record("")
            entry.message = zzz_bytes(data: buffer.bindMemory(to: CChar.self).baseAddress, count: 3)
            #expect(table.write(app.handle, &entry) == Status.ok)
        }
        #expect(log.records.first?.message == "a\u{FFFD}b")
    }

    /// Each record of a request asks for its id; after some ten thousand the stack was full.
    @Test func askingForIDsCostsTheSameStackEachTime() throws {
        RequestIdentity.set { "\(UInt(bitPattern: $0))" }
        let request = try #require(OpaquePointer(bitPattern: 7))
        for _ in 0..<500_000 where RequestIdentity.of(request) != "7" { Issue.record("another id") }
    }
}
