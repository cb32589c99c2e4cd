import Synchronization
import Testing
import ZzzJSON

extension DaemonTests {
    /// What apps keep in the daemon, and its cryptography, from outside.
    @Suite struct StoreTests {
        private static func fixture(_ directory: TemporaryDirectory, lines: [String] = []) throws
            -> DaemonConfiguration.App
        {
            DaemonConfiguration.App(
                name: "store", file: try FixtureApp.build("store", in: directory), mount: "/c", lines: lines)
        }

        private static func store(_ daemon: DaemonProcess, _ app: String) throws -> [String: Int] {
            guard case .object(let members)? = try daemon.app(app)?["store"] else { return [:] }
            return Dictionary(
                uniqueKeysWithValues: members.compactMap { name, value in value.intValue.map { (name, $0) } })
        }

        @Test(arguments: Backend.allCases)
        func `what an app has stored outlives its generations`(backend: Backend) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            #expect(try daemon.app("bench")?["store"] == nil, "not used yet")
            for number in 1...3 { #expect(try daemon.get("/count").text == "\(number)") }
            #expect(try daemon.zzzctl("reload", "bench").status == .code(0))
            #expect(try daemon.get("/count").text == "4")
            #expect(try daemon.zzzctl("unload", "bench").status == .code(0))
            #expect(try Self.store(daemon, "bench")["entries"] == 1)
            #expect(try daemon.zzzctl("reload", "bench").status == .code(0))
            #expect(try daemon.get("/count").text == "5")
        }

        @Test func `the loops count together`() throws {
            var configuration = DaemonConfiguration(.epoll, apps: [.example("bench")])
            configuration.loops = 4
            let daemon = try DaemonProcess(configuration)
            let clients = try (0..<16).map { _ in try daemon.client() }
            for _ in 0..<50 {
                for client in clients { try client.send("GET /count HTTP/1.1\r\nHost: a\r\n\r\n") }
                for client in clients { #expect(try client.response().status == 200) }
            }
            #expect(try daemon.get("/count").text == "801")
        }

        @Test func `a limit on requests holds over loops and reloads`() throws {
            let scratch = try TemporaryDirectory()
            let daemon = try DaemonProcess(DaemonConfiguration(.epoll, apps: [try Self.fixture(scratch)]))
            #expect(try daemon.get("/c/take/b").text == "0 1 1")
            #expect(try daemon.get("/c/take/b").text == "0 1 0")
            #expect(try daemon.get("/c/take/b").text == "0 0 0")
            #expect(try daemon.zzzctl("reload", "store").status == .code(0))
            #expect(try daemon.get("/c/take/b").text == "0 0 0")
            #expect(try daemon.get("/c/take/other").text == "0 1 1")
        }

        @Test func `apps see nothing of each other's`() throws {
            let scratch = try TemporaryDirectory()
            let first = try Self.fixture(scratch)
            let second = DaemonConfiguration.App(name: "second", file: first.file, mount: "/d")
            let daemon = try DaemonProcess(DaemonConfiguration(.epoll, apps: [first, second]))
            #expect(try daemon.get("/c/put/key/value/0").text == "0 stored")
            #expect(try daemon.get("/c/get/key").text == "0 value")
            #expect(try daemon.get("/d/get/key").text == "-8 there is no such entry")
        }

        @Test func `status and metrics show what is stored`() throws {
            let scratch = try TemporaryDirectory()
            let daemon = try DaemonProcess(DaemonConfiguration(.epoll, apps: [try Self.fixture(scratch)]))
            #expect(try daemon.get("/c/put/key/value/0").text == "0 stored")
            #expect(try daemon.get("/c/get/key").text == "0 value")
            #expect(try daemon.get("/c/get/none").text == "-8 there is no such entry")
            #expect(
                try Self.store(daemon, "store")
                    == ["entries": 1, "bytes": 200, "hits": 1, "misses": 1, "evictions": 0])
            let text = try daemon.zzzctl("status").output
            #expect(text.contains("STORE  ENTRIES  MEMORY  HITS  MISSES  EVICTIONS\n"))
            #expect(text.contains("store        1   200 B     1       1          0\n"))
            let page = try MetricPage(try daemon.admin("GET", "/metrics").text)
            #expect(page.value("zzz_store_entries", ["app": "store"]) == 1)
            #expect(page.value("zzz_store_bytes", ["app": "store"]) == 200)
            #expect(page.value("zzz_store_hits_total", ["app": "store"]) == 1)
            #expect(page.value("zzz_store_misses_total", ["app": "store"]) == 1)
            #expect(page.value("zzz_store_evictions_total", ["app": "store"]) == 0)
        }

        @Test func `the configuration limits what an app keeps`() throws {
            let scratch = try TemporaryDirectory()
            let app = try Self.fixture(scratch, lines: ["store.memory = \"64 KiB\"", "store.max_value = \"1 KiB\""])
            let daemon = try DaemonProcess(DaemonConfiguration(.epoll, apps: [app]))
            #expect(try daemon.get("/c/fill/200").text == "0 filled")
            let store = try Self.store(daemon, "store")
            #expect(try #require(store["bytes"]) <= 64 << 10)
            #expect(store["evictions"] == 200 - (try #require(store["entries"])))
            let large = String(repeating: "v", count: 1025)
            #expect(
                try daemon.get("/c/put/key/\(large)/0").text == "-5 a value of 1025 bytes; at most 1024 are allowed")
        }

        @Test func `what has ended is given back without being asked for`() throws {
            let scratch = try TemporaryDirectory()
            let daemon = try DaemonProcess(DaemonConfiguration(.epoll, apps: [try Self.fixture(scratch)]))
            #expect(try daemon.get("/c/put/key/value/0").text == "0 stored")
            #expect(try daemon.get("/c/fill/20000").text == "0 filled")
            #expect(try Self.store(daemon, "store")["evictions"] == 0)
            try eventually("the entries are gone") { try Self.store(daemon, "store")["entries"] == 1 }
            #expect(try Self.store(daemon, "store")["evictions"] == 0)
            #expect(try daemon.get("/c/get/key").text == "0 value")
        }

        @Test func `an app in C gets digests`() throws {
            let scratch = try TemporaryDirectory()
            let daemon = try DaemonProcess(DaemonConfiguration(.epoll, apps: [try Self.fixture(scratch)]))
            #expect(
                try daemon.get("/c/digest/abc").text
                    == "0 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        }
    }
}
