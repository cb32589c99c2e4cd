import Testing

extension DaemonTests {
    /// Files of a directory, as Static serves them, over the real daemon.
    @Suite struct FileTests {
        private let files: TemporaryDirectory

        init() throws {
            files = try TemporaryDirectory()
            try Files.write(Self.contents(4096), to: files.path + "/small.txt")
            try Files.write(Self.contents(3 << 20), to: files.path + "/large.bin")
            try Files.write("secret", to: files.path + "/.env")
        }

        private static func contents(_ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        }

        private func daemon(_ backend: Backend) throws -> DaemonProcess {
            let settings = "settings = { files = \"\(files.path)\" }"
            return try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench", lines: [settings])]))
        }

        private func get(_ client: RawClient, _ target: String, _ fields: String...) throws -> RawResponse {
            let lines = fields.map { $0 + "\r\n" }.joined()
            try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
            return try client.response()
        }

        @Test(arguments: Backend.allCases)
        func `files arrive whole, and small ones as well as large ones`(backend: Backend) throws {
            let client = try daemon(backend).client()
            // Twice: the second time out of the cache.
            for _ in 0..<2 {
                let small = try get(client, "/files/small.txt")
                #expect(small.body == Self.contents(4096))
                #expect(small["Content-Type"] == "text/plain; charset=utf-8")
                let large = try get(client, "/files/large.bin")
                #expect(large.body == Self.contents(3 << 20))
                #expect(large["Accept-Ranges"] == "bytes")
            }
            try client.send("HEAD /files/large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try client.response(toHead: true)
            #expect(head["Content-Length"] == String(3 << 20))
            #expect(try get(client, "/plaintext").text == "Hello, World!")
        }

        @Test(arguments: Backend.allCases)
        func `conditions and ranges are answered`(backend: Backend) throws {
            let client = try daemon(backend).client()
            for name in ["small.txt", "large.bin"] {
                let whole = try get(client, "/files/\(name)")
                let tag = try #require(whole["ETag"])
                let unchanged = try get(client, "/files/\(name)", "If-None-Match: \(tag)")
                #expect(unchanged.status == 304)
                #expect(unchanged["Content-Length"] == nil)
                let part = try get(client, "/files/\(name)", "Range: bytes=1000-1999")
                #expect(part.status == 206)
                #expect(part.body == Array(whole.body[1000..<2000]))
                #expect(part["Content-Range"] == "bytes 1000-1999/\(whole.body.count)")
                let parts = try get(client, "/files/\(name)", "Range: bytes=0-9,100-109")
                #expect(parts.status == 206)
                #expect(parts["Content-Type"]?.hasPrefix("multipart/byteranges; boundary=") == true)
                #expect(try get(client, "/files/\(name)", "Range: bytes=9999999-").status == 416)
                #expect(try get(client, "/files/\(name)", "If-Match: \"x\"").status == 412)
            }
        }

        @Test(arguments: Backend.allCases)
        func `no spelling of a path leads elsewhere`(backend: Backend) throws {
            let client = try daemon(backend).client()
            let ups = String(repeating: "../", count: 12)
            let targets = [
                "/files/\(ups)etc/passwd", "/files/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
                "/files/..%2f..%2fetc%2fpasswd",
                "/files/%252e%252e%252fetc%252fpasswd", "/files/..%5c..%5cetc%5cpasswd", "/files//etc/passwd",
                "/files/%2fetc%2fpasswd", "/files/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "/files/small.txt%00",
                "/files/%00", "/files/.env", "/files/%2eenv", "/files/./small.txt", "/files/x/../small.txt",
                "/files/small.txt/", "/files/small.txt/.", "/files/" + String(repeating: "a", count: 4000),
                "/files/" + String(repeating: "a/", count: 1500), "/files/%", "/files/%zz", "/files/%ff",
            ]
            for target in targets {
                let response = try get(client, target)
                #expect(response.status == 404 || response.status == 400, "\(target)")
                #expect(!response.text.contains("root:") && !response.text.contains("secret"), "\(target)")
                #expect(response.body != Self.contents(4096), "\(target)")
            }
            #expect(try get(client, "/files/small.txt").status == 200)
        }
    }
}
