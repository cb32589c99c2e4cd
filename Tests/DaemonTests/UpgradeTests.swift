import Glibc
import Testing
import ZzzJSON

extension DaemonTests {
    /// A new server process takes over from the old one, or does not.
    @Suite struct UpgradeTests {
        /// A copy of the daemon's program, with what it needs beside it.
        private func copyOfProgram(in directory: TemporaryDirectory) throws -> String {
            let bin = directory.path + "/bin"
            try Files.makeDirectory(bin)
            try Files.makeDirectory(directory.path + "/libexec")
            try Files.makeDirectory(directory.path + "/libexec/zzz")
            try Files.write(try Files.read(Dist.zzzd), to: bin + "/zzzd")
            let reader = "/libexec/zzz/zzz-config"
            try Files.write(try Files.read(Dist.root + reader), to: directory.path + reader)
            return bin + "/zzzd"
        }

        /// A script in the place of a zzzd: it passes the first check, and then does what it says.
        private func script(_ lines: String, in directory: TemporaryDirectory) throws -> String {
            let path = directory.path + "/zzzd"
            try Files.write("#!/bin/sh\n[ \"$1\" = --version ] && echo 'zzzd 9.9.9' && exit\n\(lines)\n", to: path)
            return path
        }

        @Test(arguments: Backend.allCases)
        func `20 upgrades under load fail no request`(backend: Backend) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            let port = try daemon.port()
            let kept = try LoadClients(4, .keepingAlive, target: "/plaintext") { try RawClient(port: port) }
            let anew = try LoadClients(2, .connectingAnew, target: "/plaintext") { try RawClient(port: port) }
            let slow = try LoadClients(2, .keepingAlive, target: "/sleep?ms=30") { try RawClient(port: port) }
            let scratch = try TemporaryDirectory()
            let asking = try ChildProcess(
                ["/bin/sh", "-c", "while \"$0\" apps --socket \"$1\"; do :; done", Dist.zzzctl, daemon.controlSocket],
                name: "asking", in: scratch)
            var pids: Set<pid_t> = [try daemon.serverPid()]
            for _ in 0..<20 {
                try kept.awaitSuccesses(50)
                try slow.awaitSuccesses(2)
                let result = try daemon.zzzctl("upgrade")
                #expect(result.status == .code(0), "\(result.errors)")
                pids.insert(try daemon.serverPid())
            }
            for load in [kept, anew, slow] {
                try load.awaitSuccesses(2)
                let count = try load.stop()
                #expect(count.refused == 0)
                #expect(count.failed == [])
            }
            #expect(try asking.poll() == nil, "the control socket always answers: \(asking.standardError)")
            #expect(pids.count == 21)
            #expect(try daemon.port() == port)
            #expect(try daemon.status()["supervisor"]?["restarts"]?.intValue == 0)
        }

