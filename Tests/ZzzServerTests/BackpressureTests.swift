import Glibc
import Testing
import ZzzAppABI

@testable import ZzzServer

/// Readers that are slower than what is written for them.
@Suite struct BackpressureTests {
    private static let piece = [UInt8](repeating: 0x61, count: 64 << 10)

    /// Writes while it may, waits when it is told to, goes on when there is room.
    final class Writer: Sendable {
        let total: Int
        let written = Probe(0)
        let waits = Probe(0)
        /// Writes on threads of its own, where the calls go through the loop's mailbox.
        private let isElsewhere: Bool

        init(total: Int, isElsewhere: Bool = false) {
            self.total = total
            self.isElsewhere = isElsewhere
        }

        func run(_ request: Request) {
            if isElsewhere { _ = TestThread { self.write(request) } } else { write(request) }
        }

        private func write(_ request: Request) {
            while written.current < total {
                let count = min(BackpressureTests.piece.count, total - written.current)
                let status = request.write(Array(BackpressureTests.piece.prefix(count)))
                guard status >= 0 else {
                    request.release()
                    return
                }
                written.update { $0 += count }
                if status == Int32(ZZZ_WAIT) {
                    waits.update { $0 += 1 }
                    let asked = request.onWritable { [self] request in run(request) }
                    #expect(asked == 0)
                    return
                }
            }
            request.finish()
            request.release()
        }
    }

