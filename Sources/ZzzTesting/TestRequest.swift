import Testing
import Zzz

/// A request that is being put together: a value, sent with ``send(sourceLocation:)``, with one of the expectations, or
/// with ``open(sourceLocation:)``.
public struct TestRequest: Sendable {
    let client: TestClient
    let method: String
    let url: String
    private(set) var headers = TestHeaders()
    var body: Body?
    private var query: [(String, String)] = []
    private var redirects = 0
    private(set) var usesCookies = true

    /// How the body is framed.
    enum Body: Sendable {
        /// With Content-Length.
        case whole([UInt8])
        /// In chunks of these bytes (RFC 9112 section 7.1).
        case chunked([[UInt8]])
    }

    /// The most redirects that are followed unless the test says otherwise.
    public static let redirectLimit = 10

    init(client: TestClient, method: String, url: String) {
        self.client = client
        self.method = method
        self.url = url
    }

    /// Adds a field.
    public func header(_ name: String, _ value: String) -> TestRequest {
        changed { $0.headers.append(name, value) }
    }

    /// Adds a parameter to the query, encoded.
    public func query(_ name: String, _ value: some CustomStringConvertible) -> TestRequest {
        changed { $0.query.append((name, value.description)) }
    }

    /// Adds `Authorization: Bearer`.
    public func bearer(_ token: String) -> TestRequest { header("Authorization", "Bearer \(token)") }

    /// Follows redirects within the host, at most `limit` of them, as a browser does: 303, and 301 and 302 after a
    /// POST, lead to a GET.
    public func followingRedirects(limit: Int = TestRequest.redirectLimit) -> TestRequest {
        changed { $0.redirects = limit }
    }

    /// Sends no cookies and keeps none.
    public func withoutCookies() -> TestRequest { changed { $0.usesCookies = false } }

    func changed(_ change: (inout TestRequest) -> Void) -> TestRequest {
        var copy = self
        change(&copy)
        return copy
    }

    mutating func setHeader(_ name: String, _ value: String) { headers.set(name, value) }

    // MARK: Sending

    /// Sends it, and reads the whole response.
    /// - Throws: ``TestFailure`` when no whole response comes.
    @discardableResult
    public func send(sourceLocation: SourceLocation = #_sourceLocation) async throws -> TestResponse {
        let stream = try await open(sourceLocation: sourceLocation)
        return try await stream.collect()
    }

    /// Sends it, and returns when the response has begun: for streams and server-sent events.
    public func open(sourceLocation: SourceLocation = #_sourceLocation) async throws -> TestStream {
        var hop = try RequestHop(self, url: target())
        var left = redirects
        while true {
            let current = hop
            let stream = try await onThread { try current.exchange(sourceLocation) }
            guard redirects > 0, let next = hop.redirected(by: stream.response) else { return stream }
            guard left > 0 else {
                throw TestFailure("\(current.name) (\(sourceLocation)): more than \(redirects) redirects")
            }
            left -= 1
            _ = try await stream.collect()
            hop = next
        }
    }

    /// A path is sent as the test has written it, whatever is in it.
    private func target() throws -> TestURL {
        var target = client.baseURL
        if url.hasPrefix("/"), !url.hasPrefix("//") {
            let path = url.prefix { $0 != "?" }
            target.path = String(path)
            target.query = path.endIndex < url.endIndex ? String(url[url.index(after: path.endIndex)...]) : nil
        } else {
            target = try TestURL(base: url)
        }
        if !query.isEmpty {
            target.query = [target.query, FormEncoding.text(query)].compactMap { $0 }.joined(separator: "&")
        }
        return target
    }

    /// Sends it, and expects a status.
    @discardableResult
    public func expectStatus(
        _ status: Status, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestResponse {
        try await send(sourceLocation: sourceLocation).expectStatus(status, sourceLocation: sourceLocation)
    }

    /// Sends it, and expects a redirect.
    @discardableResult
    public func expectRedirect(
        to location: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestResponse {
        try await send(sourceLocation: sourceLocation).expectRedirect(to: location, sourceLocation: sourceLocation)
    }
}
