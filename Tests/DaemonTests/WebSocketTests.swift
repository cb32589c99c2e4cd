import Testing

extension DaemonTests {
    /// Sockets that a task of an app's serves, in the real daemon (Tests/Apps/faulty).
    @Suite struct WebSocketTests {
        private func faulty(_ backend: Backend) throws -> DaemonProcess {
            var configuration = DaemonConfiguration(backend, apps: [.faulty()])
            configuration.loops = 1
            return try DaemonProcess(configuration)
        }

        private func expectEcho(_ socket: ChannelClient?, _ text: String) throws {
            let socket = try #require(socket)
            try socket.push("topic", text)
            guard case .message(let parts) = try socket.next(), parts.count == 5 else {
                Issue.record("no echo of \(text)")
                return
            }
            #expect(parts[3] == .string(text))
        }

        private func expectNothingDrains(_ daemon: DaemonProcess) throws {
            try eventually("the old generation ends") {
                try daemon.app("faulty")?["draining_generations"]?.arrayValue?.isEmpty == true
            }
        }

        /// In a piece that the host's call runs, and in one that the loop runs later.
        @Test(arguments: ["trap", "trap later"], Backend.allCases)
        func `a trap costs its socket and nothing else`(text: String, backend: Backend) throws {
            let daemon = try faulty(backend)
            let pid = try daemon.serverPid()
            let victim = try ChannelClient(daemon, "/trap-socket")
            var other: ChannelClient? = try ChannelClient(daemon, "/trap-socket")
            for socket in [victim, other] { try expectEcho(socket, "hello") }
            try victim.push("topic", text)
            guard case .close(1011) = try victim.next() else {
                Issue.record("not closed with 1011")
                return
            }
            let crash = try daemon.onlyCrash(of: "faulty")
            #expect(try crash.shows(Fault.index), "\(crash.frames)")
            try eventually("a fresh copy takes over") { try daemon.generation(of: "faulty") > 1 }
            // The other socket stays with the copy that it was opened with, which goes with it.
            try expectEcho(other, "still there")
            #expect(try daemon.app("faulty")?["draining_generations"]?.arrayValue?.count == 1)
            other = nil
            try expectNothingDrains(daemon)
            #expect(try daemon.serverPid() == pid)
        }

        @Test(arguments: Backend.allCases)
        func `a socket stays with its generation, which goes with it`(backend: Backend) throws {
            let daemon = try faulty(backend)
            var old: ChannelClient? = try ChannelClient(daemon, "/trap-socket")
            try expectEcho(old, "hello")
            #expect(try daemon.zzzctl("reload", "faulty").status == .code(0))
            let new = try ChannelClient(daemon, "/trap-socket")
            for socket in [old, new] { for text in ["one", "later"] { try expectEcho(socket, text) } }
            #expect(try daemon.app("faulty")?["draining_generations"]?[0]?["generation"]?.intValue == 1)
            old = nil
            try expectNothingDrains(daemon)
            try expectEcho(new, "two")
        }
    }
}
