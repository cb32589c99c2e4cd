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
}
