import Testing

@testable import ZzzHTTP

/// A head that must parse, and what must be read from it.
struct GoodHead: Sendable, CustomTestStringConvertible {
    var text: String
    var method = "GET"
    var form = TargetForm.origin
    var path = "/"
    var query: String?
    var authority = "a"
    var minor: UInt8 = 1
    var contentLength: Int64 = -1
    var isChunked = false
    var isKeepAlive = true
    var expectsContinue = false
    var hasUpgrade = false

    init(_ text: String) { self.text = text }

    func with(_ change: (inout GoodHead) -> Void) -> GoodHead {
        var copy = self
        change(&copy)
        return copy
    }

    var testDescription: String { text.debugDescription }
}

/// A head that must be refused, the status and the rule.
struct BadHead: Sendable, CustomTestStringConvertible {
    var text: String
    var status: UInt16
    var reason: HTTPError.Reason

    init(_ text: String, _ status: UInt16, _ reason: HTTPError.Reason) {
        self.text = text
        self.status = status
        self.reason = reason
    }

    var testDescription: String { text.debugDescription }
}

/// "GET / HTTP/1.1" with these field lines, each with its own CRLF, behind Host.
func get(_ fields: String) -> String { "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }

/// Parses a good head at once and compares everything its table says.
func expectGood(_ good: GoodHead) throws {
    let bytes = good.text.latin1
    let outcome = parse(bytes)
    #expect(outcome.result == .complete)
    let head = try #require(outcome.head)
    #expect(head.length == bytes.count)
    #expect(text(bytes, head.methodOffset, head.methodLength) == good.method)
    #expect(good.method == "\(head.method.token)" || head.method == .other)
    #expect(head.targetForm == good.form)
    #expect(text(bytes, head.pathOffset, head.pathLength) == good.path)
    #expect((head.hasQuery ? text(bytes, head.queryOffset, head.queryLength) : nil) == good.query)
    #expect(text(bytes, head.authorityOffset, head.authorityLength) == good.authority)
    #expect(head.versionMinor == good.minor)
    #expect(head.contentLength == good.contentLength)
    #expect(head.isChunked == good.isChunked)
    #expect(head.isKeepAlive == good.isKeepAlive)
    #expect(head.expectsContinue == good.expectsContinue)
    #expect(head.hasUpgrade == good.hasUpgrade)
}

func expectBad(_ bad: BadHead) {
    let error = HTTPError(bad.reason)
    #expect(error.status == bad.status)
    #expect(parse(bad.text.latin1).result == .failure(error))
}
