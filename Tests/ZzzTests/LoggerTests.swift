import Testing

@testable import Zzz

@Suite struct LoggerTests {
    @Test func recordsCarryLevelMessageAndFields() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.log.info("order placed", ["order": "7", "total": "12.50"])
                context.log.critical("fire")
                return ""
            }
        }
        host.get("/")
        #expect(
            host.log == [
                FakeHost.LogRecord(
                    level: 2, message: "order placed", fields: ["order": "7", "total": "12.50"], hasRequest: true),
                FakeHost.LogRecord(level: 6, message: "fire", fields: [:], hasRequest: true),
            ])
    }

    @Test(arguments: [(LogLevel.info, 4), (.notice, 3), (.warning, 2), (.error, 1), (.critical, 0)])
    func aMessageBelowTheLevelIsNotEvenMade(_ level: LogLevel, _ written: Int) throws {
        let host = FakeHost()
        host.logLevel = level.rawValue
        try host.load {
            get("/") { context in
                var made = 0
                func message() -> String {
                    made += 1
                    return "message"
                }
                context.log.trace(message())
                context.log.debug(message())
                context.log.info(message())
                context.log.notice(message())
                context.log.warning(message())
                context.log.error(message())
                return "\(made)"
            }
        }
        #expect(host.get("/").text == "\(written)")
        #expect(host.log.count == written)
    }
}
