import Glibc
import Testing

extension DaemonTests {
    /// A server process that hangs is ended and followed, without systemd: docs/supervision.md.
    @Suite struct HangTests {
        private func watched(_ backend: Backend = .epoll, apps: [DaemonConfiguration.App], more: String...) throws
            -> DaemonProcess
        {
            var configuration = DaemonConfiguration(backend, apps: apps)
            configuration.server = ["watchdog = \"2s\""] + more
            return try DaemonProcess(configuration)
        }

        private func pass(_ time: Duration, _ daemon: DaemonProcess) throws {
            let seen = ContinuousClock.now
            try eventually("time has passed") { ContinuousClock.now - seen > time }
        }

        @Test func `a process that stands still is ended, and nobody is refused`() throws {
            let daemon = try watched(apps: [.example("bench")])
            let port = try daemon.port()
            let old = try daemon.serverPid()
            let load = try LoadClients(2, .connectingAnew, target: "/plaintext") { try RawClient(port: port) }
            try load.awaitSuccesses(20)
            let began = ContinuousClock.now
            kill(old, SIGSTOP)
            try daemon.awaitAnotherServer(than: old)
            #expect(ContinuousClock.now - began > .milliseconds(2000))
            try load.awaitSuccesses(20)
            let count = try load.stop()
            #expect(count.refused == 0)
            // Those that were accepted and not answered yet.
            #expect(count.failed.count <= 2, "\(count.failed)")
            #expect(try daemon.port() == port)
            let status = try daemon.status()["supervisor"]
            #expect(status?["restarts"]?.intValue == 1)
            // SIGABRT does not reach a process that stands still.
            #expect(status?["last_end"]?.stringValue == "SIGKILL (it had hung, and was ended)")
            #expect(daemon.log.contains("server process \(old) hangs: no sign of life for 2 s"))
        }

        // The main thread goes on, but the loops do not.
        @Test(arguments: Backend.allCases)
        func `a process whose loops are all held is ended, and the log names them`(backend: Backend) throws {
            let daemon = try watched(backend, apps: [.faulty()], more: "app_threads = 4")
            let old = try daemon.serverPid()
            let blocked = try (0..<16).map { _ in try daemon.client() }
            for client in blocked { try client.send("GET /block?ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n") }
            try daemon.awaitAnotherServer(than: old)
            #expect(daemon.log.contains("server process \(old) hangs: no sign of life for 2 s"))
            #expect(daemon.log.contains("(server.watchdog): loop "))
            #expect(try daemon.get("/ok").text == "ok")
            let end = try daemon.status()["supervisor"]?["last_end"]?.stringValue
            #expect(end == "SIGABRT (it had hung, and was ended)")
        }

        @Test func `handlers that block while there are threads are no hang`() throws {
            let daemon = try watched(apps: [.faulty()])
            let old = try daemon.serverPid()
            let blocked = try (0..<8).map { _ in try daemon.client() }
            for client in blocked { try client.send("GET /block?ms=4000 HTTP/1.1\r\nHost: a\r\n\r\n") }
            for client in blocked { #expect(try client.response().status == 200) }
            #expect(try daemon.serverPid() == old)
        }

        // As when the machine sleeps, or a debugger holds the whole service.
        @Test func `a pause of both processes, or of the supervisor, is no hang`() throws {
            let daemon = try watched(apps: [.example("hello-c")])
            let old = try daemon.serverPid()
            for paused in [[daemon.pid, old], [daemon.pid]] {
                for pid in paused { kill(pid, SIGSTOP) }
                try pass(.milliseconds(3500), daemon)
                for pid in paused { kill(pid, SIGCONT) }
                try pass(.milliseconds(1500), daemon)
                #expect(try daemon.get("/").status == 200)
                #expect(try daemon.serverPid() == old)
            }
            #expect(!daemon.log.contains("hangs"))
        }

        @Test func `the watch goes with the configuration, and can be switched off`() throws {
            let daemon = try watched(apps: [.example("hello-c")])
            var changed = daemon.configuration
            changed.server = ["watchdog = \"0s\""]
            try Files.write(changed.text(in: daemon.directory.path), to: daemon.configurationFile)
            #expect(try daemon.zzzctl("reload").status == .code(0))
            let old = try daemon.serverPid()
            kill(old, SIGSTOP)
            try pass(.milliseconds(4000), daemon)
            kill(old, SIGCONT)
            #expect(try daemon.serverPid() == old)
            try Files.write(daemon.configuration.text(in: daemon.directory.path), to: daemon.configurationFile)
            #expect(try daemon.zzzctl("reload").status == .code(0))
            kill(old, SIGSTOP)
            try daemon.awaitAnotherServer(than: old)
        }
    }
}
