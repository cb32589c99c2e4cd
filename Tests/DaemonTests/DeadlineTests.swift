import Glibc
import Testing

extension DaemonTests {
    /// A handler that takes longer than `request_timeout` to answer is answered for with 503: design, section 4.
    @Suite struct DeadlineTests {
        private static let limit = Duration.milliseconds(300)

        private func faulty(_ backend: Backend, timeout: String = "300ms") throws -> DaemonProcess {
            var configuration = DaemonConfiguration(
                backend, apps: [.faulty()], limits: ["request_timeout = \"\(timeout)\""])
            configuration.loops = 1
            return try DaemonProcess(configuration)
        }

        /// The answer, which has to come at the deadline, not before it and hardly after it.
        private func expectDeadline(
            _ target: String, by daemon: DaemonProcess, within slack: Duration = .milliseconds(200)
        ) throws {
            let client = try daemon.client()
            let began = ContinuousClock.now
            #expect(try client.get(target).status == 503)
            let taken = ContinuousClock.now - began
            #expect(taken >= Self.limit - .milliseconds(10), "\(taken)")
            #expect(taken <= Self.limit + slack, "\(taken)")
        }

        @Test(arguments: ["/spin", "/spin-alloc", "/spin-async", "/spin-write"], Backend.allCases)
        func `an endless loop is answered for at the deadline, and delays nobody`(
            target: String, backend: Backend
        ) throws {
            let daemon = try faulty(backend)
            let pid = try daemon.serverPid()
            let bystander = try daemon.client()
            #expect(try bystander.get("/ok").text == "ok")
            // What /spin-write has sent by then has to be read first, and that is much.
            try expectDeadline(target, by: daemon, within: target == "/spin-write" ? .seconds(15) : .milliseconds(200))
            #expect(try bystander.get("/ok").text == "ok")
            // What allocates must still do so: the loop was not stopped inside malloc.
            #expect(try bystander.get("/throw").status == 500)
            #expect(try daemon.serverPid() == pid)
        }

        @Test(arguments: ["/spin", "/spin-alloc", "/spin-async"], Backend.allCases)
        func `a loop is frozen at the deadline and uses no more time`(target: String, backend: Backend) throws {
            let daemon = try faulty(backend)
            let pid = try daemon.serverPid()
            try expectDeadline(target, by: daemon)
            try eventually("the process is idle") {
                let before = try cpuTime(of: pid)
                usleep(500_000)
                return try cpuTime(of: pid) - before < .milliseconds(100)
            }
            #expect(try daemon.get("/ok").text == "ok")
        }

        /// User and kernel time, in the ticks of /proc/PID/stat (proc(5): fields 14 and 15).
        private func cpuTime(of pid: pid_t) throws -> Duration {
            let text = try Files.text("/proc/\(pid)/stat")
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            let ticks = (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
            return .milliseconds(ticks * 1000 / sysconf(Int32(_SC_CLK_TCK)))
        }

        @Test(arguments: Backend.allCases)
        func `a frozen loop is reported with where it was`(backend: Backend) throws {
            let daemon = try faulty(backend)
            try expectDeadline("/spin", by: daemon)
            let crash = try daemon.onlyCrash(of: "faulty")
            #expect(crash.route.contains("/spin"))
            #expect(crash.frames.contains { $0.function == "spin(_:)" && $0.file.hasSuffix("Loops.swift") })
            try eventually("a fresh copy takes over") { try daemon.generation(of: "faulty") > 1 }
        }

        @Test(arguments: Backend.allCases)
        func `a task past its deadline sees that it is cancelled`(backend: Backend) throws {
            let daemon = try faulty(backend)
            try expectDeadline("/sleep-forever", by: daemon)
            try eventually("the task has seen it") { try daemon.get("/cancelled").text == "1" }
            try eventually("nothing is in flight") { try daemon.app("faulty")?["in_flight"]?.intValue == 0 }
            #expect(try daemon.crashes().isEmpty)
        }

        @Test(arguments: ["/forget", "/ignore-cancel?ms=1000", "/block?ms=1000"], Backend.allCases)
        func `who does not look whether it is cancelled is answered for, too`(target: String, backend: Backend) throws {
            let daemon = try faulty(backend)
            try expectDeadline(target, by: daemon)
            #expect(try daemon.get("/ok").text == "ok")
        }

        @Test(arguments: Backend.allCases)
        func `an answer that comes after the deadline is dropped`(backend: Backend) throws {
            let daemon = try faulty(backend)
            let client = try daemon.client()
            #expect(try client.get("/ignore-cancel?ms=600").status == 503)
            // The late answer must not be taken for that of another request.
            try eventually("the late handler has ended") { try daemon.app("faulty")?["in_flight"]?.intValue == 0 }
            if !(try client.hasInput(within: .milliseconds(50))) { #expect(try client.get("/ok").text == "ok") }
            #expect(try daemon.get("/ok").text == "ok")
        }

        @Test(arguments: Backend.allCases)
        func `a response that has begun in time may take longer`(backend: Backend) throws {
            let client = try faulty(backend).client()
            #expect(try client.get("/sleep-stream?ms=600").text == "begin, slept for 600 ms, end")
        }

        @Test(arguments: Backend.allCases)
        func `who answers in time is left alone`(backend: Backend) throws {
            let daemon = try faulty(backend)
            let client = try daemon.client()
            for _ in 0..<3 {
                #expect(try client.get("/sleep?ms=150").text == "slept for 150 ms")
                #expect(try client.get("/block?ms=150").text == "blocked for 150 ms")
            }
            #expect(try daemon.crashes().isEmpty)
        }

        @Test func `an app may have a deadline of its own`() throws {
            var configuration = DaemonConfiguration(limits: ["request_timeout = \"1h\""])
            configuration.apps = [.faulty(lines: ["quarantine.traps = 0", "limits.request_timeout = \"300ms\""])]
            let daemon = try DaemonProcess(configuration)
            try expectDeadline("/sleep-forever", by: daemon)
            try expectDeadline("/spin", by: daemon)
        }
    }
}
