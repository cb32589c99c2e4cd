import Testing

@testable import Zzz

@Suite struct AcceptTests {
    @Test(arguments: [
        ("text/html", "text/html"), ("application/json", "application/json"), ("*/*", "text/html"),
        ("text/*", "text/html"),
        ("text/html;q=0.1, application/json", "application/json"), ("text/html;q=0, */*", "application/json"),
        ("image/png", nil), ("*/*;q=0", nil), ("APPLICATION/JSON", "application/json"), ("", nil), (",,", nil),
        ("application/json;q=0.5, text/*;q=0.5", "text/html"),
        ("text/html;q=2, application/json;q=0.1", "application/json"),
        ("text/html;q=abc", nil), ("text/html;q=0.1234", nil), ("text/html;q=1.001", nil),
        ("text/html;q=1.000", "text/html"),
        ("text/html;q=", nil), ("text", nil), ("*/html", nil), ("/", nil), ("text/html;level=1", nil),
        ("*/*;q=0.1, application/*;q=0.2", "application/json"),
        ("text/html ; q=0.3 , application/json;q=0.2", "text/html"),
        ("application/json;q=.5", nil), ("text/html;q=0.001", "text/html"),
    ])
    func theBestTypeIsChosen(_ accept: String, _ expected: String?) throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.preferredType(among: ["text/html", "application/json"]) ?? "none"
            }
            get("/406") { context in try context.accepts("text/html", "application/json") }
        }
        #expect(host.get("/", headers: [("Accept", accept)]).text == expected ?? "none")
        let strict = host.get("/406", headers: [("Accept", accept)])
        #expect(strict.status == (expected == nil ? 406 : 200))
        #expect(strict.header("Vary") == "Accept")
    }

    @Test func withoutAFieldEverythingIsTaken() throws {
        let host = FakeHost()
        try host.load { get("/") { context in try context.accepts("text/csv", "text/html") } }
        #expect(host.get("/").text == "text/csv")
        let lines = [("Accept", "text/html;q=0.5"), ("Accept", "text/csv;q=0.1")]
        #expect(host.get("/", headers: lines).text == "text/html")
    }

    @Test(arguments: [
        ("/", "application/json", "json"), ("/", "*/*", "html"), ("/?_format=json", "text/html", "json"),
        ("/?_format=xml", "text/html", nil), ("/", "image/png", nil),
    ])
    func theMiddlewareChoosesAFormat(_ target: String, _ accept: String, _ name: String?) throws {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { Accepts(.html, .json) }]) { context in context.format?.name }
        }
        let request = host.get(target, headers: [("Accept", accept)])
        #expect(request.status == (name == nil ? 406 : 200))
        #expect(request.header("Vary") == "Accept")
        if let name { #expect(request.text == name) }
    }

    @Test func optionsOfTheMiddleware() throws {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { Accepts(.html, .csv, parameter: nil) }]) { context in context.format?.name }
        }
        #expect(host.get("/?_format=csv").text == "html")
        #expect(throws: StartupError.self) {
            try FakeHost().load { get("/", through: [Pipeline { Accepts() }]) { _ in "x" } }
        }
    }
}
