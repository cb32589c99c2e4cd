import Testing

extension DaemonTests {
    /// Every limit a peer can run into, one below it, at it and one above it, as the configuration sets them.
    @Suite struct LimitTests {
        private func bench(_ backend: Backend, _ limits: String...) throws -> DaemonProcess {
            try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")], limits: limits))
        }

        /// Sends `request` on a connection of its own. Whatever is refused also ends the connection.
        private func status(of request: String, from daemon: DaemonProcess) throws -> Int {
            let client = try daemon.client()
            client.sendAsFarAsPossible(request.utf8)
            let response = try client.response()
            if response.status >= 400 {
                #expect(response.saysClose)
                #expect(try client.isClosedSilently())
            }
            return response.status
        }

        @Test(arguments: Backend.allCases)
        func `request line`(backend: Backend) throws {
            let daemon = try bench(backend, "request_line = \"128 B\"")
            for (count, expected) in [(127, 200), (128, 200), (129, 414)] {
                let target = "/users/" + String(repeating: "x", count: count - "GET /users/ HTTP/1.1".count)
                let request = "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
                #expect(try status(of: request, from: daemon) == expected, "\(count) bytes")
            }
        }

        @Test(arguments: Backend.allCases)
        func `header bytes`(backend: Backend) throws {
            let daemon = try bench(backend, "header_bytes = \"256 B\"")
            for (count, expected) in [(255, 200), (256, 200), (257, 431)] {
                let value = String(repeating: "x", count: count - "Host: a\r\nX: \r\n".utf8.count)
                let request = "GET /plaintext HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n"
                #expect(try status(of: request, from: daemon) == expected, "\(count) bytes")
            }
        }

        @Test(arguments: Backend.allCases)
        func `header count`(backend: Backend) throws {
            let daemon = try bench(backend, "header_count = 10")
            for (count, expected) in [(9, 200), (10, 200), (11, 431)] {
                let more = (1..<count).map { "X\($0): a\r\n" }.joined()
                let request = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\(more)\r\n"
                #expect(try status(of: request, from: daemon) == expected, "\(count) lines")
            }
        }

        @Test(arguments: Backend.allCases)
        func `body with a length`(backend: Backend) throws {
            let daemon = try bench(backend, "body = \"1000 B\"")
            for (count, expected) in [(999, 200), (1000, 200), (1001, 413)] {
                let body = String(repeating: "x", count: count)
                let request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n\(body)"
                #expect(try status(of: request, from: daemon) == expected, "\(count) bytes")
            }
        }

        @Test(arguments: Backend.allCases)
        func `body in chunks`(backend: Backend) throws {
            let daemon = try bench(backend, "body = \"1000 B\"")
            for (count, expected) in [(999, 200), (1000, 200), (1001, 413)] {
                let first = String(repeating: "x", count: 500)
                let second = String(repeating: "y", count: count - 500)
                let chunks = "1F4\r\n\(first)\r\n\(String(count - 500, radix: 16))\r\n\(second)\r\n0\r\n\r\n"
                let request = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)"
                #expect(try status(of: request, from: daemon) == expected, "\(count) bytes")
            }
        }

        @Test func `an app's own body limit`() throws {
            let lines = ["[app.bench.limits]", "body = \"10 B\""]
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [.example("bench", lines: lines)], limits: ["body = \"1000 B\""]))
            for (count, expected) in [(9, 200), (10, 200), (11, 413)] {
                let body = String(repeating: "x", count: count)
                let request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n\(body)"
                #expect(try status(of: request, from: daemon) == expected, "\(count) bytes")
            }
        }

        @Test(arguments: Backend.allCases)
        func `requests per connection`(backend: Backend) throws {
            let client = try bench(backend, "requests_per_connection = 3").client()
            for number in 1...3 {
                try client.send("GET /users/\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try client.response()
                #expect(response.text == String(number))
                #expect(response.saysClose == (number == 3), "request \(number)")
            }
            #expect(try client.isClosedSilently())
        }

        @Test(arguments: Backend.allCases)
        func `connections`(backend: Backend) throws {
            var configuration = DaemonConfiguration(
                backend, apps: [.example("bench")], limits: ["connections = 4"])
            configuration.loops = 1
            let daemon = try DaemonProcess(configuration)
            let port = try daemon.port()
            var clients: [RawClient] = []
            for _ in 1...4 {
                let client = try RawClient(port: port)
                try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response().status == 200)
                clients.append(client)
            }
            // One more waits in the kernel's queue, and status says why.
            let waiting = try RawClient(port: port)
            try waiting.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("status shows that the limit was reached") {
                let status = try daemon.status()
                return status["listeners"]?[0]?["state"]?.stringValue == "paused"
                    && (status["connections"]?["limit_reached"]?.intValue ?? 0) >= 1
            }
            let connections = try daemon.status()["connections"]
            #expect(connections?["limit"]?.intValue == 4)
            #expect((connections?["active"]?.intValue ?? 0) + (connections?["idle"]?.intValue ?? 0) == 4)
            // A place becomes free, and the one that waited is served.
            clients.removeLast()
            #expect(try waiting.response().status == 200)
            clients.append(waiting)
            clients.removeAll()
            try eventually("the listener accepts again") {
                try daemon.status()["listeners"]?[0]?["state"]?.stringValue == "accepting"
            }
        }
    }
}
