import Glibc
import Testing

extension DaemonTests {
    /// App code that blocks a loop's thread is slow for its own request, and for nobody else: design, section 3.
    @Suite struct HandOffTests {
        private func faulty(_ backend: Backend, loops: Int = 2, limits: [String] = []) throws -> DaemonProcess {
            var configuration = DaemonConfiguration(backend, apps: [.faulty()], limits: limits)
            configuration.loops = loops
            return try DaemonProcess(configuration)
        }

        /// As many clients as make it certain that each of two loops has some: the kernel spreads them.
        private func crowd(_ daemon: DaemonProcess, count: Int = 16) throws -> [RawClient] {
            let port = try daemon.port()
            return try (0..<count).map { _ in try RawClient(port: port) }
        }

        /// How long the response takes, which has to be that.
        private func time(_ text: String, _ response: () throws -> RawResponse) throws -> Duration {
            let began = ContinuousClock.now
            let response = try response()
            #expect(response.text == text)
            return ContinuousClock.now - began
        }

        @Test(arguments: Backend.allCases)
        func `handlers that block every loop delay nobody else`(backend: Backend) throws {
            let daemon = try faulty(backend)
            let bystanders = try crowd(daemon)
            for bystander in bystanders { #expect(try bystander.get("/ok").text == "ok") }
            // Each keeps its loop for the stall limit, so that with many of them the last one would wait longer.
            let blocked = try crowd(daemon, count: 3)
            for client in blocked { try client.send("GET /block?ms=500 HTTP/1.1\r\nHost: a\r\n\r\n") }

            // On connections of both loops that were there before, and one after the other: far less than 500 ms each.
            let times = try bystanders.map { bystander in try time("ok") { try bystander.get("/ok") } }
            #expect(times.max()! < .milliseconds(100), "\(times)")
            for client in blocked { #expect(try client.response().text == "blocked for 500 ms") }
            // And their connections are as good as before.
            for client in blocked { #expect(try client.get("/ok").text == "ok") }
            #expect(try daemon.generation(of: "faulty") == 1)
            #expect(try daemon.crashes().isEmpty)
        }

        @Test(arguments: Backend.allCases)
        func `a new connection is accepted while the loop's only thread blocks`(backend: Backend) throws {
            let daemon = try faulty(backend, loops: 1)
            let blocked = try daemon.client()
            let port = try daemon.port()
            try blocked.send("GET /block?ms=2000 HTTP/1.1\r\nHost: a\r\n\r\n")
            let taken = try time("ok") { try RawClient(port: port).get("/ok") }
            #expect(taken < .milliseconds(500))
            #expect(try blocked.response().text == "blocked for 2000 ms")
        }

        @Test(arguments: Backend.allCases)
        func `a streamed response that blocks in the middle arrives whole`(backend: Backend) throws {
            let daemon = try faulty(backend, loops: 1)
            let clients = try crowd(daemon, count: 4)
            for client in clients { try client.send("GET /block-stream?ms=200 HTTP/1.1\r\nHost: a\r\n\r\n") }
            for client in clients { #expect(try client.response().text == "begin, blocked for 200 ms, end") }
        }

        @Test(arguments: Backend.allCases)
        func `requests pipelined behind one that blocks are answered in order`(backend: Backend) throws {
            let client = try faulty(backend, loops: 1).client()
            let targets = ["/ok", "/block?ms=100", "/ok", "/block?ms=101", "/sleep?ms=20", "/ok"]
            try client.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let expected = ["ok", "blocked for 100 ms", "ok", "blocked for 101 ms", "slept for 20 ms", "ok"]
            for text in expected { #expect(try client.response().text == text) }
        }

        @Test(arguments: Backend.allCases)
        func `a task that sleeps on the loop wakes while another handler blocks it`(backend: Backend) throws {
            let daemon = try faulty(backend, loops: 1)
            let (sleeper, blocker) = (try daemon.client(), try daemon.client())
            #expect(try blocker.get("/ok").status == 200)
            let taken = try time("slept for 100 ms") {
                try sleeper.send("GET /sleep?ms=100 HTTP/1.1\r\nHost: a\r\n\r\n")
                try blocker.send("GET /block?ms=2000 HTTP/1.1\r\nHost: a\r\n\r\n")
                return try sleeper.response()
            }
            #expect(taken < .milliseconds(1000))
            #expect(try blocker.response().status == 200)
        }

        @Test(arguments: Backend.allCases)
        func `a client that leaves while its handler blocks costs nothing`(backend: Backend) throws {
            let daemon = try faulty(backend, loops: 1)
            let pid = try daemon.serverPid()
            for _ in 0..<4 {
                let client = try daemon.client()
                try client.send("GET /block?ms=200 HTTP/1.1\r\nHost: a\r\n\r\n")
                try eventually("the request is under way") { try daemon.app("faulty")?["in_flight"]?.intValue ?? 0 > 0 }
                client.reset()
            }
            try eventually("nothing is in flight") { try daemon.app("faulty")?["in_flight"]?.intValue == 0 }
            #expect(try daemon.get("/ok").text == "ok")
            #expect(try daemon.serverPid() == pid)
        }

        @Test(arguments: Backend.allCases)
        func `a request that blocks finishes on the generation that began it`(backend: Backend) throws {
            let daemon = try faulty(backend)
            let blocked = try daemon.client()
            try blocked.send("GET /block?ms=1500 HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("faulty")?["in_flight"]?.intValue == 1 }
            #expect(try daemon.zzzctl("reload", "faulty").status == .code(0))
            #expect(try daemon.get("/ok").text == "ok")
            #expect(try blocked.response().text == "blocked for 1500 ms")
        }

        @Test(arguments: Backend.allCases)
        func `the daemon stops in good order while handlers block`(backend: Backend) throws {
            let daemon = try faulty(backend)
            let blocked = try crowd(daemon, count: 4)
            for client in blocked { try client.send("GET /block?ms=500 HTTP/1.1\r\nHost: a\r\n\r\n") }
            try eventually("the requests are under way") { try daemon.app("faulty")?["in_flight"]?.intValue == 4 }
            try daemon.send(SIGTERM)
            for client in blocked { #expect(try client.response().text == "blocked for 500 ms") }
            #expect(try daemon.wait() == .code(0))
        }
    }
}
