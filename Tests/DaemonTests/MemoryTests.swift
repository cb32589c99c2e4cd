import Testing

extension DaemonTests {
    /// The budget of an idle daemon: 12 MiB with one app (docs/performance.md).
    @Suite struct MemoryTests {
        @Test(arguments: ["hello", "hello-c"])
        func `an idle daemon with one app stays below 12 MiB`(app: String) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(.epoll, apps: [.example(app)]))
            #expect(try daemon.get("/").status == 200)
            #expect(try Self.residentKibibytes(daemon) < 12 * 1024)
            // Nor is it more for being watched.
            for _ in 1...20 { #expect(try daemon.admin("GET", "/metrics").status == 200) }
            #expect(try Self.residentKibibytes(daemon) < 12 * 1024)
        }

        /// Each thread that hashes would keep 16 MiB of its heap at half the cost: see `ScryptCost.standard`.
        @Test func `hashing passwords leaves no memory behind`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(.epoll, apps: [.example("bench")]))
            let before = try Self.residentKibibytes(daemon)
            let clients = try (0..<8).map { _ in try daemon.client() }
            for client in clients { try client.send("GET /hash HTTP/1.1\r\nHost: a\r\n\r\n") }
            for client in clients { #expect(try client.response().text.hasPrefix("$scrypt$ln=15,r=8,p=3$")) }
            #expect(try Self.residentKibibytes(daemon) < before + 8 * 1024)
        }

        /// All that is resident of the process that serves, shared or not: more than the PSS, which depends on who
        /// else runs Swift programs.
        private static func residentKibibytes(_ daemon: DaemonProcess) throws -> Int {
            let status = try Files.text("/proc/\(try daemon.serverPid())/status")
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        }
    }
}
