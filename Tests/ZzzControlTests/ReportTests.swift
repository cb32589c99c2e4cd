import Testing
import ZzzControl
import ZzzJSON

/// The reports as scripts see them.
@Suite struct ReportTests {
    @Test func `the status has the documented shape`() throws {
        let bytes = try JSONBytesEncoder().encode(FakeService.report)
        #expect(try JSONBytesDecoder().decode(StatusReport.self, from: bytes) == FakeService.report)
        let expected: JSONValue = [
            "version": "0.1.0", "pid": 4711, "state": "running", "started_at": "2026-11-20T18:40:00Z",
            "uptime_seconds": 93_784, "backend": ["name": "epoll", "reason": "io_uring is refused here"],
            "loops": [
                [
                    "index": 0, "backend": "epoll", "connections": 3, "requests": 124, "turns": 99, "busy_ratio": 0.126,
                    "busy_seconds": 12.5, "hand_offs": 2, "longest_stall_ms": 41.5,
                ]
            ],
            "threads": ["running": 1, "spare": 2, "stalled": 3, "frozen": 4, "limit": 512],
            "listeners": [["address": "127.0.0.1:8080", "state": "paused", "accepted": 12, "inherited": true]],
            "connections": ["accepted": 12, "active": 1, "idle": 2, "closed": 9, "limit": 3, "limit_reached": 1],
            "requests": ["total": 124, "1xx": 0, "2xx": 100, "3xx": 10, "4xx": 12, "5xx": 2],
            "apps": [
                [
                    "name": "bad", "file": "/var/lib/zzz/apps/bad.so", "version": "", "runtime": "", "generation": 0,
                    "state": "failed", "mount": "/bad", "hosts": [], "routes": 0, "requests": 0, "errors": 0,
                    "traps": 0, "hand_offs": 0, "timeouts": 0, "in_flight": 0, "draining_generations": [],
                    "last_error": ["reason": "bad.so is not an ELF file", "remedy": "build it again\u{1B}[2J"],
                ],
                [
                    "name": "blog", "file": "/var/lib/zzz/apps/blog.so", "version": "1.2", "runtime": "swift 6.3",
                    "generation": 3, "state": "running", "mount": "/", "hosts": ["blog.example"], "routes": 4,
                    "requests": 120, "errors": 2, "traps": 0, "hand_offs": 0, "timeouts": 0, "in_flight": 1,
                    "loaded_at": "2026-11-21T22:26:40Z",
                    "previous_generation": 2,
                    "draining_generations": [
                        ["generation": 2, "version": "1.1", "since": "2026-11-21T22:26:40Z", "in_flight": 1]
                    ],
                ],
            ],
            "config": [
                "file": "/etc/zzz/zzz.toml", "files": ["/etc/zzz/zzz.toml"], "loaded_at": "2026-11-20T18:40:00Z",
            ],
            "supervisor": [
                "pid": 4710, "restarts": 2, "last_end": "SIGABRT", "last_end_at": "2026-11-21T08:33:20Z",
            ],
        ]
        #expect(try JSONValue(parsing: bytes) == expected)
    }

    @Test func `sockets are in the status once there was one`() throws {
        var report = FakeService.report
        var counts = SocketCountsReport()
        counts.open = 2
        counts.joinsRefused = 3
        counts.tooSlow = 4
        report.sockets = counts
        let json = try JSONValue(parsing: JSONBytesEncoder().encode(report))["sockets"]
        #expect(json?["open"] == 2 && json?["joins_refused"] == 3 && json?["too_slow"] == 4)
    }

    @Test func `the other reports survive the way through JSON`() throws {
        let service = FakeService()
        func check<Report: Codable & Equatable>(_ report: Report) throws {
            let bytes = try JSONBytesEncoder().encode(report)
            #expect(try JSONBytesDecoder().decode(Report.self, from: bytes) == report)
        }
        try check(service.apps())
        try check(service.routes(app: nil))
        try check(service.metrics(app: nil))
        try check(service.crashes(app: nil))
        try check(service.sockets(app: nil, id: nil))
        try check(service.channels(app: nil))
        try check(service.presence(topic: "room:lobby", app: nil))
        try check(service.disconnect(id: "user:7", app: nil))
        try check(service.reload(app: nil))
        try check(service.unload(app: "blog"))
        try check(service.check())
        try check(service.stop())
        try check(service.upgrade(binary: nil, readyWithinMilliseconds: nil))
        var inspect = InspectReport(file: "a.so", loadable: false, hostABI: "1.0")
        inspect.error = ControlError(.loadFailed, "no")
        inspect.routes = try service.routes(app: nil).routes
        try check(inspect)
    }
}
