import Synchronization
import Testing

@testable import Zzz

/// The life of a context: one request, then the next.
@Suite struct ContextTests {
    enum CurrentUser: AssignKey { typealias Value = String }
    enum Attempts: AssignKey { typealias Value = Int }

    @Test func assignsAreTypedByTheirKeys() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                #expect(context.assigns[CurrentUser.self] == nil)
                context.assigns[CurrentUser.self] = "anna"
                context.assigns[Attempts.self] = 2
                context.assigns[Attempts.self] = nil
                return "\(try context.assigns.require(CurrentUser.self)) \(context.assigns[Attempts.self] ?? 0)"
            }
            get("/none") { try $0.assigns.require(CurrentUser.self) }
        }
        #expect(host.get("/").text == "anna 0")
        // Nothing is left of it for the next request, which has the same context.
        #expect(host.get("/").text == "anna 0")
        #expect(host.get("/none").status == 500)
    }

    @Test func nothingOfARequestIsLeftForTheNext() throws {
        let host = FakeHost()
        try host.load {
            get("/set") { context in
                context.status = .created
                context.setHeader("X-A", "1")
                context.setHeader("Content-Type", "text/x")
                context.text("set")
            }
            get("/fail") { context -> String in
                context.setHeader("X-A", "bad\r\n")
                context.text("refused")
                return "x"
            }
            get("/plain") { _ in "plain" }
        }
        for path in ["/set", "/fail"] {
            host.get(path)
            let next = host.get("/plain")
            #expect(next.status == 200)
            #expect(next.headers.isEmpty)
            #expect(next.contentType == "text/plain; charset=utf-8")
            #expect(next.text == "plain")
        }
    }

    @Test func oneContextServesOneThreadsRequests() throws {
        let host = FakeHost()
        let seen = Mutex<[ObjectIdentifier]>([])
        try host.load {
            get("/") { context in
                seen.withLock { $0.append(ObjectIdentifier(context)) }
                return ""
            }
        }
        for _ in 0..<3 { host.get("/") }
        #expect(Set(seen.withLock { $0 }).count == 1)
    }

    /// What a handler put aside, against the advice.
    final class Shelf: @unchecked Sendable {
        // Used by the test's thread only.
        var context: Context?
        var iterator: AnyIterator<(name: String, value: String)>?
        var writer: ResponseWriter?
    }

    @Test func aContextThatWasKeptReadsAsEmptyAndCannotAnswer() throws {
        let host = FakeHost()
        let shelf = Shelf()
        try host.load {
            get("/keep/:id") { context in
                context.assigns[CurrentUser.self] = "anna"
                shelf.context = context
                shelf.iterator = context.query.makeIterator()
                return "kept"
            }
            get("/next") { _ in "next" }
        }
        #expect(host.get("/keep/1?a=1&b=2", headers: [("A", "b")]).text == "kept")
        let kept = try #require(shelf.context)
        #expect(host.get("/next").text == "next")
        #expect(kept.path == "")
        #expect(kept.headers.count == 0)
        #expect(kept.headers["a"] == nil)
        #expect(kept.params["id"] == nil)
        #expect(kept.query["a"] == nil)
        #expect(kept.body.isEmpty)
        #expect(kept.assigns[CurrentUser.self] == nil)
        #expect(kept.remoteAddress == nil)
        #expect(shelf.iterator?.next() == nil)
        kept.text("too late")
        #expect(throws: MisuseError.self) { try kept.sendFile("/x") }
        #expect(throws: MisuseError.self) { try kept.earlyHints(["</a>"]) }
    }

    @Test func aKeptContextIsNotUsedForTheNextRequest() throws {
        let host = FakeHost()
        let shelf = Shelf()
        try host.load {
            get("/") { context in
                let isFresh = shelf.context !== context
                shelf.context = context
                return "\(isFresh)"
            }
        }
        #expect(host.get("/").text == "true")
        #expect(host.get("/").text == "true")
    }

    @Test func aContextWithinAnother() throws {
        // A host that calls a handler from inside a function that a handler called: each has its own context.
        let host = FakeHost()
        try host.load {
            get("/outer") { [host] context in
                let inner = host.get("/inner?x=inner")
                return "\(context.rawQuery ?? "nil") \(inner.text)"
            }
            get("/inner") { $0.rawQuery ?? "nil" }
        }
        #expect(host.get("/outer?x=outer").text == "x=outer x=inner")
    }

    @Test func handlersOnSeveralThreadsDoNotShareContexts() async throws {
        let host = FakeHost()
        try host.load { get("/:n") { "\(try $0.params.require("n"))" } }
        let texts = await withTaskGroup(of: String.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let request = FakeRequest("GET", "/\(number)")
                    request.host = host
                    request.dispatch(host.routes, unmatched: nil)
                    return request.text
                }
            }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts == Set((0..<64).map(String.init)))
    }
}
