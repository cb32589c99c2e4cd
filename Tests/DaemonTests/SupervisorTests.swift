import Glibc
import Testing
import ZzzJSON

extension DaemonTests {
    /// What happens when the process that serves dies, or was never able to serve.
    @Suite struct SupervisorTests {
        /// Kills the process that serves, and waits until another one does.
        private func killServer(of daemon: DaemonProcess, _ signal: Int32 = SIGKILL) throws {
            let old = try daemon.serverPid()
            kill(old, signal)
            try daemon.awaitAnotherServer(than: old)
        }

        @Test(arguments: Backend.allCases)
        func `nobody is refused when the server process is killed, and service is back at once`(
            backend: Backend
        ) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            let port = try daemon.port()
            let supervisor = daemon.pid
            let clients = 4
            let load = try LoadClients(clients, .connectingAnew, target: "/plaintext") { try RawClient(port: port) }
            try load.awaitSuccesses(100)
            try killServer(of: daemon)
            try load.awaitSuccesses(100)
            let count = try load.stop()
            #expect(count.refused == 0)
            // Those that were accepted and not answered yet.
            #expect(count.failed.count <= clients, "\(count.failed)")
            #expect(count.longestGap < .milliseconds(1000), "\(count.longestGap)")
            #expect(try daemon.port() == port)
            #expect(daemon.pid == supervisor)
            let status = try daemon.status()["supervisor"]
            #expect(status?["pid"]?.intValue == Int(supervisor))
            #expect(status?["restarts"]?.intValue == 1)
            #expect(status?["last_end"]?.stringValue?.hasPrefix("SIGKILL") == true)
            #expect(daemon.log.contains("ms after the one before it ended (SIGKILL"))
        }

        @Test func `an app that corrupts the heap costs one process, not the daemon`() throws {
            let scratch = try TemporaryDirectory()
            let file = try FixtureApp.build("corrupt", in: scratch)
            let configuration = DaemonConfiguration(apps: [
                .example("bench", mount: "/bench"), .init(name: "corrupt", file: file, mount: "/corrupt"),
            ])
            let daemon = try DaemonProcess(configuration)
            let old = try daemon.serverPid()
            let client = try daemon.client()
            try client.send("GET /corrupt/heap HTTP/1.1\r\nHost: a\r\n\r\n")
            try daemon.awaitAnotherServer(than: old)
            #expect(try daemon.get("/bench/plaintext").status == 200)
            #expect(daemon.log.contains("ended: SIG"))
        }

        @Test(arguments: Backend.allCases)
        func `an app that damages the heap costs one process, nobody is refused, and the end is named`(
            backend: Backend
        ) throws {
            let daemon = try DaemonProcess(
                DaemonConfiguration(
                    backend, apps: [.faulty(mount: "/faulty"), .example("bench", mount: "/bench")]))
            let (port, old) = (try daemon.port(), try daemon.serverPid())
            let clients = 4
            let load = try LoadClients(clients, .connectingAnew, target: "/bench/plaintext") {
                try RawClient(port: port)
            }
            try load.awaitSuccesses(50)
            daemon.sendAndForget("/faulty/corrupt")
            try daemon.awaitAnotherServer(than: old)
            try load.awaitSuccesses(50)
            let count = try load.stop()
            #expect(count.refused == 0)
            // Those that were accepted and not answered yet.
            #expect(count.failed.count <= clients, "\(count.failed)")
            let status = try daemon.zzzctl("status").output
            #expect(status.contains("1 restarts, the last after SIGABRT (the allocator"), "\(status)")
            #expect(try daemon.status()["supervisor"]?["last_end"]?.stringValue?.hasPrefix("SIGABRT") == true)
            #expect(try daemon.get("/faulty/ok").text == "ok")
        }

