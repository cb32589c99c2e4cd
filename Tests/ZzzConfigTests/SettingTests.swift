import Testing
import ZzzJSON
@testable import ZzzConfig

/// Every key's type and limits, through the schema.
@Suite struct SettingTests {
    typealias Value = ConfigNode.Value

    /// Keys with a least and a greatest value, both as the number the file would hold.
    static let ranges: [(path: String, range: ClosedRange<Int>)] = [
        ("server.loops", 0...1024),
        ("server.app_threads", 4...16384),
        ("server.frozen_threads", 1...4096),
        ("limits.header_count", 1...10_000),
        ("limits.requests_per_connection", 0...1_000_000_000),
        ("limits.connections", 1...10_000_000),
        ("limits.request_line", 64...1 << 20),
        ("limits.header_bytes", 64...16 << 20),
        ("limits.body", 0...1 << 40),
        ("limits.request_buffered", 4096...1 << 30),
        ("limits.response_buffered", 4096...1 << 30),
        ("sockets.message", 128...1 << 30),
        ("sockets.fragments", 1...1_000_000),
        ("sockets.queued", 4096...1 << 30),
        ("sockets.queued_events", 1...1_000_000),
        ("sockets.channels", 1...100_000),
        ("sockets.messages_per_second", 0...1_000_000),
        ("sockets.joins_per_second", 0...1_000_000),
        ("sockets.drain_batch", 1...10_000_000),
        ("app.blog.limits.body", 0...1 << 40),
        ("app.blog.quarantine.traps", 0...10_000),
        ("app.blog.limits.request_buffered", 4096...1 << 30),
        ("app.blog.limits.response_buffered", 4096...1 << 30),
    ]

    @Test(arguments: ranges)
    func `takes numbers from the least to the greatest`(path: String, range: ClosedRange<Int>) {
        for number in [range.lowerBound, range.lowerBound + 1, range.upperBound - 1, range.upperBound] {
            #expect(Nodes.messages(path: path, .integer(number)) == [], "\(path) = \(number)")
        }
        for number in [range.lowerBound - 1, range.upperBound + 1, .min, .max] {
            let messages = Nodes.messages(path: path, .integer(number))
            #expect(messages.count == 1 && messages[0].contains("must be from"), "\(path) = \(number): \(messages)")
        }
    }

    static let timeRanges: [(path: String, range: ClosedRange<Int>)] = [
        ("server.drain_timeout", 0...86_400_000),
        ("server.stall_limit", 1...10_000),
        ("server.watchdog", 2000...3_600_000),
        ("limits.request_timeout", 10...86_400_000),
        ("limits.header_deadline", 10...3_600_000),
        ("limits.body_idle", 10...86_400_000),
        ("limits.keep_alive_idle", 10...86_400_000),
        ("limits.write_stall", 10...86_400_000),
        ("sockets.ping_after", 1000...86_400_000),
        ("sockets.idle_timeout", 1000...86_400_000),
        ("sockets.drain_pause", 0...3_600_000),
        ("app.blog.limits.body_idle", 10...86_400_000),
        ("app.blog.limits.request_timeout", 10...86_400_000),
        ("app.blog.limits.write_stall", 10...86_400_000),
        ("app.blog.quarantine.window", 1000...86_400_000),
    ]

    @Test(arguments: timeRanges)
    func `takes times from the least to the greatest`(path: String, range: ClosedRange<Int>) {
        for number in [range.lowerBound, range.lowerBound + 1, range.upperBound - 1, range.upperBound] {
            #expect(Nodes.messages(path: path, .string("\(number)ms")) == [], "\(path) = \(number)ms")
        }
        var wrong = [range.upperBound + 1]
        if range.lowerBound > 0 { wrong.append(range.lowerBound - 1) }
        for number in wrong {
            let messages = Nodes.messages(path: path, .string("\(number)ms"))
            #expect(messages.count == 1 && messages[0].contains("must be from"), "\(path) = \(number)ms: \(messages)")
        }
        #expect(Nodes.messages(path: path, .integer(10))[0].contains("needs a unit: \"10s\""))
    }

    @Test(arguments: ["0s", "0ms", "0h"])
    func `the watchdog can be switched off`(text: String) {
        #expect(Nodes.messages(path: "server.watchdog", .string(text)) == [])
    }

    @Test func `every key of the schema refuses a value of another type`() {
        let wrong: [Value] = [.dateTime("2026-11-22"), .double(1.5)]
        for key in Schema.documentedKeys where !key.path.hasPrefix("listen.") {
            for value in wrong {
                let path = key.path.replacing(name: "NAME", by: "blog")
                let messages = Nodes.messages(path: path, value)
                #expect(messages.count == 1 && messages[0].contains("must be"), "\(path): \(messages)")
                #expect(messages.first?.hasPrefix(path + " ") == true)
            }
        }
    }

