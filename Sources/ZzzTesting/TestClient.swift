import Synchronization
import Zzz
import ZzzJSON

/// Somebody who uses an app that runs in the test's process: sends requests, keeps cookies, reads the responses.
///
/// ```swift
/// @Test func theFrontPageGreets() async throws {
///     let client = try TestClient(Hello())
///     try await client.get("/").header("Accept-Language", "en").expectStatus(200).expectBody(contains: "Hello")
/// }
/// ```
/// The app is served by the daemon's own code: routing, decoding, limits, HEAD, 404 and 405 are as in production. It
/// starts with the client and stops when the client, its visitors and its open streams are gone.
public final class TestClient: Sendable {
    /// How requests reach the app.
    public enum Transport: Sendable, Hashable, CaseIterable {
        /// By a connection within the process: no port, no network.
        case inProcess
        /// Over TCP, by a listener on a free port of the loopback interface.
        case listener
    }

    /// What the daemon's configuration would say about the app, and where the client sends its requests.
    public struct Settings: Sendable {
        /// The app's name.
        public var name = "app"
        /// "" or "/blog"
        public var mount = ""
        /// The hosts that it answers for, "admin.example.com" or "*.example.com"; empty: every host.
        public var hosts: [String] = []
        /// The largest request body, in bytes.
        public var bodyLimitBytes = 8 << 20
        /// How long a handler may take to begin its response.
        public var requestTimeout: Duration = .seconds(60)
        /// What paths are relative to. With https, requests count as having come over TLS.
        public var baseURL = "http://localhost"
        /// How long the app may take for each step: to take a request, to answer it, to go on with a body.
        public var deadline: Duration = .seconds(30)

        public init() {}
    }

    let app: RunningApp
    let pool: ConnectionPool
    let deadline: Duration
    let baseURL: TestURL
    /// What servers have set, and what goes with requests.
    public let cookies: CookieJar

    /// Starts an app.
    /// - Parameters:
    ///   - transport: the same tests run over each.
    ///   - settings: changes what surrounds the app.
    /// - Throws: what refuses the app: a malformed route, a conflict, its own `start`.
    public convenience init(
        _ app: some App, over transport: Transport = .inProcess, settings: (inout Settings) throws -> Void = { _ in }
    ) throws {
        try self.init(over: transport, settings: settings) { _ in app }
    }

    /// Starts an app that reads its configuration while it is made:
    /// ```swift
    /// let client = try TestClient(configuration: ["title": "Our blog"]) { try Blog($0) }
    /// ```
    /// - Parameter configuration: `[app.NAME] settings`
    public init(
        over transport: Transport = .inProcess, configuration: JSONValue = [:],
        settings change: (inout Settings) throws -> Void = { _ in },
        _ make: @escaping @Sendable (Configuration) throws -> any App
    ) throws {
        var settings = Settings()
        try change(&settings)
        baseURL = try TestURL(base: settings.baseURL)
        deadline = settings.deadline
        app = try RunningApp(settings, configuration, over: transport, make)
        pool = ConnectionPool(app)
        cookies = CookieJar(host: baseURL.host)
    }

    private init(beside other: TestClient) {
        app = other.app
        pool = ConnectionPool(app)
        deadline = other.deadline
        baseURL = other.baseURL
        cookies = CookieJar(host: baseURL.host)
    }

    /// Another visitor of the same app, who has connections and cookies of their own.
    public func visitor() -> TestClient { TestClient(beside: self) }

    /// Lets time pass: for this client's cookies, for the app's sessions, protected cookies and tokens, and for what it
    /// keeps in the daemon's store, rate limits among it. Timers and the system's clock stay as they are.
    public func advance(by duration: Duration) {
        cookies.advance(by: duration)
        app.advance(by: duration)
    }

    /// What the app has logged so far, and what the daemon has to say about how it uses the contract.
    public var log: [LogEntry] { app.log.entries }

    /// The directory that the app may write to: empty at first, and removed at the end.
    public var stateDirectory: String { app.directory.path }

    /// "127.0.0.1:40123", for other clients; nil in process.
    public var address: String? { app.address?.description }

    // MARK: Requests

    public func get(_ url: String) -> TestRequest { request("GET", url) }
    public func head(_ url: String) -> TestRequest { request("HEAD", url) }
    public func post(_ url: String) -> TestRequest { request("POST", url) }
    public func put(_ url: String) -> TestRequest { request("PUT", url) }
    public func patch(_ url: String) -> TestRequest { request("PATCH", url) }
    public func delete(_ url: String) -> TestRequest { request("DELETE", url) }
    public func options(_ url: String) -> TestRequest { request("OPTIONS", url) }

    /// A request that is sent when something is expected of it.
    /// - Parameter url: a path with its query, sent as it is written; or a whole URL, for another host or scheme.
    public func request(_ method: String, _ url: String) -> TestRequest {
        TestRequest(client: self, method: method, url: url)
    }
}
