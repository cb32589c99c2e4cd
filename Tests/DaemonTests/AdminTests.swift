import Glibc
import Testing
import ZzzJSON

extension DaemonTests {
    /// The admin listener: health and metrics, over its unix socket and over TCP.
    @Suite struct AdminTests {
        /// Where the listener is: at the socket that it has by default, or at a port.
        enum Place: String, CaseIterable, CustomTestStringConvertible {
            case unix, tcp
            var testDescription: String { rawValue }
            var table: String { self == .tcp ? "[admin]\naddress = \"127.0.0.1:0\"\n" : "" }
        }

        private static func daemon(
            _ place: Place = .unix, _ backend: Backend = .epoll, _ apps: [DaemonConfiguration.App],
            configure: (inout DaemonConfiguration) -> Void = { _ in }
        ) throws -> DaemonProcess {
            var configuration = DaemonConfiguration(backend, apps: apps)
            configuration.more = place.table
            configure(&configuration)
            return try DaemonProcess(configuration)
        }

        @Test(arguments: Place.allCases, Backend.allCases)
        func `answers health checks and nothing else`(place: Place, backend: Backend) throws {
            let daemon = try Self.daemon(place, backend, [.example("hello-c")])
            let live = try daemon.admin("GET", "/livez")
            #expect(live.status == 200 && live.text == "ok\n" && live["Cache-Control"] == "no-store")
            #expect(try daemon.admin("GET", "/readyz").text == "ready\n")
            #expect(try daemon.admin("HEAD", "/readyz").status == 200)
            let app = try daemon.admin("GET", "/readyz?x=1&app=hello-c")
            #expect(app.status == 200 && app.text == "app hello-c: running\n")
            #expect(try daemon.admin("GET", "/readyz?app=nobody").status == 404)
            for path in ["/", "/livez/", "/metrics/x", "/hello-c"] {
                #expect(try daemon.admin("GET", path).status == 404)
            }
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                #expect(try daemon.admin(method, "/metrics").status == 405)
            }
            // Nor does the app's listener answer them.
            #expect(try daemon.get("/livez").status == 404)
        }