    @Test(arguments: Setup.all, [false, true])
    func aWriterWaitsForASlowReader(_ setup: Setup, onAnotherThread isElsewhere: Bool) throws {
        let writer = Writer(total: 30 << 20, isElsewhere: isElsewhere)
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            request.begin()
            writer.run(request)
        }
        try TestServer.run(setup, [route], limits: { $0.responseBufferedBytes = 256 << 10 }) { server in
            let client = try server.client(receiveBuffer: 65_536)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(writer.waits.wait { $0 > 0 })
            #expect(!server.eventually(afterMilliseconds: 100) { writer.written.current == writer.total })
            let answer = try client.receiveResponse()
            #expect(answer.body.count == writer.total)
            #expect(writer.waits.current > 1)
            #expect(server.total(\.stalled) == 0)
        }
    }

    /// The writer gets to know that its reader has gone.
    @Test(arguments: Setup.all)
    func aWriterThatWaitsIsToldThatTheReaderHasGone(_ setup: Setup) throws {
        let writer = Writer(total: 100 << 20)
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            request.begin()
            writer.run(request)
        }
        try TestServer.run(setup, [route], limits: { $0.responseBufferedBytes = 256 << 10 }) { server in
            let client = try server.client(receiveBuffer: 16_384)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(writer.waits.wait { $0 > 0 })
            client.reset()
        }
        #expect(writer.written.current < writer.total)
    }

    @Test(arguments: Setup.all)
    func aWriterThatDoesNotWaitIsRefusedInTheEnd(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let sizes = Probe<[Int]>([])
        let high = 100_000
        let route = TestRoute.get("/") { request, _ in
            request.begin(length: Int64(high) * 20)
            var sent = 0
            for _ in 0..<20 {
                let status = request.write([UInt8](repeating: 0x61, count: high))
                statuses.update { $0.append(status) }
                if status >= 0 { sent += high }
            }
            sizes.set([sent])
            request.retain()
            @Sendable func rest(_ request: Request) {
                // What was refused was not taken, so the length still holds.
                while sizes.current[0] < high * 20 {
                    let status = request.write([UInt8](repeating: 0x61, count: high))
                    if status >= 0 { sizes.update { $0[0] += high } }
                    if status != 0 {
                        request.onWritable(rest)
                        return
                    }
                }
                #expect(request.finish() == 0)
                request.release()
            }
            request.onWritable(rest)
        }
        try TestServer.run(setup, [route], limits: { $0.responseBufferedBytes = high }) { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receiveResponse().body.count == high * 20)
            // The head is in the buffer, too: so the first piece goes beyond the mark already.
            #expect(statuses.current.allSatisfy { $0 == Int32(ZZZ_WAIT) || $0 == Int32(ZZZ_ERROR_LIMIT) })
            #expect(statuses.current.last == Int32(ZZZ_ERROR_LIMIT))
            #expect(statuses.current.count { $0 == Int32(ZZZ_WAIT) } == 8)
        }
    }

    /// On another thread, too; and what was taken from it arrives, however much is queued by then.
    @Test(arguments: Setup.all)
    func aThreadThatDoesNotWaitIsRefusedInTheEnd(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let taken = Probe(0)
        let high = 100_000
        let route = TestRoute.get("/") { request, _ in
            request.begin()
            request.retain()
            let writer = TestThread {
                for _ in 0..<20 {
                    let status = request.write([UInt8](repeating: 0x61, count: high))
                    statuses.update { $0.append(status) }
                    if status >= 0 { taken.update { $0 += high } }
                }
                #expect(request.finish() == 0)
                request.release()
            }
            // The loop is held here until all is written: nothing of it has been sent.
            writer.join()
        }
        try TestServer.run(setup, [route], limits: { $0.responseBufferedBytes = high }) { server in
            let client = try server.client()
            #expect(try client.get("/").body.count == taken.current)
            #expect(taken.current == high * 9)
            let expected = [0] + Array(repeating: Int32(ZZZ_WAIT), count: 8)
                + Array(repeating: Int32(ZZZ_ERROR_LIMIT), count: 11)
            #expect(statuses.current == expected)
            // Once the client has got it, there is room again.
            taken.set(0)
            #expect(try client.get("/").body.count == high * 9)
        }
    }

    /// At the mark nobody waits; one byte beyond it he does.
    @Test(arguments: Setup.single, [-1, 0, 1])
    func theHighWaterMarkIsExact(_ setup: Setup, beyond: Int) throws {
        let status = Probe<Int32>(-99)
        let mark = 10_000
        let route = TestRoute.get("/") { request, _ in
            let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            let head = "HTTP/1.1 200 OK\r\n\(date)content-length: 20000\r\n\r\n".utf8.count
            request.begin(length: 20_000)
            status.set(request.write([UInt8](repeating: 0x61, count: mark - head + beyond)))
            request.write([UInt8](repeating: 0x61, count: 20_000 - (mark - head + beyond)))
            request.finish()
        }
        try TestServer.run(setup, [route], limits: { $0.responseBufferedBytes = mark }) { server in
            let answer = try server.get("/")
            #expect(answer.body.count == 20_000)
            #expect(status.current == (beyond > 0 ? Int32(ZZZ_WAIT) : 0))
        }
    }

    @Test(arguments: Setup.all)
    func onWritableComesAlsoWhenNothingWaits(_ setup: Setup) throws {
        let link = ServerLink()
        let called = Probe<[String]>([])
        let routes = [
            TestRoute.get("/now") { request, _ in
                request.retain()
                request.onWritable { request in
                    called.update { $0.append("now") }
                    request.respond("now")
                    request.release()
                }
                let second = request.onWritable { _ in }
                #expect(second == Int32(ZZZ_ERROR_STATE))
            },
            TestRoute.get("/later") { request, _ in
                request.retain()
                request.begin(first: "x")
                _ = TestThread {
                    poll(nil, 0, 20)
                    request.onWritable { request in
                        called.update { $0.append("later") }
                        request.finish()
                        request.release()
                    }
                }
            },
            // Asked for when the response has ended already, and the request goes on being retained.
            TestRoute.get("/ended") { request, _ in
                request.retain()
                request.respond("ended")
                request.onWritable { request in
                    called.update { $0.append("ended") }
                    request.release()
                }
            },
        ]
        try TestServer.run(setup, routes) { server in
            link.server = server.server
            let client = try server.client()
            for (path, text) in [("/now", "now"), ("/later", "x"), ("/ended", "ended"), ("/now", "now")] {
                #expect(try client.get(path).text == text)
            }
            #expect(called.awaitValue(["now", "later", "ended", "now"]))
        }
    }

    /// Requests whose responses nobody reads are not begun: memory does not grow with what a peer pipelines.
    @Test(arguments: Setup.all)
    func aPeerThatPipelinesWithoutReadingIsNotServedOn(_ setup: Setup) throws {
        let body = [UInt8](repeating: 0x61, count: 100_000)
        let route = TestRoute.get("/") { request, _ in request.respond(body) }
        try TestServer.run(
            setup, [route], configure: { $0.limits.writeStallMilliseconds = 60_000 }
        ) { server in
            let client = try server.client(receiveBuffer: 16_384)
            let count = 2_000
            let requests = Array(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: count).utf8)
            let sender = TestThread { _ = client.sendSome(requests) }
            // What is begun is what the sockets take, and a little more.
            var begun = -1
            while Int(server.site.activity.totals.requests) != begun {
                begun = Int(server.site.activity.totals.requests)
                poll(nil, 0, 200)
            }
            #expect(begun < count / 4, "\(begun) of \(count) requests were begun for a peer that reads nothing")
            for _ in 0..<count {
                let answer = try client.receiveResponse()
                if answer.body.count != body.count { Issue.record("\(answer.body.count) bytes") }
            }
            sender.join()
            #expect(server.site.activity.totals.requests == UInt64(count))
        }
    }

    /// Requests now and then do not keep a connection alive whose peer takes nothing.
    @Test(arguments: Setup.all)
    func aPeerThatSendsAndDoesNotReadIsCut(_ setup: Setup) throws {
        let body = [UInt8](repeating: 0x61, count: 3_000_000)
        let route = TestRoute.get("/") { request, _ in request.respond(body) }
        try TestServer.run(
            setup, [route], configure: { $0.limits.writeStallMilliseconds = 400 }
        ) { server in
            let client = try server.client(receiveBuffer: 16_384)
            let start = milliseconds()
            while server.total(\.stalled) == 0, milliseconds() - start < 10_000 {
                _ = client.sendSome(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                poll(nil, 0, 50)
            }
            #expect(server.total(\.stalled) == 1)
        }
    }
}
