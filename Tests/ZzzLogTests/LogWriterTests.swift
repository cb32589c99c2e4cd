import Glibc
import Logging
import Testing
@testable import ZzzLog

@Suite struct LogWriterTests {
    private func writer(
        _ receiver: Receiver, format: LogFormat = .text(colour: false), queue: LogQueue = LogQueue()
    ) -> LogWriter {
        LogWriter(
            format: format, level: .info, parameterFilter: ParameterFilter(["token"]), descriptor: receiver.writeEnd,
            journalPath: receiver.path, queue: queue)
    }

    private func logger(_ writer: LogWriter, label: String = "zzzd") -> Logger {
        Logger(label: label, factory: writer.handler)
    }

    @Test func `writes what loggers say`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver)
        writer.start()
        var logger = logger(writer)
        logger.info("one", metadata: ["n": "1"])
        logger.debug("not this")
        logger[metadataKey: "app"] = "blog"
        logger.error("two", metadata: ["n": .stringConvertible(2)])
        let lines = receiver.lines(2)
        #expect(lines.count == 2)
        #expect(lines[0].hasSuffix("Z INFO  zzzd: one n=1"))
        #expect(lines[1].hasSuffix("Z ERROR blog: two n=2"))
        writer.stop(within: .seconds(20))
    }

    @Test func `wakes up after it has slept`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver)
        writer.start()
        let ring = writer.makeAccessRing(capacity: 16 << 10, isEnabled: true)
        for number in 0..<3 {
            // Longer than the two naps after which the thread waits without end.
            usleep(150_000)
            logger(writer).info("\(number)")
            #expect(receiver.lines(1).first?.hasSuffix("zzzd: \(number)") == true)
            usleep(150_000)
            AccessTexts().withRecord { ring.record($0) }
            #expect(receiver.lines(1).first?.hasPrefix("127.0.0.1 - - ") == true)
        }
        writer.stop(within: .seconds(20))
    }

    @Test func `loses no record that comes while it falls asleep`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver)
        writer.start()
        let logger = logger(writer)
        for number in 0..<30 {
            // Around the end of the first nap, when the thread says that it is asleep, and of the second.
            usleep(UInt32(number % 2 == 0 ? 50_000 : 100_000) + UInt32(number * 10))
            logger.info("\(number)")
            #expect(receiver.lines(1).first?.hasSuffix("zzzd: \(number)") == true)
        }
        writer.stop(within: .seconds(20))
    }

    @Test func `writes access records of many rings`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver, format: .json)
        writer.start()
        let rings = (0..<3).map { _ in writer.makeAccessRing(capacity: 16 << 10, isEnabled: true) }
        for ring in rings { AccessTexts().withRecord { ring.record($0) } }
        let lines = receiver.lines(3)
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.contains(#""access":true"#) })
        writer.stop(within: .seconds(20))
    }

    @Test func `a reader that has stopped costs records, not time, and the loss is logged`() throws {
        let receiver = try Receiver()
        let queue = LogQueue(recordLimit: 10)
        let writer = writer(receiver, queue: queue)
        let filled = receiver.fill()
        writer.start()
        let logger = logger(writer)
        let ring = writer.makeAccessRing(capacity: 16 << 10, isEnabled: true)
        let begin = ContinuousClock.now
        logger.info("first")
        // The thread takes the first record and blocks in its write; then the queue and the ring fill.
        while !queue.isEmpty, ContinuousClock.now - begin < .seconds(10) { usleep(1000) }
        for number in 0..<25 { logger.info("\(number)") }
        for _ in 0..<1000 { AccessTexts().withRecord { ring.record($0) } }
        #expect(ContinuousClock.now - begin < .seconds(10))
        #expect(!writer.flush(within: .milliseconds(10)))
        receiver.discard(filled)
        #expect(receiver.lines(1)[0].hasSuffix("zzzd: first"))
        var text = ""
        while !text.contains("access records were dropped") {
            let more = receiver.next()
            if more.isEmpty { break }
            text += more
        }
        let lines = text.split(separator: "\n")
        #expect(lines.count { $0.contains("INFO  zzzd: ") } == 10)
        #expect(lines.contains { $0.contains("WARN  zzz.log: 15 log records were dropped") })
        let accessed = lines.count { $0.hasPrefix("127.0.0.1 - - ") }
        #expect(lines.contains { $0.contains("WARN  zzz.log: \(1000 - accessed) access records were dropped") })
        writer.stop(within: .seconds(20))
    }

    @Test func `stop writes what waits`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver)
        let logger = logger(writer)
        logger.info("before the start")
        writer.start()
        for number in 0..<20 { logger.info("\(number)") }
        writer.stop(within: .seconds(20))
        #expect(receiver.lines(21).count == 21)
    }

    @Test func `stops whatever the thread is doing`() throws {
        let receiver = try Receiver()
        for number in 0..<60 {
            let writer = writer(receiver)
            writer.start()
            // At every moment of the first two naps, and after them.
            if number % 3 == 0 { usleep(UInt32(number * 2000)) }
            writer.stop(within: .seconds(20))
        }
    }

    @Test func `stop gives up at the deadline`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver)
        let filled = receiver.fill()
        writer.start()
        logger(writer).info("stuck")
        let begin = ContinuousClock.now
        writer.stop(within: .milliseconds(100))
        #expect(ContinuousClock.now - begin < .seconds(10))
        // Lets the thread end before its descriptor is closed.
        receiver.discard(filled)
        #expect(receiver.lines(1).count == 1)
    }

    @Test func `level and format change while it runs`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver)
        writer.start()
        var own = logger(writer)
        let other = logger(writer)
        own.logLevel = .error
        writer.level = .debug
        other.debug("now")
        own.warning("not this")
        #expect(receiver.lines(1)[0].contains("DEBUG zzzd: now"))
        writer.format = .json
        own.error("then")
        #expect(receiver.lines(1)[0].hasPrefix("{\"time\":"))
        #expect(writer.format == .json)
        writer.stop(within: .seconds(20))
    }

    @Test func `the parameters to hide change while it runs`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver)
        let ring = writer.makeAccessRing(capacity: 16 << 10, isEnabled: true)
        writer.start()
        let texts = AccessTexts(target: "/?pin=1234&token=5678")
        texts.withRecord { ring.record($0) }
        #expect(receiver.lines(1)[0].contains("/?pin=1234&token=[FILTERED] "))
        writer.parameterFilter = ParameterFilter(["pin"])
        texts.withRecord { ring.record($0) }
        #expect(receiver.lines(1)[0].contains("/?pin=[FILTERED]&token=5678 "))
        writer.parameterFilter = ParameterFilter([])
        texts.withRecord { ring.record($0) }
        #expect(receiver.lines(1)[0].contains("/?pin=1234&token=5678 "))
        writer.stop(within: .seconds(20))
    }

    @Test func `a secret that the ring cuts is hidden as far as it goes`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver)
        let ring = writer.makeAccessRing(capacity: 16 << 10, isEnabled: true)
        writer.start()
        let limit = AccessRecord.limits.target
        // The cut goes through the padding, each byte of `token=`, and the secret.
        for before in limit - 12..<limit + 1 {
            let target = "/?a=" + String(repeating: "b", count: before - 4) + "&token=SSSSSSSSSSSS"
            AccessTexts(target: target).withRecord { ring.record($0) }
            let line = try #require(receiver.lines(1).first)
            #expect(!line.contains("S"), "cut \(limit - before) bytes behind the padding")
            #expect(line.contains("token=[FILTERED]") == (before + 7 <= limit))
        }
        writer.stop(within: .seconds(20))
    }

    @Test func `sends datagrams to the journal`() throws {
        let receiver = try Receiver(isAbstract: false)
        let writer = writer(receiver, format: .journal)
        writer.start()
        logger(writer).notice("hello", metadata: ["n": "1"])
        let datagram = receiver.next()
        #expect(datagram.hasPrefix("PRIORITY=5\nSYSLOG_IDENTIFIER=zzzd\nMESSAGE=hello\nZZZ_LOGGER=zzzd\nCODE_FILE="))
        #expect(datagram.hasSuffix("\nZZZ_N=1\n"))
        let ring = writer.makeAccessRing(capacity: 16 << 10, isEnabled: true)
        AccessTexts().withRecord { ring.record($0) }
        #expect(receiver.next().contains("\nZZZ_STATUS=200\n"))
        writer.stop(within: .seconds(20))
    }

    @Test func `writes text when the journal is not there`() throws {
        let receiver = try Receiver()
        let writer = writer(receiver, format: .journal)
        writer.start()
        logger(writer).notice("hello")
        #expect(receiver.lines(1)[0].hasSuffix("NOTE  zzzd: hello"))
        let ring = writer.makeAccessRing(capacity: 16 << 10, isEnabled: true)
        AccessTexts().withRecord { ring.record($0) }
        #expect(receiver.lines(1)[0].hasPrefix("127.0.0.1 - - ["))
        AccessTexts(target: "/?token=hunter2").withRecord { ring.record($0) }
        #expect(receiver.lines(1)[0].contains("/?token=[FILTERED] "))
        writer.stop(within: .seconds(20))
    }
}
