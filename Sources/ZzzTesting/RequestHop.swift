import Testing
import Zzz

/// One request on the way through redirects.
struct RequestHop: Sendable {
    let client: TestClient
    private var method: String
    private var url: TestURL
    private var headers: TestHeaders
    private var body: TestRequest.Body?
    private let usesCookies: Bool

    init(_ request: TestRequest, url: TestURL) throws {
        client = request.client
        method = request.method
        headers = request.headers
        body = request.body
        usesCookies = request.usesCookies
        self.url = url
        for (name, value) in headers where (name + value).utf8.contains(where: { $0 == 0x0D || $0 == 0x0A }) {
            throw TestFailure("the field \(name) holds a line end")
        }
    }

    /// "GET /entries?page=2"
    var name: String { "\(method) \(url.target)" }

    /// Where a redirect leads; nil when the response is none, or leads elsewhere.
    func redirected(by response: TestResponse) -> RequestHop? {
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

    /// Sends it, and blocks until the response has begun.
    func exchange(_ sourceLocation: SourceLocation) throws -> TestStream {
        let log = AppLogSlice(client.app.log)
        do {
            let connection = try client.pool.take(isSecure: url.isSecure)
            let deadline = Deadline(client.deadline)
            try connection.send(bytes(), method: method, deadline)
            let response = try response(connection, deadline, log)
            return TestStream(response, connection, client: client, isSecure: url.isSecure)
        } catch let failure as TestFailure {
            throw TestFailure("\(name) (\(sourceLocation)): \(failure)\(log.report)")
        }
    }

    private func response(
        _ connection: ClientConnection, _ deadline: Deadline, _ log: AppLogSlice
    ) throws -> TestResponse {
        var interim: [TestResponse.Interim] = []
        while true {
            switch try connection.next(deadline) {
            case .interim(let head):
                interim.append(TestResponse.Interim(status: Status(rawValue: head.status), headers: head.headers))
            case .head(let head):
                if usesCookies { client.cookies.take(head.headers, from: url) }
                return TestResponse(request: name, url: url.text, head, interim: interim, log: log)
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
