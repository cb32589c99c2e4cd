import Glibc
import Testing

extension DaemonTests {
    /// A fault in an app costs the request that it happened in, and nothing else: design, section 4.
    @Suite struct ContainmentTests {
        /// One loop, so that everybody is on the loop that the fault takes.
        private func faulty(_ backend: Backend, loops: Int = 1) throws -> DaemonProcess {
            var configuration = DaemonConfiguration(
                backend, apps: [.faulty(), .example("hello-c", mount: "/hello")],
                limits: ["request_timeout = \"2s\""])
            configuration.loops = loops
            return try DaemonProcess(configuration)
        }

        @Test(arguments: Fault.synchronous + Fault.asynchronous, Backend.allCases)
        func `costs its request and nothing else`(fault: Fault, backend: Backend) throws {
            let daemon = try faulty(backend)
            let pid = try daemon.serverPid()
            let bystander = try daemon.client()
            #expect(try bystander.get("/ok").text == "ok")

            let victim = try daemon.client()
            try victim.send(fault.request)
            try expect(fault.outcome, at: victim)

            #expect(try bystander.get("/hello/").status == 200)
            try expectReport(of: fault, by: daemon)
            try expectFreshCopy(daemon)
            #expect(try bystander.get("/ok").text == "ok")
            #expect(try daemon.serverPid() == pid)
        }

        private func expect(_ outcome: Fault.Outcome, at victim: RawClient) throws {
            switch outcome {
            case .answered:
                #expect(try victim.finalResponse().status == 500)
            case .deadline:
                #expect(try victim.finalResponse().status == 503)
            case .cut:
                #expect(throws: SystemFailure.self) { _ = try victim.finalResponse() }
            }
        }

        private func expectReport(of fault: Fault, by daemon: DaemonProcess) throws {
            let crash = try daemon.onlyCrash(of: "faulty")
            #expect(crash.generation == 1)
            // Nobody knows for whom an app's own thread works: that request waits until its deadline.
            if case .deadline = fault.outcome {
                #expect(crash.request.isEmpty)
            } else {
                #expect(crash.route.contains(fault.route))
                #expect(!crash.request.isEmpty)
            }
            #expect(fault.signals.contains(crash.signal), "\(crash.signal)")
            #expect(try crash.shows(fault.place), "\(crash.frames)")
            #expect(daemon.log.contains(fault.place.function))
        }

        /// What the old copy's locks and actors hold may be held for good.
        private func expectFreshCopy(_ daemon: DaemonProcess) throws {
            try eventually("a fresh copy takes over") { try daemon.generation(of: "faulty") > 1 }
            #expect(try daemon.app("faulty")?["state"]?.stringValue == "running")
            #expect(try daemon.get("/ok").text == "ok")
        }

        // The innermost frames of a stack that has overflowed are what recursed.
        @Test(arguments: Backend.allCases)
        func `a stack overflow costs its request`(backend: Backend) throws {
            let daemon = try faulty(backend)
            let pid = try daemon.serverPid()
            let bystander = try daemon.client()
            #expect(try bystander.get("/ok").text == "ok")
            #expect(try daemon.client().get("/recurse").status == 500)
            let crash = try daemon.onlyCrash(of: "faulty")
            #expect(crash.signal == "SIGSEGV")
            #expect(crash.frames.contains { $0.function.hasPrefix("recurse") && $0.file.hasSuffix("Crashes.swift") })
            try expectFreshCopy(daemon)
            #expect(try bystander.get("/ok").text == "ok")
            #expect(try daemon.serverPid() == pid)
        }

