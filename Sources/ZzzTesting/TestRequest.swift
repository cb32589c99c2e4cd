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
    private var usesCookies = true

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
        var hop = try Hop(self)
        var left = redirects
        while true {
            let current = hop
            let stream: TestStream
            do {
                stream = try await onThread { try current.exchange() }
            } catch let failure as TestFailure {
                throw TestFailure("\(current.name) (\(sourceLocation)): \(failure)")
            }
            guard redirects > 0, let next = hop.redirected(by: stream.response) else { return stream }
            guard left > 0 else {
                throw TestFailure("\(current.name) (\(sourceLocation)): more than \(redirects) redirects")
            }
            left -= 1
            _ = try await stream.collect()
            hop = next
        }
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

    // MARK: One request after the other

    /// One request on the way through redirects.
    private struct Hop: Sendable {
        let client: TestClient
        var method: String
        var url: TestURL
        var headers: TestHeaders
        var body: Body?
        let usesCookies: Bool

        init(_ request: TestRequest) throws {
            client = request.client
            method = request.method
            headers = request.headers
            body = request.body
            usesCookies = request.usesCookies
            url = try Self.url(request.url, client.baseURL)
            if !request.query.isEmpty {
                url.query = [url.query, FormEncoding.text(request.query)].compactMap { $0 }.joined(separator: "&")
            }
            for (name, value) in headers where (name + value).utf8.contains(where: { $0 == 0x0D || $0 == 0x0A }) {
                throw TestFailure("the field \(name) holds a line end")
            }
        }

        /// A path is sent as the test has written it, whatever is in it.
        private static func url(_ text: String, _ base: TestURL) throws -> TestURL {
            guard text.hasPrefix("/"), !text.hasPrefix("//") else { return try TestURL(base: text) }
            var url = base
            let path = text.prefix { $0 != "?" }
            url.path = String(path)
            url.query = path.endIndex < text.endIndex ? String(text[text.index(after: path.endIndex)...]) : nil
            return url
        }

        var name: String { "\(method) \(url.target)" }

        /// Where a redirect leads; nil when the response is none, or leads elsewhere.
        func redirected(by response: TestResponse) -> Hop? {
            guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["location"],
                let target = url.resolving(location), target.host == url.host
            else { return nil }
            var next = self
            next.url = target
            let isPost = method == "POST" && response.status.rawValue < 303
            if isPost || response.status == 303 && method != "HEAD" {
                next.method = "GET"
                next.body = nil
                for field in ["content-type", "content-length"] { next.headers.remove(field) }
            }
            return next
        }

        /// Blocks until the response has begun.
        func exchange() throws -> TestStream {
            let place = client.app.log.end
            let deadline = Deadline(client.deadline)
            let connection = try client.pool.take(isSecure: url.isSecure)
            try connection.send(bytes(), method: method, deadline)
            var interim: [TestResponse.Interim] = []
            while true {
                switch try connection.next(deadline) {
                case .interim(let head):
                    interim.append(TestResponse.Interim(status: Status(rawValue: head.status), headers: head.headers))
                case .head(let head):
                    if usesCookies { client.cookies.take(head.headers, from: url) }
                    let response = TestResponse(
                        request: name, url: url.text, head, interim: interim, log: AppLogSlice(client.app.log, place))
                    return TestStream(response, connection, client: client, isSecure: url.isSecure)
                case .piece, .end: throw TestFailure("a body without a head")
                }
            }
        }

        private func bytes() -> [UInt8] {
            var fields = headers
            if headers["host"] == nil { fields.append("Host", url.authority) }
            if usesCookies, let cookies = client.cookies.field(for: url) {
                let own = fields["cookie"].map { "\($0); " } ?? ""
                fields.set("Cookie", own + cookies)
            }
            switch body {
            case .whole(let bytes)?:
                if headers["content-length"] == nil { fields.append("Content-Length", "\(bytes.count)") }
            case .chunked?: fields.append("Transfer-Encoding", "chunked")
            case nil: break
            }
            var bytes = Array("\(method) \(url.target) HTTP/1.1\r\n".utf8)
            for (name, value) in fields { bytes += "\(name): \(value)\r\n".utf8 }
            bytes += "\r\n".utf8
            switch body {
            case .whole(let content)?: bytes += content
            case .chunked(let pieces)?:
                for piece in pieces where !piece.isEmpty {
                    bytes += "\(String(piece.count, radix: 16))\r\n".utf8 + piece + "\r\n".utf8
                }
                bytes += "0\r\n\r\n".utf8
            case nil: break
            }
            return bytes
        }
    }
}
