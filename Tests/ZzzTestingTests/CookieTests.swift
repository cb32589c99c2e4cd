import Testing
import Zzz
import ZzzTesting

/// Cookies between requests.
@Suite struct CookieTests {
    @Test(arguments: TestClient.Transport.allCases)
    func cookiesAreKeptAndSent(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        try await client.get("/cookies/set?a=1&b=2").expectStatus(200)
        #expect(client.cookies["a"] == "1")
        try await client.get("/cookies").expectStatus(200).expectBody("a=1 b=2")
        try await client.get("/cookies").header("Cookie", "own=0").expectStatus(200).expectBody("own=0 a=1 b=2")
        try await client.get("/cookies").withoutCookies().expectStatus(200).expectBody("")
        try await client.get("/cookies/set?c=3").withoutCookies().expectStatus(200)
        #expect(client.cookies["c"] == nil)
        client.cookies.set("a", "tampered")
        client.cookies.remove("b")
        client.cookies.set("new", "3")
        try await client.get("/cookies").expectStatus(200).expectBody("a=tampered new=3")
        client.cookies.removeAll()
        try await client.get("/cookies").expectStatus(200).expectBody("")
    }

    @Test func aVisitorHasCookiesOfTheirOwn() async throws {
        let ada = try sample(.inProcess)
        let grace = ada.visitor()
        try await ada.get("/cookies/set?name=ada").expectStatus(200)
        try await grace.get("/cookies").expectStatus(200).expectBody("")
        #expect(grace.cookies.all.isEmpty)
    }

    @Test func cookiesOfHTTPSStayThere() async throws {
        let client = try sample(.inProcess) { $0.baseURL = "https://localhost" }
        try await client.get("/cookies/set?a=1").expectStatus(200)
        try await client.get("/cookies").expectStatus(200).expectBody("a=1")
        try await client.get("http://localhost/cookies").expectStatus(200).expectBody("")
        try await client.get("https://example.com/cookies").expectStatus(200).expectBody("")
    }

    @Test func aRedirectSetsCookiesForTheNextRequest() async throws {
        let client = try TestClient(
            Routes {
                post("/sign-in") { context in
                    try context.setCookie(Cookie("user", "ada"))
                    try context.redirect(to: "/home", status: .seeOther)
                }
                get("/home") { context in context.cookies["user"] ?? "nobody" }
            })
        try await client.post("/sign-in").form(["name": "ada"]).followingRedirects().expectStatus(200).expectBody("ada")
    }
}

/// An app of some routes.
struct Routes: App {
    private let make: @Sendable () -> [Route]

    init(@RoutesBuilder _ make: @escaping @Sendable () -> [Route]) { self.make = make }

    func routes() -> [Route] { make() }
}
