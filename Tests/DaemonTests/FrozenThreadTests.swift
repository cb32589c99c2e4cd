import Glibc
import Testing

extension DaemonTests {
    /// Each fault costs a thread for good: near the cap a fresh process takes over (design, section 4).
    @Suite struct FrozenThreadTests {
        /// Each process is replaced at 7/8 of it.
        private static let cap = 16
        private static let replacements = 3

        @Test(arguments: Backend.allCases)
        func `a process with many frozen threads is replaced, and no healthy request fails`(backend: Backend) throws {
            var configuration = DaemonConfiguration(
                backend, apps: [.faulty(mount: "/faulty"), .example("bench", mount: "/bench")])
            configuration.server = ["frozen_threads = \(Self.cap)"]
            let daemon = try DaemonProcess(configuration)
            let port = try daemon.port()
            let load = try LoadClients(4, .keepingAlive, target: "/bench/plaintext") { try RawClient(port: port) }
            try load.awaitSuccesses(100)
            for _ in 0..<5 { try trap(port) }
            try eventually("they are counted") { try traps(of: daemon) == 5 }

            var seen = [try daemon.serverPid()]
            var count = 5
            while seen.count <= Self.replacements, count < 2 * Self.replacements * Self.cap {
                try trap(port)
                count += 1
                // `try?`: in the moment of the change nobody may answer on the control socket.
                if let pid = try? daemon.serverPid(), pid != seen.last { seen.append(pid) }
            }
            #expect(seen.count == Self.replacements + 1, "\(count) traps: \(seen)")
            #expect(count >= Self.replacements * Self.cap * 7 / 8)

            try load.awaitSuccesses(100)
            let healthy = try load.stop()
            #expect(healthy.refused == 0)
            #expect(healthy.failed.isEmpty, "\(healthy.failed)")
            #expect(try daemon.status()["supervisor"]?["restarts"]?.intValue == 0, "none has died")
            try expectFreshTotals(of: daemon, at: port, after: seen.dropLast())
        }

        /// One more frozen thread.
        private func trap(_ port: UInt16) throws {
            #expect(try RawClient(port: port).get("/faulty/trap").status == 500)
        }

        /// nil while no process has the admin listener: a new one gets it when the old one has let go.
        private func traps(of daemon: DaemonProcess) throws -> Double? {
            // `try?`: that is no failure.
            guard let page = try? daemon.admin("GET", "/metrics") else { return nil }
            return try MetricPage(page.text).value("zzz_app_traps_total", ["app": "faulty"])
        }

        /// The last process counts what came to it, and no more.
        private func expectFreshTotals(of daemon: DaemonProcess, at port: UInt16, after old: [pid_t]) throws {
            try eventually("the old processes have ended") { old.allSatisfy { kill($0, 0) != 0 } }
            try eventually("it gives its figures") { try traps(of: daemon) != nil }
            let before = try #require(try traps(of: daemon))
            #expect(before < Double(Self.cap))
            try trap(port)
            try eventually("the trap is counted") { try traps(of: daemon) == before + 1 }
        }
    }
}
