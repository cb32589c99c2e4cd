import Testing

@testable import Zzz

@Suite struct PipelineTests {
    enum Trail: AssignKey { typealias Value = [String] }

    /// Leaves its name with the context.
    struct Mark: Middleware {
        let name: String
        var next = Next.next

        init(_ name: String, _ next: Next = .next) {
            self.name = name
            self.next = next
        }

        func call(_ context: Context) throws -> Next {
            context.assigns[Trail.self, default: []].append(name)
            if next == .halt { context.text("halted by \(name)") }
            return next
        }
    }

    struct SlowMark: AsyncMiddleware {
        let name: String

        func call(_ context: Context) async throws -> Next {
            try await context.sleep(for: .milliseconds(1))
            context.assigns[Trail.self, default: []].append(name)
            return .next
        }
    }

    struct Site: App {
        func routes() -> [Route] {
            get("/plain", PipelineTests.show)
            scope("/a", through: [Pipeline { Mark("a") }]) {
                get("/", PipelineTests.show)
                scope(
                    "/b",
                    through: [
                        Pipeline {
                            Mark("b1")
                            Mark("b2")
                        }, Pipeline { Mark("b3") },
                    ]
                ) {
                    get("/", through: [Pipeline { Mark("own") }], PipelineTests.show)
                }
                scope(through: [Pipeline { Mark("bare") }]) { get("/bare", PipelineTests.show) }
                resources("/posts", Posts(), through: [Pipeline { Mark("posts") }])
            }
            get(
                "/halted",
                through: [
                    Pipeline {
                        Mark("x", .halt)
                        Mark("y")
                    }
                ], PipelineTests.show)
        }
        var endpoint: Pipeline { Pipeline { Mark("endpoint") } }
        func notFound(_ context: Context) throws { try PipelineTests.show(context).answer(context) }
    }

    struct Posts: ResourceController {
        func index(_ context: Context) throws -> String { try PipelineTests.show(context) }
    }

    @Sendable static func show(_ context: Context) throws -> String {
        context.assigns[Trail.self, default: []].joined(separator: " ")
    }

    @Sendable static func mark(_ context: Context) throws {
        context.assigns[Trail.self, default: []].append("function")
    }

    @Sendable static func slowMark(_ context: Context) async throws -> Next {
        context.assigns[Trail.self, default: []].append("async function")
        return .next
    }

    @Test(arguments: [
        ("/plain", "endpoint"), ("/a", "endpoint a"), ("/a/b", "endpoint a b1 b2 b3 own"),
        ("/a/bare", "endpoint a bare"),
        ("/a/posts", "endpoint a posts"), ("/halted", "halted by x"), ("/a/none", "endpoint"),
    ])
    func pipelinesAddUpFromTheOutside(_ path: String, _ trail: String) throws {
        let host = FakeHost()
        try host.load(Site())
        #expect(host.get(path).text == trail)
        #expect(host.postedCount == 0)
        #expect(host.log.isEmpty)
    }

    @Test func aPipelineHoldsFunctionsAndOtherPipelines() throws {
        let inner = Pipeline { Mark("inner") }
        let flags = [true, false]
        let pipeline = Pipeline {
            inner
            PipelineTests.mark
            PipelineTests.slowMark
            if flags[0] { Mark("if") }
            if flags[1] { Mark("never") } else { Mark("else") }
            for index in 0..<2 { Mark("\(index)") }
        }
        let host = FakeHost()
        try host.load { get("/", through: [pipeline], PipelineTests.show) }
        #expect(host.get("/").text == "inner function async function if else 0 1")
        #expect(Pipeline().isEmpty)
        #expect(!pipeline.isEmpty)
    }

