import Glibc
import Testing

extension DaemonTests {
    /// Where a daemon listens, and how it shows that.
    @Suite struct ListenerTests {
        @Test(arguments: Backend.allCases)
        func `listens on IPv4, IPv6 and a unix socket at once, and shows its ports`(backend: Backend) throws {
            let scratch = try TemporaryDirectory()
            var configuration = DaemonConfiguration(backend, apps: [.example("bench")])
            let path = scratch.path + "/http.sock"
            configuration.listen = ["127.0.0.1:0", "[::1]:0", "unix:\(path)"]
            let daemon = try DaemonProcess(configuration)

            let listeners = try daemon.status()["listeners"]?.arrayValue ?? []
            let addresses = listeners.compactMap { $0["address"]?.stringValue }
            try #require(addresses.count == 3)
            #expect(addresses[2] == "unix:\(path)")
            #expect(listeners.allSatisfy { $0["state"]?.stringValue == "accepting" })
            let ports = addresses.prefix(2).compactMap { $0.split(separator: ":").last.flatMap { UInt16($0) } }
            try #require(ports.count == 2)
            #expect(ports.allSatisfy { $0 != 0 })

            let clients = [
                try RawClient(port: ports[0]), try RawClient(ipv6Port: ports[1]), try RawClient(unix: path),
            ]
            for client in clients {
                try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response().text == "Hello, World!")
            }
        }

        @Test func `takes its unix sockets away when it stops`() throws {
            let scratch = try TemporaryDirectory()
            var configuration = DaemonConfiguration(apps: [.example("hello-c")])
            configuration.listen = ["unix:\(scratch.path)/http.sock"]
            let daemon = try DaemonProcess(configuration)
            #expect(Files.exists(scratch.path + "/http.sock"))
            try daemon.send(SIGTERM)
            #expect(try daemon.wait() == .code(0))
            #expect(!Files.exists(scratch.path + "/http.sock"))
            #expect(!Files.exists(daemon.controlSocket))
        }

        @Test func `believes its balancers about the client, until it is told not to`() throws {
            let scratch = try TemporaryDirectory()
            let kit = try FixtureApp.build("kit", in: scratch)
            var configuration = DaemonConfiguration(apps: [DaemonConfiguration.App(name: "kit", file: kit)])
            let path = scratch.path + "/http.sock"
            configuration.listen = []
            configuration.accessLog = true
            configuration.more = """
                [[listen]]
                address = "127.0.0.1:0"
                proxy_protocol = "require"
                trusted = ["127.0.0.0/8"]
                [[listen]]
                address = "unix:\(path)"
                proxy_protocol = "accept"
                trusted = ["unix"]
                """
            let daemon = try DaemonProcess(configuration)
            func ask(
                _ client: RawClient, _ header: String = "PROXY TCP4 192.0.2.7 198.51.100.1 5 443\r\n"
            ) throws -> String {
                try client.send(header + "GET /client HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.response().text
            }
            #expect(try ask(daemon.client()) == "192.0.2.7 no TLS")
            #expect(try ask(RawClient(unix: path)) == "192.0.2.7 no TLS")
            #expect(try ask(RawClient(unix: path), "") == " no TLS")
            try eventually("the log has the client's address") { daemon.log.contains("192.0.2.7 - - [") }

            let changed = configuration.more.replacing("require", with: "off")
            configuration.more = changed
            try Files.write(configuration.text(in: daemon.directory.path), to: daemon.directory.path + "/zzz.toml")
            #expect(try daemon.zzzctl("reload").status == .code(0))
            #expect(try ask(daemon.client(), "") == "127.0.0.1 no TLS")
        }

        @Test func `says which address is taken`() throws {
            let first = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c")]))
            var configuration = DaemonConfiguration()
            let address = "127.0.0.1:\(try first.port())"
            configuration.listen = [address]
            let scratch = try TemporaryDirectory()
            try Files.makeDirectory(scratch.path + "/apps")
            try Files.write(configuration.text(in: scratch.path), to: scratch.path + "/zzz.toml")
            let result = try CommandResult.of([Dist.zzzd, "--config", scratch.path + "/zzz.toml"], in: scratch)
            #expect(result.status != .code(0))
            #expect(result.errors.contains(address))
            #expect(result.errors.contains("in use"))
            #expect(try first.get("/").status == 200)
        }

        @Test(arguments: Backend.allCases)
        func `counts what it serves`(backend: Backend) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            let client = try daemon.client()
            for target in ["/plaintext", "/plaintext", "/nowhere"] {
                try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.response()
            }
            try eventually("status counts the requests") {
                let requests = try daemon.status()["requests"]
                return requests?["2xx"]?.intValue == 2 && requests?["4xx"]?.intValue == 1
            }
            #expect(try daemon.app("bench")?["requests"]?.intValue ?? 0 >= 2)
        }
    }
}
