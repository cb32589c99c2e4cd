import Zzz
import ZzzJSON

/// What came back. Each expectation that is not met is recorded as an issue of the test, at the line that has it, and
/// the next one goes on.
public struct TestResponse: Sendable {
    /// An interim response, 103 Early Hints for example.
    public struct Interim: Sendable {
        public let status: Status
        public let headers: TestHeaders
    }

    /// "GET /entries?page=2": the last request, when redirects were followed.
    public let request: String
    /// The same with scheme and host: "http://localhost/entries?page=2".
    public let url: String
    public let status: Status
    public let headers: TestHeaders
    /// As it came: compressed, when it is.
    public internal(set) var body: [UInt8] = []
    /// The fields behind the body.
    public internal(set) var trailers = TestHeaders()
    /// What came before it.
    public let interim: [Interim]
    let statusLine: String
    let log: AppLogSlice

    init(request: String, url: String, _ head: ResponseParser.Head, interim: [Interim], log: AppLogSlice) {
        self.request = request
        self.url = url
        status = Status(rawValue: head.status)
        headers = head.headers
        statusLine = head.statusLine
        self.interim = interim
        self.log = log
    }

    /// The body as UTF-8 text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON, or the part of it at `path`, `$.orders[0].id`. Nil when there is nothing at the path.
    /// - Throws: when the body is no JSON, or the path is malformed.
    public func json(_ path: String = "$") throws -> JSONValue? {
        try JSONPath(path).value(in: try JSONValue(parsing: body))
    }

    /// The body's JSON, or the part of it at `path`, as a value.
    /// - Throws: when the body is no JSON, has nothing at the path, or something else than the type.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self, at path: String = "$") throws -> Value {
        guard let value = try json(path) else { throw TestFailure("\(request): there is nothing at \(path): \(text)") }
        return try JSONBytesDecoder().decode(type, from: try JSONBytesEncoder().encode(value))
    }

    /// What the HTML's inputs and text areas hold, by name: what a browser would send back with its forms.
    public var inputs: [String: String] { HTMLInputs(text).values }

    // MARK: For messages

    /// How much of a body is shown, in bytes.
    private static let shownBytes = 2_000

    /// The whole response, and what the app has logged since the request was sent.
    var report: String {
        var lines = [statusLine]
        for (name, value) in headers { lines.append("\(name): \(value)") }
        if !body.isEmpty { lines += ["", shownBody] }
        return lines.joined(separator: "\n") + log.report
    }

    private var shownBody: String {
        guard let text = String(validating: body, as: UTF8.self) else { return "(\(body.count) bytes)" }
        guard body.count > Self.shownBytes else { return text.hasSuffix("\n") ? String(text.dropLast()) : text }
        return String(decoding: body.prefix(Self.shownBytes), as: UTF8.self) + "... (\(body.count) bytes)"
    }
}
