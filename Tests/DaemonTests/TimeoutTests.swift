import Glibc
import Testing

extension DaemonTests {
    /// What slow and silent peers get. The limits are short here: a test waits for what the daemon does, not for time.
    @Suite struct TimeoutTests {
        private func bench(_ backend: Backend, _ limits: String...) throws -> DaemonProcess {
            try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")], limits: limits))
        }

        @Test(arguments: Backend.allCases)
        func `a head that does not end in time gets 408`(backend: Backend) throws {
            let client = try bench(backend, "header_deadline = \"300ms\"").client()
            try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n")
            let response = try client.response()
            #expect(response.status == 408)
            #expect(response.saysClose)
            #expect(try client.isClosedSilently())
        }

        @Test(arguments: Backend.allCases)
        func `the deadline of a head is absolute, so trickling does not extend it`(backend: Backend) throws {
            let client = try bench(backend, "header_deadline = \"500ms\"").client()
            let begin = ContinuousClock.now
            try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\nX: ")
            var isRefused = false
            while !isRefused, ContinuousClock.now - begin < .seconds(10) {
                client.sendAsFarAsPossible("x".utf8)
                isRefused = try client.hasInput(within: .milliseconds(50))
            }
            #expect(ContinuousClock.now - begin >= .milliseconds(450))
            #expect(try client.response().status == 408)
        }

        @Test(arguments: Backend.allCases)
        func `a head in time is served, however slowly it came`(backend: Backend) throws {
            let client = try bench(backend, "header_deadline = \"10s\"", "keep_alive_idle = \"100ms\"").client()
            try client.send("GET /plaintext HTTP/1.1\r\n")
            // Longer than an idle connection may wait: this one is not idle.
            #expect(try client.hasInput(within: .milliseconds(400)) == false)
            try client.send("Host: a\r\n\r\n")
            #expect(try client.response().status == 200)
        }

        @Test(arguments: Backend.allCases)
        func `an idle connection is closed without a word`(backend: Backend) throws {
            let daemon = try bench(backend, "keep_alive_idle = \"300ms\"", "header_deadline = \"300ms\"")
            let fresh = try daemon.client()
            #expect(try fresh.isClosedSilently())
            let used = try daemon.client()
            try used.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try used.response().saysClose == false)
            #expect(try used.isClosedSilently())
        }

        @Test(arguments: Backend.allCases)
        func `a body that pauses too long gets 408`(backend: Backend) throws {
            let client = try bench(backend, "body_idle = \"300ms\"").client()
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
            let response = try client.response()
            #expect(response.status == 408)
            #expect(response.saysClose)
            #expect(try client.isClosedSilently())
        }

        @Test(arguments: Backend.allCases)
        func `a body may take as long as it likes when it does not pause`(backend: Backend) throws {
            let client = try bench(backend, "body_idle = \"500ms\"", "header_deadline = \"500ms\"").client()
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n")
            for _ in 0..<8 {
                #expect(try client.hasInput(within: .milliseconds(150)) == false)
                try client.send("x")
            }
            #expect(try client.response().text == "xxxxxxxx")
        }

        @Test(arguments: Backend.allCases)
        func `a peer that takes nothing of its response is dropped`(backend: Backend) throws {
            let scratch = try TemporaryDirectory()
            let app = DaemonConfiguration.App(name: "kit", file: try FixtureApp.build("kit", in: scratch))
            let daemon = try DaemonProcess(
                DaemonConfiguration(backend, apps: [app], limits: ["write_stall = \"300ms\""]))
            let client = try daemon.client(receiveBufferBytes: 4096)
            try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the daemon closes the stalled connection") {
                try daemon.status()["connections"]?["closed"]?.intValue ?? 0 >= 1
            }
            // Only what the kernel held arrives, far from the 32 MiB.
            #expect(throws: SystemFailure.self) { _ = try client.response() }
        }

        @Test(arguments: Backend.allCases)
        func `a large response arrives whole`(backend: Backend) throws {
            let scratch = try TemporaryDirectory()
            let app = DaemonConfiguration.App(name: "kit", file: try FixtureApp.build("kit", in: scratch))
            let daemon = try DaemonProcess(
                DaemonConfiguration(backend, apps: [app], limits: ["write_stall = \"2s\""]))
            let client = try daemon.client()
            try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().body.count == 32 << 20)
        }
    }
}