        @Test func `a kill every second is followed at once each time`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            let port = try daemon.port()
            let load = try LoadClients(2, .connectingAnew, target: "/") { try RawClient(port: port) }
            for _ in 0..<6 {
                let began = ContinuousClock.now
                try eventually("it has served for a while") { ContinuousClock.now - began > .milliseconds(900) }
                try killServer(of: daemon)
            }
            let count = try load.stop()
            #expect(count.refused == 0)
            #expect(count.longestGap < .milliseconds(1000), "\(count.longestGap)")
            #expect(daemon.log.contains("the next one is started at once"))
            #expect(!daemon.log.contains("the next one is started in"))
        }

        @Test func `a crash loop is reported once, and it is tried on`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            for _ in 0..<5 { try killServer(of: daemon) }
            #expect(daemon.log.contains("CRIT  supervisor: crash loop"))
            #expect(try daemon.get("/").status == 200)
            #expect(try daemon.status()["supervisor"]?["restarts"]?.intValue == 5)
        }

        @Test func `a unix socket and its file outlive the process, and go with the daemon`() throws {
            let scratch = try TemporaryDirectory()
            let path = scratch.path + "/http.sock"
            var configuration = DaemonConfiguration(apps: [.example("bench")])
            configuration.listen = ["unix:\(path)", "127.0.0.1:0"]
            let daemon = try DaemonProcess(configuration)
            let load = try LoadClients(2, .connectingAnew, target: "/plaintext") { try RawClient(unix: path) }
            try load.awaitSuccesses(20)
            try killServer(of: daemon)
            try load.awaitSuccesses(20)
            let count = try load.stop()
            #expect(count.refused == 0)
            #expect(count.failed.count <= 2, "\(count.failed)")
            try daemon.send(SIGTERM)
            #expect(try daemon.wait() == .code(0))
            #expect(!Files.exists(path))
            #expect(!Files.exists(daemon.controlSocket))
        }

        @Test func `what the configuration does not name any more is closed`() throws {
            var configuration = DaemonConfiguration(apps: [.example("hello-c")])
            configuration.listen = ["127.0.0.1:0", "[::1]:0"]
            let daemon = try DaemonProcess(configuration)
            let firstPort = try daemon.port()
            let second = try daemon.status()["listeners"]?[1]?["address"]?.stringValue
            let port = try #require(second?.split(separator: ":").last.flatMap { UInt16($0) })
            _ = try RawClient(ipv6Port: port)
            configuration.listen = ["127.0.0.1:0"]
            try Files.write(configuration.text(in: daemon.directory.path), to: daemon.configurationFile)
            try killServer(of: daemon)
            #expect(try daemon.port() == firstPort)
            try eventually("the other port is closed") {
                do { _ = try RawClient(ipv6Port: port) } catch { return true }
                return false
            }
        }

        @Test(arguments: [1, 3])
        func `another number of loops shares the sockets that there are`(loops: Int) throws {
            var configuration = DaemonConfiguration(apps: [.example("bench")])
            configuration.loops = 2
            let daemon = try DaemonProcess(configuration)
            let port = try daemon.port()
            configuration.loops = loops
            try Files.write(configuration.text(in: daemon.directory.path), to: daemon.configurationFile)
            try killServer(of: daemon)
            #expect(try daemon.status()["loops"]?.arrayValue?.count == loops)
            // Often enough for each of the sockets to get one.
            for _ in 0..<40 {
                let client = try RawClient(port: port)
                try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response().status == 200)
            }
        }

        @Test func `without a supervisor a dead daemon stays dead`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]), isSupervised: false)
            #expect(try daemon.serverPid() == daemon.pid)
            #expect(try daemon.status()["supervisor"] == nil)
            let result = try daemon.zzzctl("upgrade")
            #expect(result.status == .code(1))
            #expect(result.errors.contains("--no-supervisor"))
            try daemon.send(SIGKILL)
            #expect(try daemon.wait() == .signal(SIGKILL))
        }

        @Test func `a configuration that is wrong ends the daemon at once, with its message`() throws {
            let scratch = try TemporaryDirectory()
            try Files.write("[server]\nloops = \"many\"\n", to: scratch.path + "/zzz.toml")
            let result = try CommandResult.of([Dist.zzzd, "--config", scratch.path + "/zzz.toml"], in: scratch)
            #expect(result.status == .code(1))
            #expect(result.errors.contains("zzz.toml:2"))
        }

        @Test func `a configuration that became wrong is tried again until it is right`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            let port = try daemon.port()
            let old = try daemon.serverPid()
            let text = try Files.text(daemon.configurationFile)
            // Whole at once: an empty file is a configuration too, without this listener.
            try Files.deploy(Array((text + "\n[nonsense]\n").utf8), to: daemon.configurationFile)
            kill(old, SIGKILL)
            try eventually("the new process has failed") { daemon.log.contains("ended: exit status 1") }
            // It waits: nobody is refused.
            let client = try RawClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try Files.deploy(Array(text.utf8), to: daemon.configurationFile)
            #expect(try client.response().status == 200)
        }

        @Test func `the server process ends when its supervisor has gone`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("bench")]))
            let server = try daemon.serverPid()
            let client = try daemon.client()
            try client.send("GET /sleep?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("bench")?["in_flight"]?.intValue == 1 }
            try daemon.send(SIGKILL)
            #expect(try client.response().status == 200)
            try eventually("it has ended") { kill(server, 0) != 0 || isZombie(server) }
        }

        /// Without a parent that reaps it, as in a container.
        private func isZombie(_ pid: pid_t) -> Bool {
            ((try? Files.text("/proc/\(pid)/stat")) ?? "").contains(") Z ")
        }
    }
}
