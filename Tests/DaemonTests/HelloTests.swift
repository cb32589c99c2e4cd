import Testing

extension DaemonTests {
    /// The example apps, as a newcomer first meets them.
    @Suite struct HelloTests {
        @Test(arguments: Backend.allCases, ["hello", "hello-c"])
        func `answers GET / of the hello apps`(backend: Backend, app: String) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example(app)]))
            let response = try daemon.get("/")
            #expect(response.status == 200)
            #expect(response.version == "HTTP/1.1")
            #expect(response.text.contains("Hello"))
            #expect(response["Content-Length"] == String(response.body.count))
            #expect(response["Date"]?.hasSuffix(" GMT") == true)
            #expect(response.saysClose)
        }

        @Test(arguments: Backend.allCases)
        func `answers every route of the bench app`(backend: Backend) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            let expected = [
                ("/plaintext", "text/plain", "Hello, World!"),
                ("/json", "application/json", #"{"message":"Hello, World!"}"#),
                ("/users/42", "text/plain", "42"),
                ("/users/a%2Fb%20c", "text/plain", "a/b c"),
                ("/async", "text/plain", "Hello, World!"),
            ]
            let client = try daemon.client()
            for (target, type, body) in expected {
                try client.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let response = try client.response()
                #expect(response.status == 200, "\(target)")
                #expect(response["Content-Type"]?.hasPrefix(type) == true, "\(target)")
                #expect(response.text == body, "\(target)")
            }
        }

        @Test func `mounts an app without a table at its name`() throws {
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [.example("hello"), .example("bench", mount: nil)]))
            #expect(try daemon.get("/bench/plaintext").text == "Hello, World!")
            #expect(try daemon.get("/plaintext").status == 404)
            #expect(try daemon.get("/").status == 200)
        }

        @Test func `prefers the app whose host the request names`() throws {
            let hosts = ["hosts = [\"bench.test\"]"]
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [.example("hello"), .example("bench", lines: hosts)]))
            let client = try daemon.client()
            try client.send("GET /plaintext HTTP/1.1\r\nHost: bench.test\r\n\r\n")
            #expect(try client.response().text == "Hello, World!")
            try client.send("GET /plaintext HTTP/1.1\r\nHost: other.test\r\n\r\n")
            #expect(try client.response().status == 404)
        }

        @Test func `gives an app the table of its settings`() throws {
            let scratch = try TemporaryDirectory()
            let kit = try FixtureApp.build("kit", in: scratch)
            let app = DaemonConfiguration.App(
                name: "kit", file: kit, lines: ["settings = { greeting = \"from the file\" }"])
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [app]))
            #expect(try daemon.get("/greeting").text == "from the file")
        }
    }
}
