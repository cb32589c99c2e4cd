import Glibc
import Synchronization
import Testing

extension DaemonTests {
    /// Deploying under load.
    @Suite struct ReloadTests {
        /// Threads that ask again and again over kept connections, and note what was not as it should be.
        private final class Crowd: Sendable {
            private struct State {
                var isStopping = false
                var requests = 0
                var failures: [String] = []
                var running = 0
            }

            private let state = Mutex(State())

            func run(clients: Int, port: UInt16, target: String, expected: String) {
                for _ in 0..<clients {
                    state.withLock { $0.running += 1 }
                    Thread.detach { [self] in
                        do {
                            try ask(port, target, expected)
                        } catch {
                            state.withLock { $0.failures.append("\(error)") }
                        }
                        state.withLock { $0.running -= 1 }
                    }
                }
            }

            private func ask(_ port: UInt16, _ target: String, _ expected: String) throws {
                let client = try RawClient(port: port)
                while state.withLock({ !$0.isStopping }) {
                    try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                    let response = try client.response()
                    guard response.status == 200, response.text == expected, !response.saysClose else {
                        throw SystemFailure("answered \(response)")
                    }
                    state.withLock { $0.requests += 1 }
                }
            }

            var requests: Int { state.withLock { $0.requests } }

            /// Ends the load; what went wrong.
            func stop() throws -> [String] {
                state.withLock { $0.isStopping = true }
                try eventually("the clients end") { state.withLock { $0.running == 0 } }
                return state.withLock { $0.failures }
            }
        }

        @Test(arguments: Backend.allCases)
        func `reloads 100 times under load without one failed request`(backend: Backend) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
            let crowd = Crowd()
            let port = try daemon.port()
            let slept = try daemon.get("/sleep?ms=5").text
            crowd.run(clients: 4, port: port, target: "/plaintext", expected: "Hello, World!")
            crowd.run(clients: 2, port: port, target: "/sleep?ms=5", expected: slept)
            try eventually("the load is there") { crowd.requests > 100 }
            for number in 1...100 {
                let before = crowd.requests
                let result = try daemon.zzzctl("reload", "bench", "--json")
                try #require(result.status == .code(0), "reload \(number): \(result.errors)")
                try eventually("requests go on after reload \(number)") { crowd.requests > before }
            }
            #expect(try crowd.stop() == [])
            #expect(try daemon.app("bench")?["generation"]?.intValue == 101)
            try eventually("the old generations are gone") {
                try daemon.app("bench")?["draining_generations"]?.arrayValue?.isEmpty == true
            }
        }
    }
}

/// A thread of its own for something that blocks.
private enum Thread {
    static func detach(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        pthread_create(&thread, nil, { argument in
            Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
        pthread_detach(thread)
    }

    private final class Box {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
