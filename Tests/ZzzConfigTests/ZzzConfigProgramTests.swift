import Glibc
import Testing
import ZzzConfig
import ZzzJSON

/// The real program, with real files.
@Suite struct ZzzConfigProgramTests {
    @Test func `prints settings as JSON`() throws {
        let directory = try ScratchDirectory()
        let file = try directory.write("[limits]\nbody = \"1 MiB\"\n", to: "zzz.toml")
        let run = try Program.run("--config", file)
        #expect(run.status == 0)
        #expect(run.errorOutput.isEmpty)
        let settings = try JSONBytesDecoder().decode(Settings.self, from: run.output)
        #expect(settings.limits.body == .mebibytes(1))
        #expect(settings.files == [file])
    }

    @Test func `reads what the issue shows`() throws {
        let settings = try Program.settings(
            """
            [server]
            io = "auto"                      # "epoll", "io_uring"
            loops = 0                        # 0: one per core
            [[listen]]
            address = "127.0.0.1:8080"       # "[::]:8443", "unix:/run/zzz/http.sock"
            [control]
            socket = "/run/zzz/control.sock"
            [paths]
            state = "/var/lib/zzz"
            runtime = "/run/zzz"
            [apps]
            directory = "/var/lib/zzz/apps"
            watch = true
            [app.blog]                       # one table per app, all optional
            mount = "/"
            hosts = ["blog.example.com"]
            settings = { title = "Our blog" }
            [limits]                         # and [app.blog.limits]
            body = "8 MiB"
            header_deadline = "10s"
            """)
        var expected = Settings()
        var blog = AppSettings()
        blog.mount = "/"
        blog.hosts = ["blog.example.com"]
        blog.settings = ["title": "Our blog"]
        expected.app["blog"] = blog
        expected.files = settings.files
        #expect(settings == expected)
    }

    @Test(arguments: [
        ("[server]\nio = 3\n", ["2:6: error: server.io must be a string, not an integer"]),
        ("[server]\n  lops = 3\n", ["2:3: error: unknown key \"lops\" in server; did you mean \"loops\"?"]),
        ("[sever]\nloops = 3\n", ["1:2: error: unknown key \"sever\"; did you mean \"server\"?"]),
        ("limits.bodi = 3\n", ["1:8: error: unknown key \"bodi\" in limits; did you mean \"body\"?"]),
        ("[limits]\nio = 3\n", ["2:1: error: unknown key \"io\" in limits; it belongs in [server]"]),
        ("[paths]\nzebra = 3\n", ["2:1: error: unknown key \"zebra\" in paths; known here: runtime, state"]),
        ("[limits]\nbody = \"8 TB\"\n", [
            "2:8: error: limits.body is \"8 TB\", not a size such as \"8 MiB\" (units: B, KiB, MiB, GiB, TiB)"
        ]),
        ("[app.blog]\nhosts = [\n  \"a.example\",\n  \"b c\" ]\n", [
            "4:3: error: app.blog.hosts (element 2) is \"b c\"; it must be a host name such as \"example.com\" or "
                + "\"*.example.com\", without a port"
        ]),
        ("[app.Blog]\n", [
            "1:6: error: \"Blog\" is no app name; use a-z, 0-9, _ and -, at most 63, first a letter or digit"
        ]),
        ("[[listen]]\nbacklog = 5\n", ["1:3: error: [[listen]] needs address = \"ADDRESS:PORT\""]),
        ("[listen]\naddress = \"127.0.0.1:1\"\n", [
            "1:2: error: listen must be an array of tables; write [[listen]] with two brackets"
        ]),
        ("[[listen]]\naddress = \"127.0.0.1:1\"\n[[listen]]\naddress = \"127.0.0.1:1\"\n", [
            "4:11: error: 127.0.0.1:1 is already listened on at zzz.toml:2:11"
        ]),
        ("[server]\nio = 3\nlops = 1\n[limits]\nbody = true\n", [
            "2:6: error: server.io must be a string, not an integer",
            "3:1: error: unknown key \"lops\" in server; did you mean \"loops\"?",
            "5:8: error: limits.body must be a size such as \"8 MiB\", not a boolean",
        ]),
    ])
    func `says every error with its place`(text: String, expected: [String]) throws {
        let errors = try Program.errors(text)
        // The second place in a message has the directory's name, which differs each time.
        let shortened = errors.map { line in
            line.split(separator: " ").map { word in
                word.contains("/zzz.toml:") ? word.split(separator: "/")[word.split(separator: "/").count - 1] : word
            }.joined(separator: " ")
        }
        #expect(shortened == expected.map { "zzz.toml:" + $0 })
    }

    @Test(arguments: ["[server\n", "a = \n", "a = 1\na = 2\n", "= 1\n", "[a]\n[a]\n", "a = \"x\n", "a = 1 b = 2\n"])
    func `says where the file is not TOML`(text: String) throws {
        let errors = try Program.errors(text)
        #expect(errors.count == 1)
        #expect(errors[0].hasPrefix("zzz.toml:1:") || errors[0].hasPrefix("zzz.toml:2:"), "\(errors)")
        #expect(errors[0].contains("is not TOML"))
    }