    @Test func aChainWithAnAsyncMemberIsOneTask() throws {
        let host = FakeHost()
        let pipeline = Pipeline {
            Mark("1")
            SlowMark(name: "2")
            Mark("3")
        }
        try host.load {
            get("/sync", through: [pipeline], PipelineTests.show)
            get("/async", through: [pipeline]) { context in
                try await context.sleep(for: .milliseconds(1))
                return try PipelineTests.show(context)
            }
        }
        let request = host.get("/sync")
        #expect(!request.hasBegun)
        host.advance(microseconds: 1000)
        #expect(request.text == "1 2 3")
        #expect(request.retains == 0)
        let second = host.get("/async")
        host.advance(microseconds: 1000)
        #expect(!second.hasBegun)
        host.advance(microseconds: 1000)
        #expect(second.text == "1 2 3")
    }

    @Test func aSynchronousChainIsNoTask() throws {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { Mark("1") }]) { context in
                #expect(context.task == nil)
                return "done"
            }
        }
        #expect(host.get("/").text == "done")
    }

    @Test func aRouteWithoutMiddlewareKeepsItsOwnEntry() throws {
        let route = get("/") { _ in "x" }
        guard case .sync = Endpoint.entry(route), route.steps.isEmpty else {
            Issue.record("a plain route goes through a chain")
            return
        }
    }

    @Test func anErrorInMiddlewareIsRenderedLikeAHandlers() throws {
        struct Refuse: Middleware {
            func call(_ context: Context) throws -> Next { throw Abort(.forbidden, "Not you.") }
        }
        struct HaltOnly: Middleware {
            func call(_ context: Context) throws -> Next { .halt }
        }
        let host = FakeHost()
        try host.load {
            get("/refused", through: [Pipeline { Refuse() }]) { _ in "secret" }
            get("/halted", through: [Pipeline { HaltOnly() }]) { _ in "secret" }
        }
        #expect(host.get("/refused").status == 403)
        #expect(host.get("/refused").text == "Not you.\n")
        #expect(host.get("/halted").status == 500)
        #expect(host.log.last?.message.contains("without answering") == true)
    }

    @Test func anOptionThatIsWrongRefusesTheApp() {
        struct Wrong: Middleware {
            func call(_ context: Context) throws -> Next { .next }
            func prepare(_ settings: inout RouteSettings) throws { throw StartupError("no good") }
        }
        #expect {
            try FakeHost().load { get("/", through: [Pipeline { Wrong() }]) { _ in "x" } }
        } throws: { "\($0)".contains("Wrong: no good") && "\($0)".contains("PipelineTests.swift:") }
    }

    @Test func middlewareSetsWhatTheHostNeedsToKnow() throws {
        struct Limits: Middleware {
            var bytes: UInt64
            func call(_ context: Context) throws -> Next { .next }
            func prepare(_ settings: inout RouteSettings) throws { settings.bodyLimitBytes = bytes }
        }
        let host = FakeHost()
        try host.load {
            scope("/", through: [Pipeline { Limits(bytes: 1) }]) {
                get("/outer") { _ in "x" }
                get("/inner", through: [Pipeline { Limits(bytes: 2) }]) { _ in "x" }
                get("/own", bodyLimitBytes: 3) { _ in "x" }
            }
        }
        #expect(host.routes.map(\.bodyLimitBytes) == [1, 2, 3])
    }

    // MARK: Hooks

    @Test func hooksRunInReverseOrderBeforeTheHead() throws {
        let host = FakeHost()
        try host.load {
            get("/:how") { context in
                for name in ["first", "second"] { context.beforeSend { $0.addHeader("X-Hook", name) } }
                context.beforeSend { $0.status = .accepted }
                switch context.params["how"] {
                case "text": context.text("x")
                case "file": try context.sendFile("/some/file")
                case "abort": throw Abort(.conflict)
                default: try await context.stream { try await $0.write("piece") }
                }
            }
        }
        for how in ["text", "file", "abort", "stream"] {
            let request = host.get("/\(how)")
            #expect(request.status == 202, "\(how)")
            #expect(request.headers.map(\.1) == ["second", "first"], "\(how)")
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
        try host.load {
            get("/") { context in
                context.setHeader("X-Own", "1")
                context.beforeSend { $0.addHeader("X-Hook", "1") }
                _ = try? context.sendFile("/none")
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
