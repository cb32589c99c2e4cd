import Testing
import ZzzTemplate

@testable import Zzz

/// Pages as answers.
@Suite struct RenderTests {
    private struct Page: Template {
        var text = "<p>"
        var flushes = false
        var repeats = 1

        func render(into output: inout HTMLOutput) {
            for _ in 0..<repeats { output.text(text) }
            if flushes { output.flush() }
            output.append(" end" as StaticString)
        }
    }

    private static var layout: Layout {
        Layout { page, output in
            output.append("<main>" as StaticString)
            page.render(into: &output)
            output.append("</main>" as StaticString)
        }
    }

    private func host(_ page: Page, isWrapped: Bool = false) throws -> FakeHost {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.setHeader("X-Kind", "page")
                return try context.render(page, layout: isWrapped ? Self.layout : nil)
            }
        }
        return host
    }

    @Test func aPageIsSentWhole() throws {
        let request = try host(Page()).get("/")
        #expect(request.calls == ["respond"])
        #expect(request.status == 200)
        #expect(request.contentType == "text/html; charset=utf-8")
        #expect(request.text == "&lt;p&gt; end")
        #expect(request.header("X-Kind") == "page")
    }

    @Test func aPageInItsLayout() throws {
        #expect(try host(Page(), isWrapped: true).get("/").text == "<main>&lt;p&gt; end</main>")
    }

    @Test func theMemoryIsUsedAgain() throws {
        let host = try host(Page(text: String(repeating: "<", count: 40_000)))
        for _ in 0..<3 { #expect(host.get("/").text.utf8.count == 160_004) }
        let instance = try #require(host.instance)
        // A process has 1,024 keys (pthread_key_create(3)), and each app of the tests that run just now has one.
        guard let slot = instance.contexts.slot() else { return }
        let context = try #require(slot.pointee)
        // The macro would copy it.
        let isKept = context.pageOutput != nil
        #expect(isKept)
    }

    @Test func aPageThatIsTooLargeIsAnError() throws {
        let request = try host(Page(text: String(repeating: "x", count: 1 << 20), repeats: 65)).get("/")
        #expect(request.status == 500)
        #expect(!request.text.contains("x"))
    }

    @Test func aFlushSendsWhatThereIs() throws {
        let request = try host(Page(flushes: true), isWrapped: true).get("/")
        #expect(request.calls == ["begin", "write", "finish"])
        #expect(request.announcedLength == -1)
        #expect(request.contentType == "text/html; charset=utf-8")
        #expect(request.header("X-Kind") == "page")
        #expect(request.text == "<main>&lt;p&gt;")
        #expect(request.chunks == [" end</main>"])
    }

    @Test func aPageThatFailsAfterAFlushIsCut() throws {
        struct Failing: Template {
            func render(into output: inout HTMLOutput) {
                output.append("x" as StaticString)
                output.flush()
                output.script(Double.nan)
            }
        }
        let host = FakeHost()
        try host.load { get("/") { context in try context.render(Failing()) } }
        let request = host.get("/")
        #expect(request.isAborted)
        #expect(!request.hasFinished)
    }

    @Test func theClientLeavesBeforeAFlush() throws {
        let host = try host(Page(flushes: true))
        let request = FakeRequest("GET", "/")
        request.isGone = true
        host.send(request)
        #expect(request.calls.first == "begin")
        #expect(host.log.isEmpty)
    }

    @Test func aFieldThatIsRefusedIsAnErrorAlsoWithAFlush() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.setHeader("X-Bad", "a\nb")
                return try context.render(Page(flushes: true))
            }
        }
        #expect(host.get("/").status == 500)
    }

    @Test func twoPagesAreAMistake() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                try context.render(Page())
                return try context.render(Page())
            }
        }
        #expect(host.get("/").text == "&lt;p&gt; end")
        #expect(host.log.count == 1)
    }

    @Test func aPageInsideAPage() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                struct Outer: Template {
                    let inner: String
                    func render(into output: inout HTMLOutput) { output.append(inner) }
                }
                return try context.render(Outer(inner: try Page().rendered()))
            }
        }
        #expect(host.get("/").text == "&lt;p&gt; end")
    }

    // MARK: Streams

    @Test func theHeadOfTheLayoutIsSentFirst() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                try await context.stream(layout: Self.layout) { writer in
                    try await writer.render(Page(text: "1", flushes: true))
                    try await context.sleep(for: .seconds(1))
                    try await writer.render(Page(text: "2"))
                }
            }
        }
        let request = host.get("/")
        #expect(request.contentType == "text/html; charset=utf-8")
        #expect(request.chunks == ["<main>", "1 end"])
        host.advance(microseconds: 1_000_000)
        #expect(request.chunks == ["<main>", "1 end", "2 end", "</main>"])
        #expect(request.hasFinished)
    }

    @Test func aSlowClientHoldsThePageBack() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                try await context.stream(contentType: "text/html") { writer in
                    for number in 0..<3 { try await writer.render(Page(text: "\(number)")) }
                }
            }
        }
        let request = FakeRequest("GET", "/")
        request.writesUntilWait = 1
        host.send(request)
        #expect(request.chunks == ["0 end"])
        request.writesUntilWait = nil
        request.becomesWritable()
        #expect(request.chunks == ["0 end", "1 end", "2 end"])
    }

    @Test func aLayoutThatDoesNotYield() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in try await context.stream(layout: Layout { _, _ in }) { _ in } }
        }
        #expect(host.get("/").status == 500)
    }

    // MARK: What pages ask for

    private struct Asking: Template {
        func render(into output: inout HTMLOutput) {
            output.append("\(output.environment.locale.tag) \(output.environment.assetPrefix) ")
            output.append("\(output.environment.nonce?.utf8.count ?? 0) ")
            output.formToken()
        }
    }

    @Test func theEnvironmentOfARequest() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.locale = .german
                return try context.render(Asking())
            }
            get("/cdn") { context in
                context.assetPrefix = "https://cdn.example/"
                return try context.render(Asking())
            }
        }
        #expect(host.get("/").text == "de /assets/ 32 ")
        #expect(host.get("/cdn").text == "en https://cdn.example/ 32 ")
        let mounted = FakeRequest("GET", "/")
        mounted.mount = "/blog"
        #expect(host.send(mounted).text == "de /blog/assets/ 32 ")
        #expect(host.log.isEmpty)
    }

    @Test func formsCarryTheTokenOfTheSession() throws {
        let host = FakeHost.withSecret()
        try host.load {
            scope(through: [
                Pipeline {
                    Session()
                    BodyParser()
                    CSRF()
                }
            ]) {
                get("/") { context in try context.render(Asking()) }
                post("/") { _ in "saved" }
            }
            scope(
                "/other",
                through: [
                    Pipeline {
                        Session()
                        BodyParser()
                        CSRF(field: "token")
                    }
                ]
            ) {
                get("/") { context in try context.render(Asking()) }
            }
        }
        let browser = FakeBrowser(host)
        let page = browser.get("/").text
        let token = try #require(page.split(separator: "value=\"").last).prefix { $0 != "\"" }
        #expect(page.contains("<input type=\"hidden\" name=\"_csrf_token\" value=\"\(token)\">"))
        #expect(browser.send("POST", "/", form: "_csrf_token=\(token)").text == "saved")
        #expect(browser.get("/other").text.contains("<input type=\"hidden\" name=\"token\""))
    }

    @Test(arguments: [
        (nil, "en"), ("de", "de"), ("de-AT", "de"), ("fr", "en"), ("fr, de;q=0.5", "de"), ("en-GB", "en-GB"),
        ("en-US", "en"), ("de;q=0.1, en;q=0.9", "en"), ("de;q=0", "en"), ("DE", "de"), ("*", "en"), (";;q=,", "en"),
        ("de;q=x", "en"), ("de;q=0.3, en-GB;q=0.3", "de"),
    ])
    func languages(header: String?, tag: String) throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in context.preferredLocale(among: [.english, .britishEnglish, .german]).tag }
        }
        let request = host.get("/", headers: header.map { [("Accept-Language", $0)] } ?? [])
        #expect(request.text == tag)
        #expect(request.header("Vary") == "Accept-Language")
    }

    @Test(
        arguments: [
            ([], false, nil), ([("HX-Request", "true")], true, nil),
            ([("HX-Request", "true"), ("HX-Target", "table")], true, "table"),
            ([("HX-Request", "false")], false, nil), ([("HX-Request", "true"), ("HX-Boosted", "true")], false, nil),
            ([("HX-Request", "true"), ("HX-History-Restore-Request", "true")], false, nil),
            ([("Turbo-Frame", "messages")], true, "messages"), ([("X-Up-Target", ".list")], true, ".list"),
        ] as [([(String, String)], Bool, String?)])
    func fragments(headers: [(String, String)], isFragment: Bool, target: String?) throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in "\(context.wantsFragment) \(context.fragmentTarget ?? "none")" }
        }
        let request = host.get("/", headers: headers)
        #expect(request.text == "\(isFragment) \(target ?? "none")")
        #expect(request.header("Vary") == "HX-Request, Turbo-Frame, X-Up-Target")
    }
}
