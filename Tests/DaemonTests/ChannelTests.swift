import Testing
import ZzzJSON

extension DaemonTests {
    /// Sockets and channels of the real daemon, with the chat: what zzzctl says of them, and that they outlive code.
    @Suite struct ChannelTests {
        private static func chat(_ backend: Backend, more: String = "") throws -> DaemonProcess {
            var configuration = DaemonConfiguration(
                backend, apps: [.example("chat", lines: [#"settings.assets = "\#(Dist.root)/assets/chat""#])])
            configuration.more = more
            return try DaemonProcess(configuration)
        }

        private static func visitor(_ daemon: DaemonProcess, _ name: String) throws -> ChannelClient {
            try ChannelClient(daemon, "/socket/websocket", query: "&name=\(name)")
        }

        @Test(arguments: Backend.allCases)
        func `channels outlive their code`(backend: Backend) throws {
            let daemon = try Self.chat(backend)
            let visitors = try ["Ada", "Bob", "Cleo"].map { try Self.visitor(daemon, $0) }
            for visitor in visitors {
                #expect(try visitor.join("room:lobby")["status"] == "ok")
                _ = try visitor.expect("presence_state")
            }
            for number in 1...3 {
                try visitors[0].push("room:lobby", "say", #"{"text":"message \#(number)"}"#, joinRef: "1")
                for visitor in visitors {
                    #expect(try visitor.expect("said")["text"] == .string("message \(number)"))
                }
                let reload = try daemon.zzzctl("reload", "chat")
                #expect(reload.status == .code(0), "\(reload)")
            }
            // Nobody has joined again, and everybody is still there.
            let presence = try daemon.zzzctl("presence", "room:lobby", "--json").json
            #expect(presence["apps"]?.arrayValue?.first?["state"]?.objectValue?.count == 3)
            #expect(try daemon.status()["sockets"]?["moved"] == 9)
            #expect(try daemon.status()["sockets"]?["failed"] == 0)
        }

        @Test(arguments: Backend.allCases)
        func `zzzctl shows and closes sockets`(backend: Backend) throws {
            let daemon = try Self.chat(backend)
            #expect(try daemon.status()["sockets"] == nil)
            #expect(try daemon.zzzctl("sockets").output == "no sockets\n")
            let visitor = try Self.visitor(daemon, "Ada")
            #expect(try visitor.join("room:lobby")["status"] == "ok")
            _ = try visitor.expect("presence_state")
            let sockets = try daemon.zzzctl("sockets", "chat", "--json").json
            #expect(sockets["count"] == 1)
            let socket = try #require(sockets["sockets"]?.arrayValue?.first)
            #expect(socket["topics"] == ["room:lobby"] && socket["version"] == "2.0.0" && socket["app"] == "chat")
            let topics = try daemon.zzzctl("channels", "--json").json["topics"]?.arrayValue
            #expect(topics?.first?["topic"] == "room:lobby" && topics?.first?["presences"] == 1)
            #expect(try daemon.zzzctl("presence", "room:lobby").output.contains("Ada"))
            #expect(try daemon.zzzctl("presence", "room:other").output == "nobody\n")
            #expect(try daemon.zzzctl("sockets", "other").status == .code(1))
            let metrics = try daemon.zzzctl("status").output
            #expect(metrics.contains("sockets      1 open, 1 channels"))
            #expect(try daemon.zzzctl("sockets", "disconnect", "nobody", "--json").json["disconnected"] == 0)
        }

        @Test(arguments: Backend.allCases)
        func `the configuration's limits hold`(backend: Backend) throws {
            let daemon = try Self.chat(backend, more: "[sockets]\nmessage = \"128 B\"\n")
            let visitor = try Self.visitor(daemon, "Ada")
            #expect(try visitor.join("room:lobby")["status"] == "ok")
            _ = try visitor.expect("presence_state")
            let text = String(repeating: "x", count: 200)
            try visitor.push("room:lobby", "say", #"{"text":"\#(text)"}"#, joinRef: "1")
            while true {
                guard case .close(let code) = try visitor.next() else { continue }
                #expect(code == 1009)
                return
            }
        }
    }
}