        @Test(arguments: Place.allCases, Backend.allCases)
        func `tells what was asked for in the text format`(place: Place, backend: Backend) throws {
            let daemon = try Self.daemon(place, backend, [.example("bench", mount: "/b")])
            for number in 1...5 { #expect(try daemon.get("/b/users/\(number)").status == 200) }
            #expect(try daemon.get("/b/nothing").status == 404)
            #expect(try daemon.get("/nowhere").status == 404)
            let answer = try daemon.admin("GET", "/metrics")
            #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let page = try MetricPage(answer.text)
            let route = ["app": "bench", "route": "/b/users/:id", "method": "GET"]
            #expect(page.value("zzz_requests_total", route.merging(["code": "2xx"]) { $1 }) == 5)
            #expect(page.value("zzz_requests_total", ["app": "bench", "route": "", "code": "4xx"]) == 1)
            #expect(page.value("zzz_responses_total", ["code": "4xx"]) == 2)
            #expect(page.value("zzz_request_duration_seconds_count", route) == 5)
            #expect(try #require(page.value("zzz_request_duration_seconds_sum", route)) > 0)
            #expect(page.value("zzz_response_body_bytes_total", route) == 5)
            #expect(page.value("zzz_app_state", ["app": "bench", "state": "running"]) == 1)
            #expect(page.value("zzz_app_generation", ["app": "bench"]) == 1)
            #expect(page.value("zzz_ready") == 1)
            #expect(try #require(page.value("process_resident_memory_bytes")) > 1e6)
            #expect(try #require(page.value("process_open_fds")) > 5)
            #expect(page.families["zzz_loop_turns_total"]?.samples.count == 2)
            // Routes that nobody has asked for have no samples.
            #expect(page.value("zzz_request_duration_seconds_count", ["route": "/b/json"]) == nil)
        }

        @Test func `docs/metrics.md names every metric, with its type`() throws {
            let daemon = try Self.daemon(.unix, .epoll, [.example("hello-c")])
            let page = try MetricPage(try daemon.admin("GET", "/metrics").text)
            var documented: [String: String] = [:]
            for line in try Files.text(Dist.packageRoot + "/docs/metrics.md").split(separator: "\n") {
                let cells = line.split(separator: "|").map { cell in cell.filter { $0 != " " && $0 != "`" } }
                guard cells.count == 4, ["counter", "gauge", "histogram"].contains(cells[1]) else { continue }
                documented[cells[0]] = cells[1]
            }
            #expect(documented == page.families.mapValues(\.type))
        }

        @Test(arguments: Backend.allCases)
        func `zzzctl shows what routes have done`(backend: Backend) throws {
            let daemon = try Self.daemon(.unix, backend, [.example("bench"), .example("hello-c", mount: nil)])
            for _ in 1...3 { #expect(try daemon.get("/json").status == 200) }
            let report = try daemon.zzzctl("routes", "bench", "--stats", "--json").json
            let routes = report["routes"]?.arrayValue ?? []
            #expect(routes.allSatisfy { $0["app"] == "bench" })
            let json = routes.first { $0["pattern"] == "/json" }
            #expect(json?["requests"]?["2xx"]?.intValue == 3)
            let counts = json?["latency"]?["counts"]?.arrayValue?.compactMap(\.intValue) ?? []
            #expect(counts.reduce(0, +) == 3)
            #expect(report["latency_bounds"]?.arrayValue?.count == counts.count - 1)
            #expect(try daemon.zzzctl("routes", "nobody", "--stats").status == .code(1))
            let top = try daemon.zzzctl("top", "-n", "1", "-d", "0.1")
            #expect(top.status == .code(0) && top.output.contains("/json") && top.output.contains("hello-c"))
            #expect(try daemon.zzzctl("crashes", "bench").output == "no crashes\n")
            #expect(try daemon.zzzctl("crashes", "nobody").status == .code(1))
        }

        @Test func `counters go on over reloads and unloads`() throws {
            let daemon = try Self.daemon(.tcp, .epoll, [.example("hello-c")])
            func count() throws -> Double? {
                let page = try MetricPage(try daemon.admin("GET", "/metrics").text)
                let count = page.value("zzz_requests_total", ["app": "hello-c", "code": "2xx"])
                #expect(page.value("zzz_request_duration_seconds_count", ["app": "hello-c"]) == count)
                return count
            }
            for number in 1...3 {
                #expect(try daemon.get("/").status == 200)
                #expect(try daemon.zzzctl("reload", "hello-c").status == .code(0))
                #expect(try count() == Double(number))
            }
            #expect(try daemon.zzzctl("unload", "hello-c").status == .code(0))
            #expect(try count() == 3)
            let page = try MetricPage(try daemon.admin("GET", "/metrics").text)
            #expect(page.value("zzz_app_loads_total", ["app": "hello-c"]) == 4)
            #expect(page.value("zzz_app_state", ["app": "hello-c", "state": "unloaded"]) == 1)
        }

        @Test func `is not ready while it drains, and still answers`() throws {
            let daemon = try Self.daemon(.unix, .epoll, [.example("bench")])
            let busy = try daemon.client()
            try busy.send("GET /sleep?ms=3000 HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("bench")?["in_flight"]?.intValue == 1 }
            try daemon.send(SIGTERM)
            try eventually("it drains") { try daemon.admin("GET", "/readyz").status == 503 }
            #expect(try daemon.admin("GET", "/readyz").text == "draining\n")
            #expect(try daemon.admin("GET", "/livez").status == 200)
            #expect(try busy.response().status == 200)
            #expect(try daemon.wait() == .code(0))
            #expect(!Files.exists(daemon.directory.path + "/run/admin.sock"))
        }

        @Test func `a broken app is named, and takes only itself out of rotation`() throws {
            let scratch = try TemporaryDirectory()
            try Files.write("no library", to: scratch.path + "/bad.so")
            let bad = DaemonConfiguration.App(name: "bad", file: scratch.path + "/bad.so", mount: "/bad")
            let daemon = try Self.daemon(.unix, .epoll, [.example("hello-c"), bad])
            let ready = try daemon.admin("GET", "/readyz")
            #expect(ready.status == 200 && ready.text == "ready\napp bad: failed\n")
            #expect(try daemon.admin("GET", "/readyz?app=bad").status == 503)
            #expect(try daemon.admin("GET", "/readyz?app=hello-c").status == 200)
        }

        @Test func `answers while an app holds the only loop`() throws {
            let scratch = try TemporaryDirectory()
            let holder = try FixtureApp.build("holder", in: scratch, defines: ["HOLD_SECONDS=4"])
            let daemon = try Self.daemon(.unix, .epoll, [.init(name: "holder", file: holder)]) { $0.loops = 1 }
            let client = try daemon.client()
            try client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") {
                let page = try MetricPage(try daemon.admin("GET", "/metrics").text)
                return page.value("zzz_app_requests_in_flight", ["app": "holder"]) == 1
            }
            #expect(try daemon.admin("GET", "/livez").status == 200)
            #expect(try client.response().text == "held")
        }

        @Test func `has no listener when it is switched off`() throws {
            let daemon = try Self.daemon(.unix, .epoll, []) { $0.more = "[admin]\naddress = \"off\"\n" }
            #expect(!Files.exists(daemon.directory.path + "/run/admin.sock"))
            #expect(try daemon.status()["admin_address"] == nil)
        }

        @Test func `serves apps while the admin address is taken, and takes it when it is free`() throws {
            let first = try Self.daemon(.tcp, .epoll, [.example("hello-c")])
            let address = try #require(try first.status()["admin_address"]?.stringValue)
            let second = try Self.daemon(.unix, .epoll, [.example("hello-c")]) {
                $0.more = "[admin]\naddress = \"\(address)\"\n"
            }
            #expect(try second.get("/").status == 200)
            #expect(try second.status()["admin_address"] == nil)
            // The log has a thread of its own.
            try eventually("it is said") { second.log.contains("admin listener") }
            try first.send(SIGTERM)
            _ = try first.wait()
            try eventually("the listener is there") { try second.status()["admin_address"]?.stringValue == address }
            #expect(try second.admin("GET", "/livez").status == 200)
        }
    }
}

extension DaemonProcess {
    /// Asks its admin listener, on a connection of its own.
    func admin(_ method: String, _ target: String) throws -> RawResponse {
        let socket = directory.path + "/run/admin.sock"
        let client: RawClient
        if Files.exists(socket) {
            client = try RawClient(unix: socket)
        } else {
            let address = try status()["admin_address"]?.stringValue ?? ""
            guard let port = UInt16(address.split(separator: ":").last ?? "") else { throw SystemFailure(address) }
            client = try RawClient(port: port)
        }
        try client.send("\(method) \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return try client.response(toHead: method == "HEAD")
    }
}