    @Test func `refuses what a C string cannot carry and what is not UTF-8`() throws {
        let nul = Array("[server]\nio = \"".utf8) + [0] + Array("\"\n".utf8)
        #expect(try Program.errors(nul) == ["zzz.toml:2:7: error: the file has a NUL character"])
        let latin = Array("# é\n# ".utf8) + [0xE9] + Array("\n".utf8)
        #expect(try Program.errors(latin) == ["zzz.toml:2:3: error: the file is not UTF-8 from here on"])
        let escape = "[app.a.settings]\nx = \"a\\u0000b\"\n"
        #expect(try Program.errors(escape) == ["zzz.toml:2:7: error: a string must not contain a NUL"])
    }

    @Test func `keeps dates and times as they were written`() throws {
        let settings = try Program.settings(
            """
            [app.a.settings]
            local = 1979-05-27T07:32:00
            utc = 1979-05-27T07:32:00.5Z
            offset = 1979-05-27T00:32:00-07:30
            day = 1979-05-27
            time = 07:32:00
            """)
        #expect(
            settings.app["a"]?.settings == [
                "local": "1979-05-27T07:32:00", "utc": "1979-05-27T07:32:00.5Z",
                "offset": "1979-05-27T00:32:00-07:30", "day": "1979-05-27", "time": "07:32:00",
            ])
    }

    @Test func `reads conf.d in the order of the names`() throws {
        let directory = try ScratchDirectory()
        let main = try directory.write("[limits]\nbody = 1\n", to: "zzz.toml")
        let second = try directory.write("[[listen]]\naddress = \"127.0.0.1:2\"\n", to: "conf.d/20-b.toml")
        let first = try directory.write("[[listen]]\naddress = \"127.0.0.1:1\"\n", to: "conf.d/10-a.toml")
        try directory.write("nonsense", to: "conf.d/README")
        try directory.write("nonsense", to: "conf.d/.hidden.toml")
        let settings = try Program.reader(main).read()
        #expect(settings.files == [main, first, second])
        #expect(settings.listen.map(\.address.description) == ["127.0.0.1:1", "127.0.0.1:2"])
    }

    @Test func `a key set in two files is an error with both places`() throws {
        let directory = try ScratchDirectory()
        let main = try directory.write("[limits]\nbody = 1\n", to: "zzz.toml")
        let other = try directory.write("\n[limits]\n body = 1\n", to: "conf.d/a.toml")
        #expect(throws: ConfigFailure([
            ConfigError(
                at: SourceLocation(file: other, line: 3, column: 2), "limits.body is already set at \(main):2:1")
        ])) { try Program.reader(main).read() }
    }

    @Test func `errors in several files come in the files' order`() throws {
        let directory = try ScratchDirectory()
        let main = try directory.write("[limits]\nboddy = 1\n", to: "zzz.toml")
        let bad = try directory.write("[", to: "conf.d/a.toml")
        let other = try directory.write("x = 1\n", to: "conf.d/b.toml")
        let reader = try Program.reader(main)
        let failure = #expect(throws: ConfigFailure.self) { try reader.read() }
        #expect(failure?.errors.map { $0.location?.file } == [main, bad, other])
    }

    @Test func `a file that is named must be there`() throws {
        let directory = try ScratchDirectory()
        let run = try Program.run("--config", directory.path + "/none.toml")
        #expect(run.status == 1)
        #expect(
            String(decoding: run.errorOutput, as: UTF8.self)
                == "\(directory.path)/none.toml: error: cannot be read: No such file or directory\n")
    }

    @Test func `a directory is no file`() throws {
        let directory = try ScratchDirectory()
        let run = try Program.run("--config", directory.path)
        #expect(run.status == 1)
        #expect(String(decoding: run.errorOutput, as: UTF8.self).contains("Is a directory"))
    }

    @Test func `reads a file of 4 MiB and no larger one`() throws {
        let directory = try ScratchDirectory()
        let limit = 4 << 20
        for (count, isGood) in [(limit - 1, true), (limit, true), (limit + 1, false)] {
            let file = try directory.write("#" + String(repeating: "x", count: count - 1), to: "zzz.toml")
            let run = try Program.run("--config", file)
            #expect(run.status == (isGood ? 0 : 1))
            if !isGood { #expect(String(decoding: run.errorOutput, as: UTF8.self).contains("larger than 4 MiB")) }
        }
    }

    @Test(arguments: [["--config"], ["--nonsense"], ["file.toml"]])
    func `says how it is used`(arguments: [String]) throws {
        let run = try ProgramRun.run(Program.path(), arguments, outputLimit: 65536, timeout: .seconds(20))
        #expect(run.status == 2)
        #expect(String(decoding: run.errorOutput, as: UTF8.self).contains("usage: zzz-config"))
    }

    @Test func `helps`() throws {
        let run = try Program.run("--help")
        #expect(run.status == 0)
        #expect(String(decoding: run.output, as: UTF8.self).contains("usage: zzz-config"))
    }
}
