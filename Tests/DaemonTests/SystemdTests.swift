import Glibc
import Testing

extension DaemonTests {
    /// What passes between the daemon and systemd, with this test in systemd's place (sd_notify(3), sd_listen_fds(3)).
    @Suite struct SystemdTests {
        /// A socket that takes notifications.
        private final class Manager {
            let directory: TemporaryDirectory
            private let socket: Int32
            private(set) var messages: [String] = []
            /// Sockets that came with FDSTORE=1, by FDNAME.
            private(set) var stored: [(name: String, descriptor: Int32)] = []

            var path: String { directory.path + "/notify" }

            init() throws {
                directory = try TemporaryDirectory()
                socket = try check("socket", Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0))
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
                let size = socklen_t(MemoryLayout<sockaddr_un>.size)
                let status = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) }
                }
                try check("bind", status)
            }

            deinit {
                close(socket)
                for entry in stored { close(entry.descriptor) }
            }

            /// The names of what is stored, once each, sorted.
            var storedNames: [String] { Set(stored.map(\.name)).sorted() }

            private func store(_ message: String, _ descriptors: [Int32]) {
                let lines = message.split(separator: "\n")
                let name = lines.first { $0.hasPrefix("FDNAME=") }.map { String($0.dropFirst(7)) } ?? ""
                if lines.contains("FDSTOREREMOVE=1") {
                    for entry in stored where entry.name == name { close(entry.descriptor) }
                    stored.removeAll { $0.name == name }
                }
                stored += descriptors.map { (name, $0) }
            }

            /// Waits for a message with that line, and returns the messages up to it.
            @discardableResult
            func wait(for line: String) throws -> String {
                while true {
                    var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                    guard try check("poll", poll(&waited, 1, 20_000)) == 1 else {
                        throw SystemFailure("no \(line) in \(messages)")
                    }
                    let (message, descriptors) = try Packet.receive(from: socket)
                    messages.append(message)
                    store(message, descriptors)
                    if message.split(separator: "\n").contains(where: { $0.hasPrefix(line) }) { return message }
                }
            }
        }

        @Test func `tells that it is ready, reloads and stops`() throws {
            let manager = try Manager()
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [.example("hello-c")]), environment: ["NOTIFY_SOCKET": manager.path])
            try manager.wait(for: "READY=1")
            try daemon.send(SIGHUP)
            // Type=notify-reload needs the time as well, to tell this reload from an earlier one.
            #expect(try manager.wait(for: "RELOADING=1").contains("MONOTONIC_USEC="))
            try manager.wait(for: "READY=1")
            try daemon.send(SIGTERM)
            try manager.wait(for: "STOPPING=1")
            #expect(try daemon.wait() == .code(0))
            #expect(manager.messages.contains { $0.contains("STATUS=") })
        }

        @Test(arguments: Backend.allCases)
        func `feeds the watchdog`(backend: Backend) throws {
            let manager = try Manager()
            let daemon = try DaemonProcess(
                DaemonConfiguration(backend, apps: [.example("hello-c")]),
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"])
            for _ in 0..<3 { try manager.wait(for: "WATCHDOG=1") }
            #expect(try daemon.isRunning())
        }

        @Test func `what a new server process says is passed on, and systemd keeps the sockets`() throws {
            let manager = try Manager()
            var configuration = DaemonConfiguration(apps: [.example("hello-c")])
            configuration.listen = ["127.0.0.1:0", "[::1]:0"]
            let daemon = try DaemonProcess(configuration, environment: ["NOTIFY_SOCKET": manager.path])
            try manager.wait(for: "READY=1")
            let own = ["admin;unix;\(daemon.directory.path)/run/admin.sock", "control;\(daemon.controlSocket)"]
            #expect(manager.storedNames == own + ["listen;127.0.0.1;0", "listen;[;;1];0"])
            #expect(manager.stored.filter { $0.name == "listen;127.0.0.1;0" }.count == 2, "one for each loop")

            let old = try daemon.serverPid()
            kill(old, SIGKILL)
            #expect(try manager.wait(for: "STATUS=the server process ended").contains("SIGKILL"))
            try manager.wait(for: "READY=1")
            #expect(try daemon.zzzctl("upgrade").status == .code(0))
            try manager.wait(for: "READY=1")
            #expect(manager.messages.filter { $0.contains("STOPPING=1") } == [], "an old process is not the daemon")

            configuration.listen = ["127.0.0.1:0"]
            try Files.write(configuration.text(in: daemon.directory.path), to: daemon.configurationFile)
            try daemon.send(SIGHUP)
            try manager.wait(for: "FDSTOREREMOVE=1")
            try manager.wait(for: "READY=1")
            #expect(manager.storedNames == own + ["listen;127.0.0.1;0"])
            try daemon.send(SIGTERM)
            try manager.wait(for: "STOPPING=1")
            #expect(try daemon.wait() == .code(0))
        }

        @Test func `a watchdog is fed while a process is followed by the next one`() throws {
            let manager = try Manager()
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [.example("hello-c")]),
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"])
            try manager.wait(for: "WATCHDOG=1")
            kill(try daemon.serverPid(), SIGKILL)
            try manager.wait(for: "STATUS=the server process ended")
            // From the supervisor, and then from the new process.
            for _ in 0..<3 { try manager.wait(for: "WATCHDOG=1") }
        }

        @Test(arguments: Backend.allCases)
        func `a socket of systemd's goes to the next process too`(backend: Backend) throws {
            let (socket, port) = try Self.listeningSocket()
            defer { close(socket) }
            var configuration = DaemonConfiguration(backend, apps: [.example("bench")])
            configuration.listen = ["127.0.0.1:\(port)"]
            let daemon = try DaemonProcess(configuration, passing: socket)
            let old = try daemon.serverPid()
            kill(old, SIGKILL)
            try daemon.awaitAnotherServer(than: old)
            #expect(try daemon.status()["listeners"]?[0]?["inherited"]?.boolValue == true)
            #expect(try daemon.get("/plaintext").status == 200)
        }

        /// As a socket unit would open one.
        private static func listeningSocket() throws -> (Int32, port: UInt16) {
            let socket = try check("socket", Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            try withUnsafeMutablePointer(to: &address) {
                try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    try check("bind", bind(socket, $0, size))
                    try check("listen", listen(socket, 16))
                    try check("getsockname", getsockname(socket, $0, &size))
                }
            }
            return (socket, UInt16(bigEndian: address.sin_port))
        }

        @Test(arguments: Backend.allCases)
        func `takes the socket that systemd has opened`(backend: Backend) throws {
            let (socket, port) = try Self.listeningSocket()
            defer { close(socket) }
            // It is asked for by its address, as the configuration and the socket unit both state it.
            var configuration = DaemonConfiguration(backend, apps: [.example("bench")])
            configuration.listen = ["127.0.0.1:\(port)"]
            let daemon = try DaemonProcess(configuration, passing: socket)
            #expect(try daemon.status()["listeners"]?[0]?["inherited"]?.boolValue == true)
            let client = try RawClient(port: port)
            try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().text == "Hello, World!")
        }
    }
}
