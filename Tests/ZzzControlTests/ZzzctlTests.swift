import Glibc
import Testing
import ZzzControl
import ZzzJSON

/// The real `zzzctl` against a daemon that only answers.
@Suite struct ZzzctlTests {
    private func run(_ daemon: FakeDaemon, _ arguments: String...) throws -> ZzzctlRun {
        try ZzzctlRun(arguments + ["--socket", daemon.path])
    }

    @Test func `takes the socket before the command as well`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let behind = try run(daemon, "status")
        #expect(behind.status == 0)
        #expect(try ZzzctlRun(["--socket", daemon.path, "status"]).output == behind.output)
        #expect(try ZzzctlRun(["--socket=" + daemon.path, "status"]).output == behind.output)
        #expect(try ZzzctlRun(["--socket", daemon.path]).status == 2)
    }

    @Test func `shows the status`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "status")
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(
            result.output == """
                zzzd 0.1.0  running  pid 4711  up 1d 2h
                supervisor   pid 4710, 2 restarts, the last after SIGABRT at 2026-11-21T08:33:20Z
                backend      epoll (io_uring is refused here)
                config       /etc/zzz/zzz.toml, loaded 2026-11-20T18:40:00Z
                connections  1 active, 2 idle, limit 3 (reached 1 times), 12 accepted, 9 closed
                requests     124  (2xx 100, 3xx 10, 4xx 12, 5xx 2)

                LISTENER                       STATE   ACCEPTED
                127.0.0.1:8080 (from systemd)  paused        12

                LOOP  BACKEND  CONNECTIONS  REQUESTS  TURNS  BUSY  HAND-OFFS  LONGEST STALL
                   0  epoll              3       124     99   13%          2        41.5 ms
                threads: 1 running, 2 spare, 3 stalled, 4 frozen, limit 512

                APP   STATE    GENERATION  VERSION  MOUNT  HOSTS         ROUTES  REQUESTS  ERRORS  TRAPS  IN FLIGHT
                bad   failed            0  -        /bad   *                  0         0       0      0          0
                blog  running           3  1.2      /      blog.example       4       120       2      0          1
                bad: bad.so is not an ELF file
                  remedy: build it again\\u{1b}[2J
                blog: generation 2 (1.1) is draining, 1 in flight

                """)
    }

    @Test func `prints JSON as the daemon sent it`() throws {
        let extra = #"{"id":1,"ok":true,"result":{"apps":[],"newer":{"b":1,"a":[]}}}"# + "\n"
        let daemon = try FakeDaemon { _, _ in Array(extra.utf8) }
        defer { daemon.stop() }
        let result = try run(daemon, "apps", "--json")
        #expect(result.status == 0)
        #expect(try JSONValue(parsing: result.output) == ["apps": [], "newer": ["b": 1, "a": []]])
    }

    @Test func `lists routes`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "routes", "blog")
        #expect(
            result.output == """
                METHOD  PATTERN       HOSTS         APP   NAME
                GET     /posts/:id    blog.example  blog  post
                *       /files/*path  *             blog  -

                """)
        #expect(daemon.service.asked == ["routes blog"])
    }

    @Test func `shows what routes have done`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "routes", "--stats")
        let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.count == 2)
        let expected = [
            "GET", "/posts/:id", "blog", "100", "90", "0", "6", "4", "0", "<1", "ms", "10", "ms", "0", "2", "0",
        ]
        #expect(lines.last == expected)
    }

    @Test func `shows crashes with the app's own code marked`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "crashes", "blog")
        #expect(
            result.output == """
                2026-11-21T22:26:40Z  blog (generation 3, version 1.2)
                  SIGILL  trap: precondition, fatalError, overflow or nil unwrap at 0x7f0012345678
                  in        request: GET /posts/:id
                  request   4711
                  outcome   answered 500
                  stack
                     0  _assertionFailure(_:_:file:line:flags:)  libswiftCore.so + 216
                  >  1  Posts.show(_:)                           Posts.swift:12  in blog.so
                  > 10  ?                                        blog.so\\u{1b}[2J + 4096

                """)
        let json = try run(daemon, "crashes", "--json").output
        #expect(try JSONValue(parsing: json)["crashes"]?.arrayValue?[0]["frames"]?.arrayValue?.count == 3)
    }

    @Test func `top prints as many screens as asked for`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "top", "-n", "2", "-d", "0.1")
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("zzzd 0.1.0  running") }.count == 2)
        #expect(lines.filter { $0.hasPrefix("GET     /posts/:id") }.count == 2)
        // Plain text: no terminal is there to obey.
        #expect(!result.output.contains("\u{1B}"))
        #expect(try run(daemon, "top", "-n", "0").status == 2)
        #expect(try run(daemon, "top", "-d", "0").status == 2)
        #expect(try run(daemon, "top", "--json").status == 2)
        #expect(try ZzzctlRun(["top", "--socket", "/nonexistent/a"]).status == 3)
    }

    @Test func `a reload of one app succeeds`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "reload", "blog")
        #expect(result.status == 0)
        #expect(result.output == "blog reloaded: generation 4, version 1.3, was generation 3, in 12.3 ms\n")
        #expect(daemon.service.asked == ["reload blog"])
    }

    @Test func `a reload in which one app fails ends with 1 and says why`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "reload")
        #expect(result.status == 1)
        #expect(
            result.output == """
                configuration applied
                server.loops takes effect at the next start
                blog reloaded: generation 4, version 1.3, was generation 3, in 12.3 ms

                """)
        #expect(result.errors == "zzzctl: bad: bad.so is not an ELF file\n  remedy: build it again\n")
        let json = try run(daemon, "reload", "--json")
        #expect(json.status == 1)
        #expect(try JSONValue(parsing: json.output)["apps"]?[0]?["action"] == "failed")
    }

    @Test func `what the daemon refuses ends with 1`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "rollback", "blog")
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.errors == "zzzctl: blog has no generation before 1\n  remedy: deploy the old file again\n")
        let json = try run(daemon, "rollback", "other", "--json")
        #expect(json.status == 1)
        #expect(try JSONValue(parsing: json.output)["error"]?["code"] == "app-not-found")
    }

    @Test func `upgrades, and says what runs now`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "upgrade", "--binary", "/opt/zzzd", "--ready-within", "2.5")
        #expect(result.status == 0)
        #expect(
            result.output == "zzzd 0.2.0, was 0.1.0, runs /opt/zzzd: pid 4800 serves, in 61 ms; "
                + "pid 4711 finishes what it began\n")
        #expect(try run(daemon, "upgrade").status == 0)
        let refused = try run(daemon, "upgrade", "--binary", "/bin/true")
        #expect(refused.status == 1)
        #expect(refused.errors == "zzzctl: /bin/true is no zzzd\n  remedy: name one\n")
        #expect(try run(daemon, "upgrade", "--ready-within", "0").status == 2)
        #expect(daemon.service.asked == ["upgrade /opt/zzzd 2500", "upgrade - 30000", "upgrade /bin/true 30000"])
    }

    @Test func `a relative binary is meant from here`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        _ = try run(daemon, "upgrade", "--binary", "bin/zzzd")
        let asked = try #require(daemon.service.asked.first)
        #expect(asked.hasPrefix("upgrade /") && asked.contains("/bin/zzzd "))
    }

    @Test func `unloads and stops`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        #expect(try run(daemon, "unload", "blog").output == "blog unloaded\n")
        #expect(try run(daemon, "stop").output == "zzzd (pid 4711) is stopping; open requests have 1.5 s\n")
        #expect(daemon.service.asked == ["unload blog", "stop"])
    }

    @Test func `a configuration with errors ends with 1`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let result = try run(daemon, "check")
        #expect(result.status == 1)
        #expect(
            result.errors == """
                /etc/zzz/zzz.toml:2:6: error: server.io must be a string
                error: zzz-config is missing

                """)
        #expect(try JSONValue(parsing: try run(daemon, "check", "--json").output)["valid"] == false)
    }

    @Test(arguments: [
        [], ["dance"], ["status", "--nonsense"], ["rollback"], ["unload"], ["reload", "a", "b"],
        ["status", "--timeout", "0"], ["status", "--timeout", "x"], ["status", "--interval", "0"], ["inspect"],
    ])
    func `wrong usage ends with 2, no arguments with help`(arguments: [String]) throws {
        let result = try ZzzctlRun(arguments)
        #expect(result.status == (arguments.isEmpty ? 0 : 2))
        #expect((arguments.isEmpty ? result.output : result.errors).uppercased().contains("USAGE: ZZZCTL"))
    }

    @Test func `a socket where nobody is ends with 3 and says what to do`() throws {
        let result = try ZzzctlRun(["status", "--socket", "/nonexistent/zzz.sock"])
        #expect(result.status == 3)
        #expect(result.errors.contains("/nonexistent/zzz.sock"))
        #expect(result.errors.contains("start the daemon"))
        let json = try ZzzctlRun(["status", "--json"], environment: ["ZZZ_SOCKET": "/nonexistent/zzz.sock"])
        #expect(json.status == 3)
        #expect(try JSONValue(parsing: json.output)["error"]?["code"] == "unreachable")
    }

    @Test func `a daemon that refuses this user ends with 4`() throws {
        let daemon = try FakeDaemon { _, peer in
            ControlResponse.line(id: 1, error: ControlAccess(owner: 1, group: nil).refusal(of: peer))
        }
        defer { daemon.stop() }
        let result = try run(daemon, "stop")
        #expect(result.status == 4)
        #expect(result.errors.contains("may not give commands"))
    }

    @Test func `a daemon that does not answer ends with 5`() throws {
        let silent = try FakeDaemon { _, _ in nil }
        defer { silent.stop() }
        #expect(try run(silent, "status").status == 5)
        let odd = try FakeDaemon { _, _ in Array("?\n".utf8) }
        defer { odd.stop() }
        #expect(try run(odd, "status").status == 5)
        let slow = try FakeDaemon { line, _ in
            usleep(500_000)
            return line
        }
        defer { slow.stop() }
        #expect(try run(slow, "status", "--timeout", "0.1").status == 5)
    }

    @Test func `finds the socket in ZZZ_SOCKET, and the option wins`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        #expect(try ZzzctlRun(["status"], environment: ["ZZZ_SOCKET": daemon.path]).status == 0)
        let both = try ZzzctlRun(["status", "--socket", "/nonexistent/a"], environment: ["ZZZ_SOCKET": daemon.path])
        #expect(both.status == 3)
    }

    @Test func `watches until the daemon goes`() throws {
        let daemon = try FakeDaemon { [service = FakeService()] line, peer in
            let dispatcher = ControlDispatcher(service: service, access: ControlAccess(group: nil))
            return service.asked.count < 3 ? dispatcher.respond(to: line, from: peer) : nil
        }
        defer { daemon.stop() }
        let result = try run(daemon, "status", "--watch", "--json", "--interval", "0.1")
        #expect(result.status == 5)
        let lines = result.output.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("{\"version\"") }.count == 3)
    }

    @Test func `checks a file without a daemon`() throws {
        let directory = try Scratch.directory()
        let file = directory + "/a.toml"
        defer {
            unlink(file)
            rmdir(directory)
        }
        for (text, status) in [("[limits]\nbody = 1\n", Int32(0)), ("[limits]\nboddy = 1\n", 1)] {
            let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            _ = write(descriptor, text, text.utf8.count)
            close(descriptor)
            let result = try ZzzctlRun(["check", "--config", file])
            #expect(result.status == status)
            #expect(result.output == (status == 0 ? "\(file): ok\n" : ""))
            let complaint = "\(file):2:1: error: unknown key \"boddy\" in limits; did you mean \"body\"?\n"
            #expect(result.errors == (status == 0 ? "" : complaint))
            let json = try ZzzctlRun(["check", "--config", file, "--json"])
            #expect(try JSONValue(parsing: json.output)["valid"] == .bool(status == 0))
        }
    }

    @Test func `prints its version`() throws {
        #expect(try ZzzctlRun(["--version"]).output == "zzzctl \(ZzzVersion.text)\n")
    }
}
