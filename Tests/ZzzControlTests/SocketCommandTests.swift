import Testing
import ZzzControl
import ZzzJSON

/// zzzctl's commands for sockets, against a daemon that only answers.
@Suite struct SocketCommandTests {
    /// The output and what the daemon was asked.
    private func run(_ arguments: String..., status: Int32 = 0) throws -> (output: String, asked: [String]) {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try ZzzctlRun(arguments + ["--socket", daemon.path])
        #expect(result.status == status, "\(result.errors)")
        return (result.output, daemon.service.asked)
    }

    @Test func `lists sockets`() throws {
        let (output, asked) = try run("sockets")
        #expect(asked == ["sockets - -"])
        #expect(
            output == """
                APP   ID               CLIENT          PROTOCOL        CHANNELS  QUEUED  LOOP
                blog  user:7\\u{1b}[2J  127.0.0.1:4711  channels 2.0.0         2   2 KiB     1
                blog  -                longpoll        the app's              0     0 B     0
                and 1 more

                """)
        #expect(try run("sockets", "blog").asked == ["sockets blog -"])
        #expect(try run("sockets", "list", "blog", "--id", "user:7").asked == ["sockets blog user:7"])
        let json = try JSONValue(parsing: run("sockets", "--json").output)
        #expect(json["sockets"]?.arrayValue?.count == 2 && json["count"] == 3)
    }

    @Test func `closes sockets`() throws {
        let (output, asked) = try run("sockets", "disconnect", "user:7")
        #expect(output == "2 sockets closed\n" && asked == ["disconnect user:7 -"])
        #expect(try run("sockets", "disconnect", "user:7", "--app", "blog").asked == ["disconnect user:7 blog"])
        #expect(try run("sockets", "disconnect", status: 2).asked == [])
    }

    @Test func `lists topics`() throws {
        let (output, asked) = try run("channels")
        #expect(asked == ["channels -"])
        #expect(
            output == """
                TOPIC       APP    CHANNELS  SUBSCRIPTIONS  PRESENT
                room:lobby  blog         12              1        9
                news        (all)         0              2        0

                """)
        #expect(try run("channels", "blog").asked == ["channels blog"])
        #expect(try run("channels", "other", status: 1).output == "")
    }

    @Test func `shows who is in a topic`() throws {
        let (output, asked) = try run("presence", "room:lobby")
        #expect(asked == ["presence room:lobby -"])
        #expect(
            output == """
                KEY  APP   META
                ada  blog  {"phx_ref":"1"}
                ada  blog  {"phx_ref":"2","away":true}

                """)
        #expect(try run("presence", "room:other", "--app", "blog").output == "nobody\n")
        #expect(try run("presence", status: 2).asked == [])
        let json = try JSONValue(parsing: run("presence", "room:lobby", "--json").output)
        #expect(json["apps"]?.arrayValue?.first?["state"]?["ada"]?["metas"]?.arrayValue?.count == 2)
    }
}
