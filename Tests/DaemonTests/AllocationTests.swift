import Glibc
import Testing

extension DaemonTests {
    /// The host's budget for a keep-alive request: no heap allocation (docs/architecture.md).
    @Suite struct AllocationTests {
        /// Counts the allocations of a process with Benchmarks/count_allocations.c preloaded.
        private struct Counter {
            private let directory: TemporaryDirectory
            private let library: String
            private var file: String { directory.path + "/count" }

            init() throws {
                directory = try TemporaryDirectory()
                library = directory.path + "/count_allocations.so"
                let source = Dist.packageRoot + "/Benchmarks/count_allocations.c"
                let command = ["/usr/bin/cc", "-std=c11", "-O2", "-fPIC", "-shared", "-o", library, source]
                let result = try CommandResult.of(command, in: directory)
                guard result.status == .code(0) else { throw SystemFailure("cc: \(result.errors)") }
            }

            var environment: [String: String] { ["LD_PRELOAD": library, "ZZZ_ALLOCATION_COUNT": file] }

            func read() throws -> UInt64 {
                try Files.read(file).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
            }
        }

        private func get(_ client: RawClient, times count: Int) throws {
            for _ in 0..<count {
                try client.send("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n")
                #expect(try client.response().status == 200)
            }
        }

        @Test(arguments: Backend.allCases)
        func `the host allocates nothing for a keep-alive request`(backend: Backend) throws {
            let counter = try Counter()
            // hello-c allocates nothing itself.
            let daemon = try DaemonProcess(
                DaemonConfiguration(backend, apps: [.example("hello-c")]), environment: counter.environment)
            let client = try daemon.client()
            try get(client, times: 100)
            let before = try counter.read()
            try #require(before > 0, "the counter was not preloaded")
            try get(client, times: 10_000)
            let allocations = try counter.read() - before
            // What the daemon does once in a while, the date among it, is not per request.
            #expect(allocations < 100, "\(allocations) allocations for 10,000 requests")
        }
    }
}
