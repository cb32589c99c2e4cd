import Glibc
import Testing
@testable import ZzzLog

@Suite struct LogFormatterTests {
    private let metadata: [(key: String, value: LogValue)] = [
        ("count", .string("3")), ("empty", .string("")), ("list", .array([.string("a"), .string("b")])),
        ("nested", .dictionary([("x", .string("1"))])), ("path", .string("/a b=c\"d\"")),
    ]

    @Test func `text is a line for people`() {
        #expect(
            formatted(record("it is slow", metadata: metadata), .text(colour: false))
                == "2026-11-22T12:24:00.123Z WARN  blog: it is slow count=3 empty=\"\" list=\"[a, b]\" "
                + "nested=\"{x: 1}\" path=\"/a b=c\\\"d\\\"\"")
        #expect(
            formatted(record("x", level: .info), .text(colour: true))
                == "2026-11-22T12:24:00.123Z \u{1B}[32mINFO \u{1B}[0m blog: x")
    }

    @Test func `JSON is an object per line`() {
        #expect(
            formatted(record("it is slow", metadata: metadata), .json)
                == #"{"time":"2026-11-22T12:24:00.123Z","level":"warning","app":"blog","message":"it is slow","#
                + #""file":"ZzzServer/Connection.swift","line":42,"metadata":{"count":"3","empty":"","#
                + #""list":["a","b"],"nested":{"x":"1"},"path":"/a b=c\"d\""}}"#)
        #expect(formatted(record("x", source: "zzzd", isAboutApp: false), .json).contains(#""logger":"zzzd""#))
    }

    @Test func `the journal gets fields`() {
        #expect(
            formatted(record("it is slow", metadata: [("request-id", .string("7"))]), .journal) == """
                PRIORITY=4
                SYSLOG_IDENTIFIER=zzzd
                MESSAGE=blog: it is slow
                ZZZ_APP=blog
                CODE_FILE=ZzzServer/Connection.swift
                CODE_FUNC=close()
                CODE_LINE=42
                ZZZ_REQUEST_ID=7
                """)
        #expect(formatted(record("x", source: "zzzd", isAboutApp: false), .journal).contains("\nZZZ_LOGGER=zzzd\n"))
    }

    static let nasty = "a\r\nPRIORITY=0\n{\"x\":1}\u{1B}[2J\u{0}\u{7F}\u{9B}1m\u{2028}\u{2029}\\é\t"

    @Test(arguments: [LogFormat.text(colour: false), .json, .journal])
    func `nothing in a record leaves its line or moves the cursor`(format: LogFormat) {
        let nasty = Self.nasty
        let nested = LogValue.dictionary([(nasty, .array([.string(nasty)]))])
        let text = formatted(
            record(nasty, source: nasty, metadata: [(nasty, .string(nasty)), ("d", nested)]), format)
        let plain = formatted(record("x", metadata: [("a", .string("y")), ("d", .string("z"))]), format)
        #expect(text.utf8.count { $0 == 0x0A } == plain.utf8.count { $0 == 0x0A })
        for scalar in text.unicodeScalars where scalar != "\n" {
            #expect(scalar.properties.generalCategory != .control, "\(scalar.value)")
            #expect(![0x2028, 0x2029].contains(scalar.value))
        }
        #expect(text.contains("é"))
        #expect(text.contains(#"a\r\nPRIORITY=0\n"#))
        #expect(text.contains(#"\u001b[2J\u0000\u007f\u009b1m\u2028\u2029\\"#))
    }

    @Test func `priorities are those of syslog`() {
        let priorities = [
            ("trace", "7"), ("debug", "7"), ("info", "6"), ("notice", "5"), ("warning", "4"), ("error", "3"),
            ("critical", "2"),
        ]
        for (level, priority) in priorities {
            let text = formatted(record("x", level: .init(rawValue: level)!), .journal)
            #expect(text.hasPrefix("PRIORITY=\(priority)\n"))
        }
    }

    @Test func `the clock goes on from second to second`() {
        var clock = LogClock()
        func text(_ time: Int64) -> String {
            var buffer = LogBuffer()
            clock.appendRFC3339(time, to: &buffer)
            buffer.append(" ")
            clock.appendCommon(time, to: &buffer)
            return String(decoding: buffer.bytes, as: UTF8.self)
        }
        #expect(text(0) == "1970-01-01T00:00:00.000Z 01/Jan/1970:00:00:00 +0000")
        #expect(text(999_999_999) == "1970-01-01T00:00:00.999Z 01/Jan/1970:00:00:00 +0000")
        #expect(text(1_000_000_000) == "1970-01-01T00:00:01.000Z 01/Jan/1970:00:00:01 +0000")
        #expect(text(-1) == "1969-12-31T23:59:59.999Z 31/Dec/1969:23:59:59 +0000")
        #expect(text(951_782_400_000_000_000) == "2000-02-29T00:00:00.000Z 29/Feb/2000:00:00:00 +0000")
    }

    @Test func `the journal is found by the stream that stderr is`() throws {
        let receiver = try Receiver()
        #expect(!LogFormat.isJournal(receiver.writeEnd, variable: nil))
        #expect(!LogFormat.isJournal(receiver.writeEnd, variable: "1:2"))
        #expect(!LogFormat.isJournal(receiver.writeEnd, variable: ""))
        #expect(LogFormat.isJournal(receiver.writeEnd, variable: LogFormatterTests.identity(receiver.writeEnd)))
        #expect(!LogFormat.isJournal(-1, variable: "0:0"))
        #expect(LogFormat.text(descriptor: receiver.writeEnd) == .text(colour: false))
    }
}

extension LogFormatterTests {
    /// `DEVICE:INODE` of a descriptor, as systemd states it in JOURNAL_STREAM.
    static func identity(_ descriptor: Int32) -> String {
        var status = stat()
        fstat(descriptor, &status)
        return "\(status.st_dev):\(status.st_ino)"
    }
}
