import Synchronization
import Testing

@testable import Zzz

/// Timeout, ConcurrencyLimit, ServerTiming and server-sent events.
@Suite struct RunningTests {
    @Test func aTimeoutIsTheHostsToKeep() throws {
        let host = FakeHost()
        try host.load {
            scope(through: [Pipeline { Timeout(.seconds(5)) }]) {
                get("/outer") { _ in "x" }
                get("/inner", through: [Pipeline { Timeout(.milliseconds(1)) }]) { _ in "x" }
                get("/own", timeout: .seconds(7)) { _ in "x" }
            }
            get("/none") { _ in "x" }
        }
        #expect(host.routes.map(\.timeoutMilliseconds) == [5000, 1, 7000, 0])
        #expect(host.get("/outer").text == "x")
        for duration in [Duration.zero, .seconds(-1), .microseconds(999)] {
            #expect(throws: StartupError.self) {
                try FakeHost().load { get("/", through: [Pipeline { Timeout(duration) }]) { _ in "x" } }
            }
        }
    }

    @Test func onlySoManyRequestsGetThrough() throws {
        let limit = ConcurrencyLimit(2, retryAfter: .seconds(7))
        let host = FakeHost()
        try host.load {
            scope(through: [Pipeline { limit }]) {
                get("/a") { context in
                    try await context.sleep(for: .milliseconds(1))
                    return "done"
                }
                get("/b") { _ -> String in throw Abort(.conflict) }
            }
        }
        let first = host.get("/a")
        #expect(host.get("/b").status == 409)
        #expect(limit.current == 1)
        let second = host.get("/a")
        let refused = host.get("/b")
        #expect(refused.status == 503)
        #expect(refused.header("Retry-After") == "7")
        #expect(limit.current == 2)
        host.advance(microseconds: 1000)
        #expect(first.text == "done")
        #expect(second.text == "done")
        #expect(limit.current == 0)
        #expect(host.get("/b").status == 409)
        #expect(throws: StartupError.self) {
            try FakeHost().load { get("/", through: [Pipeline { ConcurrencyLimit(0) }]) { _ in "x" } }
        }
    }

    // MARK: ServerTiming

    private func time(
        total: String? = "total", origin: String? = nil, isEnabled: Bool = true,
        _ handler: @escaping @Sendable (Context) throws -> String
    ) throws -> FakeRequest {
        let now = Mutex<UInt64>(0)
        let clock = MonotonicClock {
            now.withLock {
                $0 += 1_500_000
                return $0
            }
        }
        let timing = ServerTiming(total: total, allowedOrigin: origin, clock: clock) { _ in isEnabled }
        let host = FakeHost()
        try host.load { get("/", through: [Pipeline { timing }], handler) }
        return host.get("/")
    }

    @Test func measurementsAreTold() throws {
        let work: @Sendable (Context) throws -> String = { context in
            let result = context.measure("db", "the \"users\"\n") { "rows" }
            return context.measure("render") { result }
        }
        let request = try time(origin: "*", work)
        #expect(request.text == "rows")
        #expect(
            request.header("Server-Timing")
                == #"db;dur=1.500;desc="the \"users\"", render;dur=1.500, total;dur=7.500"#)
        #expect(request.header("Timing-Allow-Origin") == "*")
        #expect(try time(total: nil, work).header("Server-Timing")?.contains("total") == false)
        #expect(try time(total: nil) { _ in "x" }.headers.isEmpty)
        #expect(try time(isEnabled: false, work).headers.isEmpty)
        #expect(try time { $0.measure("a b") { "x" } }.header("Server-Timing") == "total;dur=3.000")
        #expect(throws: StartupError.self) { try time(total: "a b", work) }
    }

    @Test func workThatAwaitsOrFailsIsMeasuredToo() throws {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { ServerTiming() }]) { context in
                try? await context.measure("slow") {
                    try await context.sleep(for: .milliseconds(1))
                    throw Abort(.conflict)
                }
                return "x"
            }
        }
        let request = host.get("/")
        host.advance(microseconds: 1000)
        #expect(request.header("Server-Timing")?.hasPrefix("slow;dur=") == true)
    }

    // MARK: Events

    @Test(arguments: [
        (ServerEvent("a"), "data: a\n\n"), (ServerEvent(""), "data: \n\n"),
        (ServerEvent("a\nb"), "data: a\ndata: b\n\n"),
        (ServerEvent("a\r\nb\rc\n"), "data: a\ndata: b\ndata: c\ndata: \n\n"),
        (ServerEvent("a\n\rb"), "data: a\ndata: \ndata: b\n\n"),
        (
            ServerEvent("a", name: "n", id: "7", retry: .seconds(2)),
            "event: n\nid: 7\nretry: 2000\ndata: a\n\n"
        ),
        (ServerEvent("a", name: "n\ndata: x", id: "7\r\n8\0"), "event: n\nid: 7\ndata: a\n\n"),
        (ServerEvent("a", id: ""), "id: \ndata: a\n\n"),
    ])
    func eventsOnTheWire(_ event: ServerEvent, _ text: String) {
        #expect(event.text == text)
    }

    private func stream(heartbeat: Duration?, retry: Duration? = nil) throws -> (FakeHost, FakeRequest) {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                let last = context.lastEventID ?? "none"
                try await context.events(heartbeat: heartbeat, retry: retry) { events in
                    try await events.send("after \(last)")
                    try await context.sleep(for: .seconds(25))
                    try await events.send(ServerEvent("late", id: "8"))
                    try await context.sleep(for: .seconds(20))
                }
            }
        }
        return (host, host.get("/", headers: [("Last-Event-ID", "7")]))
    }

    @Test func eventsAndHeartbeats() throws {
        let (host, request) = try stream(heartbeat: .seconds(10), retry: .seconds(3))
        #expect(request.contentType == "text/event-stream")
        #expect(request.header("Cache-Control") == "no-store")
        #expect(request.header("X-Accel-Buffering") == "no")
        #expect(request.chunks == ["retry: 3000\n\n", "data: after 7\n\n"])
        host.advance(microseconds: 10_000_000)
        // Something was written in this interval.
        #expect(request.chunks.count == 2)
        host.advance(microseconds: 10_000_000)
        #expect(request.chunks.dropFirst(2) == [":\n\n"])
        host.advance(microseconds: 5_000_000)
        #expect(request.chunks.last == "id: 8\ndata: late\n\n")
        host.advance(microseconds: 5_000_000)
        #expect(request.chunks.count == 4)
        host.advance(microseconds: 15_000_000)
        #expect(request.hasFinished)
        #expect(request.chunks.count == 5)
        #expect(request.retains == 0)
        #expect(host.timers.isEmpty)
    }

    @Test func withoutAHeartbeatNothingIsWritten() throws {
        let (host, request) = try stream(heartbeat: nil)
        host.advance(microseconds: 20_000_000)
        #expect(request.chunks == [":\n\n", "data: after 7\n\n"])
        host.advance(microseconds: 60_000_000)
        host.advance(microseconds: 60_000_000)
        #expect(request.hasFinished)
        #expect(host.timers.isEmpty)
    }

    @Test func aClientThatLeavesEndsTheStreamAndTheHeartbeat() throws {
        let (host, request) = try stream(heartbeat: .seconds(10))
        request.clientLeaves()
        #expect(request.retains == 0)
        host.advance(microseconds: 60_000_000)
        #expect(host.timers.isEmpty)
        #expect(request.chunks.count == 2)
        #expect(host.log.isEmpty)
    }

    @Test func eventsNeedAnAsyncHandlerAndAnOpenContext() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.text("answered")
                try await context.events { _ in }
            }
        }
        #expect(host.get("/").text == "answered")
        #expect(host.log.count == 1)
    }
}
