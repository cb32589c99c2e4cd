import Testing

@testable import Zzz

/// What is called before a response is sent, when a request has ended, and for errors.
@Suite struct HookTests {
    @Test func hooksRunInReverseOrderBeforeTheHead() throws {
        let host = FakeHost()
        let directory = try TestDirectory()
        let file = try directory.write("file", "")
        try host.load {
            get("/:how") { context in
                for name in ["first", "second"] { context.beforeSend { $0.addHeader("X-Hook", name) } }
                context.beforeSend { $0.status = .accepted }
                switch context.params["how"] {
                case "text": context.text("x")
                case "file": try context.sendFile(file)
                case "abort": throw Abort(.conflict)
                default: try await context.stream { try await $0.write("piece") }
                }
            }
        }
        for how in ["text", "file", "abort", "stream"] {
            let request = host.get("/\(how)")
            #expect(request.status == 202, "\(how)")
            #expect(request.headers.filter { $0.0 == "X-Hook" }.map(\.1) == ["second", "first"], "\(how)")
        }
        #expect(host.log.isEmpty)
    }

    @Test func aHookDoesNotAnswer() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.beforeSend { $0.text("from the hook") }
                return "from the handler"
            }
        }
        #expect(host.get("/").text == "from the handler")
        #expect(host.log.first?.message.contains("second answer") == true)
    }

    @Test func aHookThatSetsAMalformedFieldCostsThePageNotTheDaemon() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.beforeSend { $0.setHeader("X-Bad", "a\r\nb") }
                return "text"
            }
        }
        #expect(host.get("/").status == 500)
        #expect(host.get("/").headers.isEmpty)
    }

    @Test func aRefusedResponseLeavesTheFieldsAsTheyWere() throws {
        let host = FakeHost()
        let directory = try TestDirectory()
        let file = try directory.write("file", "")
        try host.load {
            get("/") { context in
                context.setHeader("X-Own", "1")
                context.beforeSend { $0.addHeader("X-Hook", "1") }
                _ = try? context.sendFile(file)
                return "no such file"
            }
        }
        let request = FakeRequest("GET", "/")
        request.fileStatus = HostStatus.notFound
        host.send(request)
        #expect(request.headers.map(\.0) == ["X-Own", "X-Hook"])
    }

    @Test func theEndIsToldWithTheStatusThatWasSent() throws {
        let host = FakeHost()
        try host.load {
            get("/:status") { context -> String in
                context.onEnd { $0.log.info("ended \($0.status.rawValue) \($0.path)") }
                context.onEnd { _ in context.log.info("first") }
                if context.params["status"] == "404" { throw Abort(.notFound) }
                return "x"
            }
        }
        host.get("/200")
        host.get("/404")
        #expect(host.log.map(\.message) == ["first", "ended 200 /200", "first", "ended 404 /404"])
        host.get("/200")
        #expect(host.log.count == 6)
    }

    @Test func aRequestWhoseClientHasLeftEndsWith499() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.onEnd { $0.log.info("\($0.status.rawValue)") }
                try await context.sleep(for: .seconds(1))
                return "late"
            }
        }
        host.get("/").clientLeaves()
        #expect(host.log.map(\.message) == ["499"])
    }

    @Test func errorsAreOfferedToTheInnermostHookFirst() throws {
        struct Secret: Error {}
        let host = FakeHost()
        try host.load {
            get("/:what") { context -> String in
                context.onError { _, _ in .text("outer", status: 500) }
                context.onError { error, _ in error is Secret ? .text("inner", status: 503) : nil }
                throw context.params["what"] == "secret" ? Secret() : Abort(.notFound)
            }
        }
        #expect(host.get("/secret").text == "inner")
        #expect(host.get("/abort").text == "outer")
        #expect(host.log.count == 1)
    }
}
