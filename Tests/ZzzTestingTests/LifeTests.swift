import Glibc
import Synchronization
import Testing
import Zzz
import ZzzTesting

/// An app from its making to its end.
@Suite struct LifeTests {
    final class Steps: Sendable {
        let all = Mutex<[String]>([])
        func add(_ step: String) { all.withLock { $0.append(step) } }
    }

    struct Recording: App {
        let steps: Steps
        var title = ""
        var fails = false

        func routes() -> [Route] {
            get("/") { _ in title }
            get("/wait") { context in
                defer { steps.add("left") }
                try await context.sleep(for: .seconds(600))
                return ""
            }
        }

        func start() throws {
            steps.add("start")
            if fails { throw StartupError("the database is down") }
        }

        func stop() { steps.add("stop") }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func itStartsAndStopsWithItsClients(_ transport: TestClient.Transport) async throws {
        let steps = Steps()
        var client: TestClient? = try TestClient(Recording(steps: steps), over: transport) {
            $0.deadline = .milliseconds(200)
        }
        var visitor = client?.visitor()
        #expect(steps.all.withLock { $0 } == ["start"])
        try await client?.get("/").expectStatus(200)
        client = nil
        #expect(steps.all.withLock { $0 } == ["start"])
        await Self.giveUpWaiting(visitor)
        visitor = nil
        #expect(steps.all.withLock { $0 } == ["start", "left", "stop"])
    }

    /// Sends a request, and leaves before it is answered.
    private static func giveUpWaiting(_ client: TestClient?) async {
        await #expect(throws: TestFailure.self) { try await client?.get("/wait").send() }
    }

    @Test func whatRefusesAnAppIsThrown() throws {
        let refused = #expect(throws: (any Error).self) {
            try TestClient(Recording(steps: Steps(), fails: true))
        }
        #expect("\(try #require(refused))".contains("the database is down"))
        let malformed = #expect(throws: (any Error).self) {
            try TestClient(Routes { get("/:") { _ in "" } })
        }
        #expect("\(try #require(malformed))".contains("LifeTests.swift:"))
    }

    @Test func anAppIsMadeWithItsConfiguration() async throws {
        let client = try TestClient(configuration: ["title": "Our blog", "mail": ["from": "a@b"]]) { configuration in
            #expect(try configuration["mail.from", as: String.self] == "a@b")
            #expect(configuration.appName == "app")
            return Recording(steps: Steps(), title: try configuration.require("title"))
        }
        try await client.get("/").expectStatus(200).expectBody("Our blog")
        let missing = #expect(throws: (any Error).self) {
            try TestClient { Recording(steps: Steps(), title: try $0.require("title")) }
        }
        #expect("\(try #require(missing))".contains("settings.title"))
    }

    @Test func theStateDirectoryGoesWithTheApp() async throws {
        let seen = Mutex("")
        var client: TestClient? = try TestClient { configuration in
            seen.withLock { $0 = configuration.stateDirectory }
            return Routes { get("/") { _ in "" } }
        }
        let directory = seen.withLock { $0 }
        #expect(client?.stateDirectory == directory)
        mkdir(directory + "/below", 0o700)
        symlink("/etc", directory + "/below/link")
        fclose(fopen(directory + "/below/file", "w"))
        client = nil
        #expect(access(directory, F_OK) != 0)
        #expect(access("/etc/passwd", F_OK) == 0)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func timePassesForWhatTheAppKeeps(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(
            Routes {
                get("/keep") { context in
                    try context.setCookie(Cookie("a", "1", maxAge: .seconds(3600)))
                    return "\(try context.store.add(1, to: "visits", expiresIn: .seconds(3600)))"
                }
            }, over: transport)
        for count in 1...2 { try await client.get("/keep").expectStatus(200).expectBody("\(count)") }
        client.advance(by: .seconds(3000))
        try await client.get("/keep").expectStatus(200).expectBody("3")
        client.advance(by: .seconds(3700))
        #expect(client.cookies["a"] == nil)
        try await client.get("/keep").expectStatus(200).expectBody("1")
        // Other apps keep their own.
        try await sample(transport).get("/").expectStatus(200)
    }

    @Test func timePassesForSessions() async throws {
        let client = try TestClient(configuration: ["secret_key_base": "random"]) { _ in
            Routes {
                get("/", through: [Pipeline { Session(idleTimeout: .seconds(600)) }]) { context in
                    let count = context.session["count", as: Int.self] ?? 0
                    context.session["count"] = count + 1
                    return "\(count)"
                }
            }
        }
        for count in 0...1 { try await client.get("/").expectStatus(200).expectBody("\(count)") }
        client.advance(by: .seconds(500))
        try await client.get("/").expectStatus(200).expectBody("2")
        client.advance(by: .seconds(700))
        try await client.get("/").expectStatus(200).expectBody("0")
    }

    @Test func appsSideBySide() async throws {
        let clients = try (0..<20).map { number in try TestClient(Routes { get("/") { _ in "\(number)" } }) }
        for (number, client) in clients.enumerated() {
            try await client.get("/").expectStatus(200).expectBody("\(number)")
        }
    }

    @Test func theLogIsTheAppsOwn() async throws {
        let client = try sample(.inProcess)
        let other = try sample(.inProcess)
        try await client.get("/fail").expectStatus(409)
        let entry = try #require(client.log.first { $0.message == "about to fail" })
        #expect(entry.level == .warning)
        #expect(entry.fields["order"] == "7")
        #expect(other.log.isEmpty)
    }

    @Test(arguments: ["localhost", "ftp://localhost", "http://", "http://a@b/"])
    func aBaseURLThatIsNone(_ text: String) {
        #expect(throws: TestFailure.self) { try sample(.inProcess) { $0.baseURL = text } }
    }

    @Test func aFieldWithALineEndIsNotSent() async throws {
        let client = try sample(.inProcess)
        await #expect(throws: TestFailure.self) { try await client.get("/").header("A", "b\r\nC: d").send() }
    }

    @Test func theListenersAddressIsForOthersToo() throws {
        #expect(try sample(.listener).address?.hasPrefix("127.0.0.1:") == true)
        #expect(try sample(.inProcess).address == nil)
    }
}