    @Test(arguments: [
        ("server.io", Value.string("epol"), "did you mean \"epoll\"?"),
        ("server.io", .string("kqueue"), "one of \"auto\", \"epoll\", \"io_uring\""),
        ("log.level", .string("warn"), "\"warning\""),
        ("log.level", .string("INFO"), "did you mean \"info\"?"),
        ("log.filter_parameters", .string("token"), "an array"),
        ("log.filter_parameters", .array([Nodes.node(.integer(1))]), "(element 1) must be a string"),
        ("log.filter_parameters", .array([Nodes.node(.string(""))]), "part of a name"),
        ("log.filter_parameters", .array([Nodes.node(.string("a b"))]), "without spaces"),
        ("log.filter_parameters", .array([Nodes.node(.string("a\n"))]), "without spaces"),
        ("log.filter_parameters", .array([Nodes.node(.string("%74oken"))]), "%+&=;?#"),
        ("log.filter_parameters", .array([Nodes.node(.string("token="))]), "%+&=;?#"),
        ("control.mode", .string("0888"), "octal"),
        ("control.mode", .string("1777"), "octal"),
        ("control.mode", .string("-77"), "octal"),
        ("control.mode", .string("0060"), "0600"),
        ("control.mode", .integer(660), "a string"),
        ("control.group", .string(""), "group"),
        ("control.group", .string("a b"), "group"),
        ("control.socket", .string("run/a"), "absolute"),
        ("admin.address", .string("9190"), "has no port"),
        ("admin.address", .string("on"), "has no port"),
        ("admin.address", .string("127.0.0.1:8080"), "[[listen]]"),
        ("admin.address", .string("unix:/run/zzz/control.sock"), "control.socket"),
        ("admin.mode", .string("0060"), "0600"),
        ("paths.state", .string("state"), "absolute"),
        ("paths.state", .string("/var/../etc"), "\"..\""),
        ("limits.body", .string("8 MB"), "MiB"),
        ("limits.body", .string("8 apples"), "MiB"),
        ("limits.body_idle", .string("30"), "units"),
        ("app.blog.mount", .string("blog"), "begin with"),
        ("app.blog.mount", .string("/blog/"), "no empty part"),
        ("app.blog.mount", .string("//"), "no empty part"),
        ("app.blog.mount", .string("/a/../b"), "\"..\""),
        ("app.blog.mount", .string("/a/:id"), "letters"),
        ("app.blog.mount", .string("/a b"), "letters"),
        ("app.blog.mount", .string("/é"), "letters"),
        ("app.blog.hosts", .string("a.example"), "an array"),
        ("app.blog.hosts", .array([Nodes.node(.integer(1))]), "(element 1)"),
        ("app.blog.hosts", .array([Nodes.node(.string("a.example:80"))]), "without a port"),
        ("app.blog.hosts", .array([Nodes.node(.string("*"))]), "host name"),
        ("app.blog.hosts", .array([Nodes.node(.string("a..b"))]), "host name"),
        ("app.blog.hosts", .array([Nodes.node(.string("-a.b"))]), "host name"),
        ("app.blog.settings", .array([]), "a table"),
        ("app.blog", .string("x"), "must be a table"),
        ("app", .string("x"), "must be a table"),
        ("limits", .integer(1), "must be a table"),
        ("listen", .string("127.0.0.1:1"), "two brackets"),
    ] as [(String, Value, String)])
    func `says what is wrong with a value`(path: String, value: Value, mention: String) {
        let messages = Nodes.messages(path: path, value)
        #expect(messages.count == 1 && messages[0].contains(mention), "\(messages)")
    }

