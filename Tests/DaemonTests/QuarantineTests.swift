import Glibc
import Testing

extension DaemonTests {
    /// An app that traps again and again goes out of service, and no other app notices: design, section 4.
    @Suite struct QuarantineTests {
        private func faulty(_ lines: String...) throws -> DaemonProcess {
            try DaemonProcess(
                DaemonConfiguration(
                    apps: [.faulty(mount: "/faulty", lines: lines), .example("hello-c", mount: "/hello")]))
        }

        private func trap(_ daemon: DaemonProcess, times: Int) throws {
            for _ in 0..<times {
                let generation = try daemon.generation(of: "faulty")
                #expect(try daemon.get("/faulty/trap").status == 500)
                // The next one has to happen in the fresh copy, not on the way to it.
                try eventually("the trap has had its consequence") {
                    let state = try daemon.app("faulty")?["state"]?.stringValue
                    return try state == "quarantined" || daemon.generation(of: "faulty") > generation
                }
            }
        }

        @Test func `after so many traps the app is out of service, until it is reloaded`() throws {
            let daemon = try faulty("quarantine = { traps = 3, window = \"60s\" }")
            let pid = try daemon.serverPid()
            try trap(daemon, times: 2)
            #expect(try daemon.get("/faulty/ok").text == "ok")
            #expect(try daemon.app("faulty")?["state"]?.stringValue == "running")

            try trap(daemon, times: 1)
            for target in ["/faulty/ok", "/faulty/trap", "/faulty/no-such-route"] {
                let refused = try daemon.get(target)
                #expect(refused.status == 503)
                #expect(refused["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
            }
            #expect(try daemon.app("faulty")?["state"]?.stringValue == "quarantined")
            #expect(daemon.log.contains("quarantine"))
            #expect(try daemon.get("/hello/").status == 200)

            #expect(try daemon.zzzctl("reload", "faulty").status == .code(0))
            #expect(try daemon.get("/faulty/ok").text == "ok")
            #expect(try daemon.app("faulty")?["state"]?.stringValue == "running")
            #expect(try daemon.serverPid() == pid)
        }

        @Test func `a new file lifts it, and the traps are counted anew`() throws {
            let daemon = try faulty("quarantine = { traps = 2, window = \"60s\" }")
            try trap(daemon, times: 2)
            #expect(try daemon.get("/faulty/ok").status == 503)
            try Files.deploy(try Files.read(Dist.testApp("faulty")), to: daemon.appFile("faulty"))
            #expect(try daemon.zzzctl("reload", "faulty").status == .code(0))
            #expect(try daemon.get("/faulty/ok").text == "ok")
            try trap(daemon, times: 1)
            #expect(try daemon.get("/faulty/ok").text == "ok")
            try trap(daemon, times: 1)
            #expect(try daemon.get("/faulty/ok").status == 503)
        }

        @Test func `traps that are older than the window do not count`() throws {
            let daemon = try faulty("quarantine = { traps = 2, window = \"1s\" }")
            for _ in 0..<3 {
                try trap(daemon, times: 1)
                let seen = ContinuousClock.now
                try eventually("the window has passed") { ContinuousClock.now - seen > .milliseconds(1100) }
            }
            #expect(try daemon.get("/faulty/ok").text == "ok")
        }

        @Test func `with 0 an app may trap as often as it likes`() throws {
            let daemon = try faulty("quarantine.traps = 0")
            try trap(daemon, times: 12)
            #expect(try daemon.get("/faulty/ok").text == "ok")
        }
    }
}
