import Glibc
import Testing

extension DaemonTests {
    /// Faults in every callback that the C contract has, and in every step of an app's life (Fixtures/faults.c).
    @Suite struct CallbackFaultTests {
        private let scratch: TemporaryDirectory

        init() throws {
            scratch = try TemporaryDirectory()
        }

        private func faults(_ defines: String...) throws -> DaemonConfiguration.App {
            // Backtraces go by frame pointers, which Swift keeps and C leaves out unless it is told.
            let file = try FixtureApp.build(
                "faults", in: scratch, defines: defines, flags: ["-g", "-fno-omit-frame-pointer"])
            return DaemonConfiguration.App(name: "faults", file: file, lines: ["quarantine.traps = 0"])
        }

        private func daemon(_ backend: Backend, _ app: DaemonConfiguration.App) throws -> DaemonProcess {
            var configuration = DaemonConfiguration(backend, apps: [app], limits: ["request_timeout = \"5s\""])
            configuration.loops = 1
            return try DaemonProcess(configuration)
        }

        private static let builtinTrap = SourcePlace.contract("stop_here", "stop_here(void) { __builtin_trap(); }")

        private func expectFreshCopy(_ daemon: DaemonProcess, _ pid: pid_t) throws {
            try eventually("a fresh copy takes over") { try daemon.generation(of: "faults") > 1 }
            #expect(try daemon.get("/ok").text == "ok")
            #expect(try daemon.serverPid() == pid)
        }

        static let inHandlers: [(target: String, signal: String, place: SourcePlace)] = [
            ("/trap", "SIGILL", builtinTrap),
            ("/divide", "SIGFPE", .contract("divide", "200 / none")),
            ("/abort", "SIGABRT", .contract("call_abort", "    abort();")),
            ("/assert", "SIGABRT", .contract("call_assert", "assert(head->")),
            ("/null", "SIGSEGV", .contract("read_null", "*(volatile uint16_t *)user")),
            ("/trap-unmatched", "SIGILL", builtinTrap),
            ("/trap-timer", "SIGILL", builtinTrap),
            ("/trap-post", "SIGILL", builtinTrap),
            ("/trap-work", "SIGILL", builtinTrap),
            ("/trap-done", "SIGILL", builtinTrap),
        ]

        @Test(arguments: inHandlers.indices, Backend.allCases)
        func `a fault on behalf of a request is answered with 500`(index: Int, backend: Backend) throws {
            let (target, signal, place) = Self.inHandlers[index]
            let daemon = try daemon(backend, try faults())
            let pid = try daemon.serverPid()
            let bystander = try daemon.client()
            #expect(try bystander.get("/ok").text == "ok")
            #expect(try daemon.get(target).status == 500)
            let crash = try daemon.onlyCrash(of: "faults")
            // SIGTRAP is what __builtin_trap raises on arm64.
            #expect(crash.signal == signal || (signal == "SIGILL" && crash.signal == "SIGTRAP"), "\(crash.signal)")
            #expect(try crash.shows(place), "\(target): \(crash.frames)")
            try expectFreshCopy(daemon, pid)
            #expect(try bystander.get("/ok").text == "ok")
        }

        @Test(arguments: ["timer", "post", "work", "done", "watch"], Backend.allCases)
        func `a fault on behalf of the app alone costs no request`(callback: String, backend: Backend) throws {
            let daemon = try daemon(backend, try faults())
            let pid = try daemon.serverPid()
            let bystander = try daemon.client()
            #expect(try bystander.get("/ok").text == "ok")
            #expect(try daemon.get("/trap-app-\(callback)").text == "later")
            #expect(try daemon.onlyCrash(of: "faults").shows(Self.builtinTrap))
            try expectFreshCopy(daemon, pid)
            #expect(try bystander.get("/ok").text == "ok")
        }

        @Test(arguments: ["/block-watch", "/block-timer"], Backend.allCases)
        func `a callback that blocks is not called once more meanwhile`(target: String, backend: Backend) throws {
            let daemon = try daemon(backend, try faults())
            #expect(try daemon.get(target).text == "later")
            var counts: [Int] = []
            try eventually("it is called again and again") {
                counts = try daemon.get("/blocked").text.split(separator: " ").compactMap { Int($0) }
                return (counts.first ?? 0) >= 3
            }
            #expect(counts.last == 1)
        }

        @Test(arguments: Backend.allCases)
        func `a fault in a body callback is answered with 500`(backend: Backend) throws {
            let daemon = try daemon(backend, try faults())
            let pid = try daemon.serverPid()
            let client = try daemon.client()
            try client.send("POST /trap-body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234")
            try client.send("56789")
            #expect(try client.finalResponse().status == 500)
            try expectFreshCopy(daemon, pid)
        }

        @Test(arguments: Backend.allCases)
        func `a fault when the client can take more cuts the response`(backend: Backend) throws {
            let daemon = try daemon(backend, try faults())
            let pid = try daemon.serverPid()
            let client = try daemon.client(receiveBufferBytes: 4096)
            #expect(throws: SystemFailure.self) { _ = try client.get("/trap-writable") }
            #expect(try daemon.onlyCrash(of: "faults").shows(Self.builtinTrap))
            try expectFreshCopy(daemon, pid)
        }

        @Test(arguments: Backend.allCases)
        func `a fault when the client leaves costs nobody`(backend: Backend) throws {
            let daemon = try daemon(backend, try faults())
            let pid = try daemon.serverPid()
            let client = try daemon.client()
            try client.send("GET /trap-closed HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("faults")?["in_flight"]?.intValue == 1 }
            client.reset()
            #expect(try daemon.onlyCrash(of: "faults").shows(Self.builtinTrap))
            try expectFreshCopy(daemon, pid)
        }

        // MARK: Steps of its life

        @Test(arguments: ["CREATE", "ENROLL", "START"])
        func `a fault while loading keeps what runs running`(step: String) throws {
            let daemon = try daemon(.epoll, try faults())
            let pid = try daemon.serverPid()
            try Files.deploy(try Files.read(try faults("TRAP_IN_\(step)").file), to: daemon.appFile("faults"))
            let result = try daemon.zzzctl("reload", "faults", "--json")
            #expect(result.status == .code(1))
            #expect(try daemon.generation(of: "faults") == 1)
            #expect(try daemon.app("faults")?["last_error"]?["reason"]?.stringValue?.contains("SIG") == true)
            #expect(try daemon.get("/ok").text == "ok")
            #expect(try daemon.serverPid() == pid)
        }

        @Test(arguments: ["QUIESCE", "STOP"])
        func `a fault while it is put away does not disturb its successor`(step: String) throws {
            let daemon = try daemon(.epoll, try faults("TRAP_IN_\(step)"))
            let pid = try daemon.serverPid()
            try Files.deploy(try Files.read(try faults().file), to: daemon.appFile("faults"))
            #expect(try daemon.zzzctl("reload", "faults").status == .code(0))
            #expect(try daemon.get("/ok").text == "ok")
            #expect(try daemon.onlyCrash(of: "faults").shows(Self.builtinTrap))
            #expect(try daemon.generation(of: "faults") == 2)
            #expect(try daemon.serverPid() == pid)
        }
    }
}