    @Test func `takes the values of every kind`() throws {
        #expect(try Nodes.settings(path: "server.io", .string("io_uring")).server.io == .io_uring)
        #expect(try Nodes.settings(path: "limits.body", .string("1 GiB")).limits.body == .mebibytes(1024))
        #expect(try Nodes.settings(path: "control.mode", .string("600")).control.mode == 0o600)
        #expect(try Nodes.settings(path: "control.group", .string("adm")).control.group == "adm")
        #expect(try Nodes.settings(path: "admin.address", .string("off")).admin.address == .off)
        #expect(try Nodes.settings(path: "apps.watch", .boolean(false)).apps.watch == false)
        let parameters = Value.array(["Token", "user[pin]", "ключ"].map { Nodes.node(.string($0)) })
        #expect(
            try Nodes.settings(path: "log.filter_parameters", parameters).log.filterParameters
                == ["Token", "user[pin]", "ключ"])
        #expect(try Nodes.settings(path: "log.filter_parameters", .array([])).log.filterParameters == [])
        #expect(try Nodes.settings(path: "app.blog.log_level", .string("debug")).app["blog"]?.logLevel == .debug)
        let hosts = Value.array(["A.example", "*.b.example", "[::1]", "10.0.0.1"].map { Nodes.node(.string($0)) })
        #expect(
            try Nodes.settings(path: "app.blog.hosts", hosts).app["blog"]?.hosts
                == ["a.example", "*.b.example", "[::1]", "10.0.0.1"])
    }

    @Test func `takes names up to their limits`() {
        func repeated(_ count: Int) -> String { String(repeating: "a", count: count) }
        for (count, isGood) in [(62, true), (63, true), (64, false)] {
            #expect(Nodes.messages(path: "app.\(repeated(count)).mount", .string("/")).isEmpty == isGood)
            let host = Value.array([Nodes.node(.string(repeated(count)))])
            #expect(Nodes.messages(path: "app.a.hosts", host).isEmpty == isGood)
        }
        for (count, isGood) in [(254, true), (255, true), (256, false)] {
            #expect(Nodes.messages(path: "app.a.mount", .string("/" + repeated(count - 1))).isEmpty == isGood)
        }
        for (count, isGood) in [(252, true), (253, true), (254, false)] {
            let labels = String(repeating: repeated(49) + ".", count: 5)
            let host = labels + repeated(count - labels.utf8.count)
            #expect(Nodes.messages(path: "app.a.hosts", .array([Nodes.node(.string(host))])).isEmpty == isGood)
        }
        for (count, isGood) in [(106, true), (107, true), (108, false)] {
            #expect(Nodes.messages(path: "control.socket", .string("/" + repeated(count - 1))).isEmpty == isGood)
        }
        for (count, isGood) in [(4094, true), (4095, true), (4096, false)] {
            #expect(Nodes.messages(path: "paths.state", .string("/" + repeated(count - 1))).isEmpty == isGood)
        }
        for (count, isGood) in [(31, true), (32, true), (33, false)] {
            #expect(Nodes.messages(path: "control.group", .string(repeated(count))).isEmpty == isGood)
        }
        for (count, isGood) in [(63, true), (64, true), (65, false)] {
            let long = Value.array([Nodes.node(.string(repeated(count)))])
            #expect(Nodes.messages(path: "log.filter_parameters", long).isEmpty == isGood)
            let many = Value.array(Array(repeating: Nodes.node(.string("a")), count: count))
            #expect(Nodes.messages(path: "log.filter_parameters", many).isEmpty == isGood)
        }
    }

    @Test(arguments: ["", "-a", "_a", "A", "a.b", "a b", "é", "a/b"])
    func `refuses names of apps`(name: String) {
        #expect(!AppName.isValid(name))
    }

    @Test(arguments: ["a", "0", "hello-c", "a_b", "a-", "9lives"])
    func `takes names of apps`(name: String) {
        #expect(AppName.isValid(name))
    }

    @Test func `an app's own table becomes JSON`() throws {
        let table = Nodes.table([
            "title": Nodes.node(.string("Our blog")), "pages": Nodes.node(.integer(.max)),
            "ratio": Nodes.node(.double(0.5)), "day": Nodes.node(.dateTime("1979-05-27")),
            "flags": Nodes.node(.array([Nodes.node(.boolean(true)), Nodes.node(.table(ConfigTable()))])),
        ])
        let settings = try Nodes.settings(path: "app.blog.settings", .table(table))
        #expect(
            settings.app["blog"]?.settings
                == [
                    "title": "Our blog", "pages": .integer(.max), "ratio": 0.5, "day": "1979-05-27",
                    "flags": [true, [:]],
                ])
        let infinite = Value.table(Nodes.table(["a": Nodes.node(.array([Nodes.node(.double(.infinity))]))]))
        #expect(Nodes.messages(path: "app.blog.settings", infinite)[0].contains("not finite"))
    }

    @Test func `the admin listener has a socket in the runtime directory unless told otherwise`() throws {
        var settings = try Nodes.settings(path: "paths.runtime", .string("/run/other"))
        #expect(settings.adminAddress == .unix(path: "/run/other/admin.sock"))
        settings.admin.address = try AdminAddress("127.0.0.1:9190")
        #expect(settings.adminAddress == .ipv4(host: "127.0.0.1", port: 9190))
        settings.admin.address = .off
        #expect(settings.adminAddress == nil)
    }

    @Test func `limits of an app go over those of all`() throws {
        var settings = try Nodes.settings(path: "app.blog.limits.body", .integer(5))
        settings.limits.bodyIdle = .seconds(7)
        settings.app["blog"]?.limits.requestTimeout = .seconds(9)
        #expect(settings.limits(forApp: "blog").requestTimeout == .seconds(9))
        #expect(settings.limits(forApp: "blog").body.bytes == 5)
        #expect(settings.limits(forApp: "blog").bodyIdle == .seconds(7))
        #expect(settings.limits(forApp: "other") == settings.limits)
        #expect(settings.settings(forApp: "blog").mountPath(forApp: "blog") == "/blog")
    }
}

extension String {
    fileprivate func replacing(name: String, by other: String) -> String {
        split(separator: ".").map { $0 == name ? other : String($0) }.joined(separator: ".")
    }
}
