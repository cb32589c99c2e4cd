import Glibc
import Testing

extension DaemonTests {
    /// What signals do, and what a configuration that is wrong does not.
    @Suite struct SignalTests {
        @Test(arguments: Backend.allCases, [SIGTERM, SIGINT])
        func `lets a request finish, takes no new one, and exits with 0`(backend: Backend, signal: Int32) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            let port = try daemon.port()
            let idle = try RawClient(port: port)
            let busy = try RawClient(port: port)
            try idle.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try idle.response()
            try busy.send("GET /sleep?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("bench")?["in_flight"]?.intValue == 1 }
            try daemon.send(signal)
            // The idle connection goes at once, long before the request is done.
            #expect(try idle.isClosedSilently())
            // Each loop closes its own socket.
            try eventually("no loop takes a new one") {
                do { _ = try RawClient(port: port) } catch { return true }
                return false
            }
            let response = try busy.response()
            #expect(response.status == 200)
            #expect(response.saysClose)
            #expect(try daemon.wait() == .code(0))
        }

        @Test func `does not wait longer than the drain timeout`() throws {
            var configuration = DaemonConfiguration(apps: [.example("bench")])
            configuration.server = ["drain_timeout = \"300ms\""]
            let daemon = try DaemonProcess(configuration)
            let client = try daemon.client()
            try client.send("GET /sleep?ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("bench")?["in_flight"]?.intValue == 1 }
            let begin = ContinuousClock.now
            try daemon.send(SIGTERM)
            _ = try daemon.wait()
            #expect(ContinuousClock.now - begin < .seconds(20))
        }

        @Test func `SIGHUP applies a new configuration and keeps the sockets that stay`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("bench")]))
            let client = try daemon.client()
            let port = try daemon.port()
            var changed = daemon.configuration
            changed.limits = ["body = \"10 B\""]
            try Files.write(changed.text(in: daemon.directory.path), to: daemon.configurationFile)
            try daemon.send(SIGHUP)
            let request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world"
            try eventually("the new body limit is in force") {
                let fresh = try daemon.client()
                try fresh.send(request)
                return try fresh.response().status == 413
            }
            #expect(try daemon.port() == port)
            // The connection from before was not closed.
            try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().status == 200)
        }

        @Test func `SIGHUP with a bad configuration changes nothing and says where it is bad`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("bench")]))
            let client = try daemon.client()
            var broken = daemon.configuration
            broken.limits = ["body = \"10 B\"", "boddy_idle = \"1s\""]
            let text = broken.text(in: daemon.directory.path)
            let line = text.split(separator: "\n").firstIndex { $0.hasPrefix("boddy_idle") }! + 1
            try Files.write(text, to: daemon.configurationFile)
            try daemon.send(SIGHUP)
            try eventually("the log names file, line and column") {
                daemon.log.contains("\(daemon.configurationFile):\(line):1")
            }
            #expect(daemon.log.contains("body_idle"), "the nearest known key is suggested")
            #expect(try daemon.status()["config"]?["last_error"]?.stringValue?.contains("boddy_idle") == true)
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world")
            #expect(try client.response().status == 200)
        }
    }
}