        @Test(arguments: Backend.allCases)
        func `a fault in what runs when the client leaves costs nobody`(backend: Backend) throws {
            let daemon = try faulty(backend)
            let pid = try daemon.serverPid()
            let client = try daemon.client()
            try client.send("GET /trap-closed HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("faulty")?["in_flight"]?.intValue == 1 }
            client.reset()
            #expect(try daemon.onlyCrash(of: "faulty").shows(Fault.index))
            try expectFreshCopy(daemon)
            #expect(try daemon.serverPid() == pid)
        }

        // In-flight requests finish on the generation that began them, also when that is tainted.
        @Test(arguments: ["/sleep?ms=500", "/ignore-cancel?ms=500", "/block-stream?ms=500", "/block?ms=500"])
        func `other requests of the same generation finish`(target: String) throws {
            let daemon = try faulty(.epoll)
            let other = try daemon.client()
            let victim = try daemon.client()
            try other.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("faulty")?["in_flight"]?.intValue == 1 }
            #expect(try victim.get("/trap").status == 500)
            let response = try other.response()
            #expect(response.status == 200)
            #expect(response.text.contains("for 500 ms"))
            try expectFreshCopy(daemon)
            try eventually("the old copy is put away") {
                try daemon.app("faulty")?["draining_generations"]?.arrayValue?.isEmpty == true
            }
        }

        @Test func `a lock that a fault left locked is not in the way of the fresh copy`() throws {
            let daemon = try faulty(.epoll)
            #expect(try daemon.get("/lock").text == "locked 1 times")
            #expect(try daemon.get("/lock-and-trap").status == 500)
            try expectFreshCopy(daemon)
            #expect(try daemon.get("/lock").text == "locked 1 times")
        }

        @Test func `an error that a handler throws is no fault`() throws {
            let daemon = try faulty(.epoll)
            #expect(try daemon.get("/throw").status == 500)
            #expect(try daemon.get("/ok").status == 200)
            #expect(try daemon.generation(of: "faulty") == 1)
            #expect(try daemon.crashes().isEmpty)
        }

        @Test(arguments: Backend.allCases)
        func `what was pipelined behind a faulty request is answered or cut, never mixed up`(backend: Backend) throws {
            let daemon = try faulty(backend)
            let client = try daemon.client()
            try client.send("GET /trap HTTP/1.1\r\nHost: a\r\n\r\nGET /ok HTTP/1.1\r\nHost: a\r\n\r\n")
            let first = try client.response()
            #expect(first.status == 500)
            if first.saysClose {
                #expect(try client.isClosedSilently())
            } else {
                #expect(try client.response().text == "ok")
            }
        }

        @Test(arguments: Backend.allCases)
        func `many faults at once cost as many requests`(backend: Backend) throws {
            let daemon = try faulty(backend, loops: 2)
            let pid = try daemon.serverPid()
            let victims = try (0..<12).map { _ in try daemon.client() }
            let routes = ["/trap", "/trap-async", "/abort", "/segv-nil"]
            for (number, victim) in victims.enumerated() {
                try victim.send("GET \(routes[number % routes.count]) HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            for victim in victims { #expect(try victim.response().status == 500) }
            try eventually("every one is reported") { try daemon.crashes(of: "faulty").count == victims.count }
            try expectFreshCopy(daemon)
            #expect(try daemon.serverPid() == pid)
        }

        @Test func `a fault on a thread of the app's own does not stop the service`() throws {
            let daemon = try faulty(.epoll)
            // The daemon may contain it or replace the process: it knows nothing of the thread.
            daemon.sendAndForget("/trap-thread")
            try eventually("the service goes on") { (try? daemon.get("/ok").status) == 200 }
        }

        // What has damaged the process ends it, and its supervisor starts the next one.
        @Test(arguments: ["/corrupt", "/exit"])
        func `what cannot be contained costs the process, and the next one serves`(route: String) throws {
            let daemon = try faulty(.epoll)
            let pid = try daemon.serverPid()
            daemon.sendAndForget(route)
            try daemon.awaitAnotherServer(than: pid)
            #expect(try daemon.get("/ok").text == "ok")
        }
    }
}

extension DaemonProcess {
    /// Asks for something that may cost the process, and takes whatever comes.
    func sendAndForget(_ target: String) {
        do {
            let client = try client()
            try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.finalResponse()
        } catch {}
    }
}
