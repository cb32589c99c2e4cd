import Logging
import Testing
@testable import ZzzLog

@Suite struct ZzzLogHandlerTests {
    private let queue = LogQueue()
    private let writer: LogWriter

    init() {
        writer = LogWriter(
            format: .json, level: .info, parameterFilter: ParameterFilter([]), descriptor: -1, journalPath: "",
            queue: queue)
    }

    private func logger() -> Logger {
        Logger(label: "zzzd", factory: writer.handler)
    }

    /// The test that swift-log asks every handler to pass.
    @Test func `has the semantics of a value`() {
        var first = logger()
        first.logLevel = .debug
        first[metadataKey: "only-on"] = "first"
        var second = first
        second.logLevel = .error
        second[metadataKey: "only-on"] = "second"
        #expect(first.logLevel == .debug)
        #expect(second.logLevel == .error)
        #expect(first[metadataKey: "only-on"] == "first")
        #expect(second[metadataKey: "only-on"] == "second")
    }

    @Test func `merges metadata: the handler's, the provider's, the call's`() {
        var handler = writer.handler(label: "zzzd")
        handler.metadataProvider = Logger.MetadataProvider { ["a": "provider", "b": "provider", "c": "provider"] }
        handler.metadata = ["a": "handler", "d": "handler"]
        let logger = Logger(label: "zzzd", factory: { _ in handler })
        logger.info("x", metadata: ["b": "call", "e": ["k": ["1", "2"]]])
        let record = queue.takeAll().records[0]
        #expect(record.metadata.map { "\($0.key)=\($0.value.text)" } == [
            "a=provider", "b=call", "c=provider", "d=handler", "e={k: [1, 2]}",
        ])
        #expect(record.source == "zzzd")
        #expect(!record.isAboutApp)
        #expect(record.file.hasSuffix("ZzzLogHandlerTests.swift"))
    }

    @Test func `the app takes the label's place`() {
        logger().info("x", metadata: ["app": "blog", "n": "1"])
        let record = queue.takeAll().records[0]
        #expect(record.source == "blog")
        #expect(record.isAboutApp)
        #expect(record.metadata.map(\.key) == ["n"])
    }

    @Test func `follows the writer's level until it has its own`() {
        var logger = logger()
        #expect(logger.logLevel == .info)
        writer.level = .critical
        #expect(logger.logLevel == .critical)
        logger.logLevel = .trace
        writer.level = .info
        #expect(logger.logLevel == .trace)
        for level in Logger.Level.allCases {
            writer.level = level
            #expect(writer.level == level)
            #expect(Logger.Level.allCases[level.order] == level)
        }
    }

    @Test func `cuts long messages`() {
        let limit = LogRecord.messageLimit
        for (count, isCut) in [(limit - 1, false), (limit, false), (limit + 1, true)] {
            logger().info("\(String(repeating: "x", count: count))")
            let message = queue.takeAll().records[0].message
            #expect(message.hasSuffix("… (\(limit + 1) bytes)") == isCut)
            #expect(message.utf8.count { $0 == UInt8(ascii: "x") } == min(count, limit))
        }
    }

    @Test func `leaves metadata out beyond its limit`() {
        let limit = LogRecord.metadataLimit
        for (count, isCut) in [(limit - 2, false), (limit - 1, false), (limit, true)] {
            logger().info("x", metadata: ["a": "\(String(repeating: "x", count: count))"])
            let keys = queue.takeAll().records[0].metadata.map(\.key)
            #expect(keys == (isCut ? ["metadata_cut"] : ["a"]))
        }
    }

    @Test func `writes down an error`() {
        struct Trouble: Error {}
        logger().error("x", error: Trouble())
        #expect(queue.takeAll().records[0].metadata.contains { $0.key == "error" && $0.value.text == "Trouble()" })
    }
}
