import Glibc
import Testing
import ZzzJSON

extension DaemonTests {
    /// `zzzctl`, as scripts and people use it.
    @Suite struct ControlTests {
        @Test func `rolls back to the generation before, and says when there is none`() throws {
            let scratch = try TemporaryDirectory()
            let first = try FixtureApp.build("kit", in: scratch, as: "first", defines: ["VERSION=\"one\""])
            let second = try FixtureApp.build("kit", in: scratch, as: "second", defines: ["VERSION=\"two\""])
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [DaemonConfiguration.App(name: "kit", file: first)]))

            let none = try daemon.zzzctl("rollback", "kit")
            #expect(none.status == .code(1))
            #expect(!none.errors.isEmpty)

            try Files.deploy(try Files.read(second), to: daemon.appFile("kit"))
            #expect(try daemon.zzzctl("reload", "kit").status == .code(0))
            #expect(try daemon.get("/").text == "two")
            let back = try daemon.zzzctl("rollback", "kit", "--json")
            #expect(back.status == .code(0))
            #expect(back.json["action"]?.stringValue == "rolled-back")
            #expect(back.json["version"]?.stringValue == "one")
            #expect(try daemon.get("/").text == "one")
        }

        @Test func `unloads an app and loads it again`() throws {
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [.example("bench"), .example("hello-c", mount: nil)]))
            let unloaded = try daemon.zzzctl("unload", "bench", "--json")
            #expect(unloaded.status == .code(0))
            #expect(unloaded.json["action"]?.stringValue == "unloaded")
            #expect(try daemon.get("/plaintext").status == 404)
            #expect(try daemon.get("/hello-c").status == 200)
            #expect(try daemon.zzzctl("reload", "bench").status == .code(0))
            #expect(try daemon.get("/plaintext").status == 200)
        }

        @Test func `lists apps and routes, readable and as JSON`() throws {
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [.example("hello-c"), .example("bench", mount: nil)]))
            let apps = try daemon.zzzctl("apps", "--json").json["apps"]?.arrayValue ?? []
            #expect(apps.compactMap { $0["name"]?.stringValue } == ["bench", "hello-c"])
            #expect(apps.allSatisfy { $0["state"]?.stringValue == "running" })
            let table = try daemon.zzzctl("apps").output
            #expect(table.contains("hello-c") && table.contains("bench") && table.contains("running"))

            let routes = try daemon.zzzctl("routes", "--json").json["routes"]?.arrayValue ?? []
            let user = routes.first { $0["pattern"] == "/bench/users/:id" && $0["method"] == "GET" }
            #expect(user?["app"] == "bench")
            #expect(try daemon.zzzctl("routes").output.contains("/bench/users/:id"))
            let one = try daemon.zzzctl("routes", "hello-c", "--json").json["routes"]?.arrayValue ?? []
            #expect(!one.isEmpty && one.allSatisfy { $0["app"] == "hello-c" })
        }

        @Test(arguments: Backend.allCases)
        func `shows the status, readable and as JSON`(backend: Backend) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            let status = try daemon.status()
            #expect(status["pid"]?.intValue == Int(try daemon.serverPid()))
            #expect(status["state"]?.stringValue == "running")
            #expect(status["loops"]?.arrayValue?.count == 2)
            let name = status["backend"]?["name"]?.stringValue ?? ""
            // io_uring may be refused here; then the reason must say so.
            #expect(name == backend.rawValue || status["backend"]?["reason"]?.stringValue?.contains("io_uring") == true)
            let readable = try daemon.zzzctl("status").output
            #expect(readable.contains("bench") && readable.contains("running") && readable.contains(name))
        }

        @Test func `finds the socket in ZZZ_SOCKET`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            let result = try CommandResult.of(
                [Dist.zzzctl, "status", "--json"], in: daemon.directory,
                environment: ["ZZZ_SOCKET": daemon.controlSocket])
            #expect(result.status == .code(0))
        }

        @Test func `tells failures apart by exit code`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            let scratch = try TemporaryDirectory()
            let nobody = try CommandResult.of(
                [Dist.zzzctl, "status", "--socket", scratch.path + "/none.sock"], in: scratch)
            let wrongApp = try daemon.zzzctl("reload", "nobody")
            let wrongCommand = try daemon.zzzctl("dance")
            #expect(wrongApp.status == .code(1))
            #expect(wrongApp.errors.contains("nobody"))
            #expect(wrongCommand.status == .code(2))
            #expect(nobody.status == .code(3))
            #expect(nobody.errors.contains("none.sock"))
        }

        @Test func `inspects a file without a daemon`() throws {
            let scratch = try TemporaryDirectory()
            let good = try CommandResult.of([Dist.zzzctl, "inspect", Dist.app("hello-c"), "--json"], in: scratch)
            #expect(good.status == .code(0))
            let report = try JSONValue(parsing: good.output)
            #expect(report["loadable"]?.boolValue == true)
            #expect(report["abi"]?.stringValue == "1.0")

            let path = scratch.path + "/text.so"
            try Files.write("not an app", to: path)
            let bad = try CommandResult.of([Dist.zzzctl, "inspect", path], in: scratch)
            #expect(bad.status == .code(1))
            #expect((bad.output + bad.errors).contains("ELF"))
        }

        @Test func `checks the configuration that a reload would read`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            #expect(try daemon.zzzctl("check").status == .code(0))
            try Files.write("[server]\nio = 3\n", to: daemon.configurationFile)
            let bad = try daemon.zzzctl("check")
            #expect(bad.status == .code(1))
            #expect((bad.output + bad.errors).contains("\(daemon.configurationFile):2:"))
            // And `reload` refuses it, whole.
            let reload = try daemon.zzzctl("reload")
            #expect(reload.status == .code(1))
            #expect(try daemon.get("/").status == 200)
        }

        @Test func `stops the daemon, which drains`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("bench")]))
            let client = try daemon.client()
            try client.send("GET /sleep?ms=500 HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("bench")?["in_flight"]?.intValue == 1 }
            #expect(try daemon.zzzctl("stop").status == .code(0))
            #expect(try client.response().status == 200)
            #expect(try daemon.wait() == .code(0))
        }

        @Test func `leaves the socket to its owner and group`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            var information = stat()
            try check("stat", stat(daemon.controlSocket, &information))
            #expect(information.st_mode & 0o007 == 0)
        }
    }
}