        @Test(arguments: Backend.allCases)
        func `an idle connection gets its next request answered, and is told that it closes`(backend: Backend) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            let old = try daemon.serverPid()
            let (early, silent) = (try daemon.client(), try daemon.client())
            for client in [early, silent] {
                try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response().saysClose == false)
            }
            #expect(try daemon.zzzctl("upgrade").status == .code(0))
            #expect(try daemon.serverPid() != old)
            try early.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try early.response()
            #expect(response.status == 200)
            #expect(response.saysClose)
            // The other one is closed when it has nothing to say.
            #expect(try silent.isClosedSilently())
            try eventually("the old process has ended") { kill(old, 0) != 0 }
        }

        @Test func `a request that is under way is finished by the process that began it`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("bench")]))
            let old = try daemon.serverPid()
            let client = try daemon.client()
            try client.send("GET /sleep?ms=1500 HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("bench")?["in_flight"]?.intValue == 1 }
            #expect(try daemon.zzzctl("upgrade").status == .code(0))
            #expect(kill(old, 0) == 0)
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.saysClose)
            try eventually("the old process has ended") { kill(old, 0) != 0 }
        }

        @Test func `upgrades to another program, the supervisor too`() throws {
            let scratch = try TemporaryDirectory()
            let program = try copyOfProgram(in: scratch)
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("bench")]))
            let port = try daemon.port()
            let load = try LoadClients(3, .connectingAnew, target: "/plaintext") { try RawClient(port: port) }
            let result = try daemon.zzzctl("upgrade", "--binary", program, "--json")
            #expect(result.status == .code(0), "\(result.errors)")
            #expect(result.json["binary"]?.stringValue == program)
            #expect(result.json["pid"]?.intValue == Int(try daemon.serverPid()))
            #expect(try runs(daemon.serverPid(), program))
            try eventually("the supervisor runs it") { try runs(daemon.pid, program) }
            // It still knows its sockets and its process.
            let old = try daemon.serverPid()
            kill(old, SIGKILL)
            try daemon.awaitAnotherServer(than: old)
            #expect(try runs(daemon.serverPid(), program))
            try load.awaitSuccesses(20)
            let count = try load.stop()
            #expect(count.refused == 0)
            #expect(count.failed.count <= 3, "\(count.failed)")
            #expect(try daemon.zzzctl("upgrade").status == .code(0))
            try daemon.send(SIGTERM)
            #expect(try daemon.wait() == .code(0))
        }

        private func runs(_ pid: pid_t, _ program: String) throws -> Bool {
            guard let path = realpath("/proc/\(pid)/exe", nil) else { return false }
            defer { free(path) }
            return String(cString: path) == program
        }

        struct Failing: CustomTestStringConvertible {
            let testDescription: String
            let script: String
            let mentions: String
        }

        @Test(arguments: [
            Failing(testDescription: "ends with 1", script: "exit 1", mentions: "exit status 1"),
            Failing(testDescription: "is killed", script: "kill -9 $$", mentions: "SIGKILL"),
            Failing(testDescription: "never gets ready", script: "exec sleep 1000", mentions: "not ready in time"),
        ])
        func `a new one that fails changes nothing`(failing: Failing) throws {
            let scratch = try TemporaryDirectory()
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("bench")]))
            let port = try daemon.port()
            let old = try daemon.serverPid()
            let load = try LoadClients(2, .keepingAlive, target: "/plaintext") { try RawClient(port: port) }
            let program = try script(failing.script, in: scratch)
            let result = try daemon.zzzctl("upgrade", "--binary", program, "--ready-within", "0.5")
            #expect(result.status == .code(1))
            #expect(result.errors.contains(failing.mentions), "\(result.errors)")
            #expect(result.errors.contains("remedy: "))
            #expect(try daemon.serverPid() == old)
            try load.awaitSuccesses(20)
            let count = try load.stop()
            #expect(count.refused == 0)
            #expect(count.failed == [])
            // And the next one is not held up.
            #expect(try daemon.zzzctl("upgrade").status == .code(0))
        }

        @Test(arguments: ["/bin/true", "/nowhere/zzzd", "/etc/passwd", "/tmp"])
        func `what is no zzzd is not started`(program: String) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            let old = try daemon.serverPid()
            let result = try daemon.zzzctl("upgrade", "--binary", program, "--json")
            #expect(result.status == .code(1))
            #expect(result.json["error"]?["code"]?.stringValue == "upgrade-failed")
            #expect(result.json["error"]?["message"]?.stringValue?.contains(program) == true)
            #expect(try daemon.serverPid() == old)
        }

        @Test func `a new one that cannot use the configuration says so, and takes nothing away`() throws {
            let scratch = try TemporaryDirectory()
            var configuration = DaemonConfiguration(apps: [.example("bench")])
            configuration.listen = ["127.0.0.1:0", "unix:\(scratch.path)/http.sock"]
            let daemon = try DaemonProcess(configuration)
            let old = try daemon.serverPid()
            let text = try Files.text(daemon.configurationFile)
            let taken = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            let address = "127.0.0.1:\(try taken.port())"
            for (broken, mention) in [
                (text + "\n[nonsense]\n", "nonsense"), (text + "\n[[listen]]\naddress = \"\(address)\"\n", address),
            ] {
                try Files.write(broken, to: daemon.configurationFile)
                let result = try daemon.zzzctl("upgrade")
                #expect(result.status == .code(1))
                #expect(result.errors.contains(mention), "\(result.errors)")
                #expect(try daemon.serverPid() == old)
                _ = try RawClient(unix: scratch.path + "/http.sock")
                #expect(try daemon.get("/plaintext").status == 200)
            }
        }

        @Test func `a daemon that is asked to stop in the middle of an upgrade stops`() throws {
            let scratch = try TemporaryDirectory()
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            let program = try script("echo started >\(scratch.path)/started; exec sleep 1000", in: scratch)
            let upgrade = try ChildProcess(
                [Dist.zzzctl, "upgrade", "--binary", program, "--socket", daemon.controlSocket], name: "upgrade",
                in: scratch)
            try eventually("the new one has been started") { Files.exists(scratch.path + "/started") }
            try daemon.send(SIGTERM)
            #expect(try daemon.wait(within: .seconds(10)) == .code(0))
            #expect(try upgrade.wait() != .code(0))
        }
    }
}
