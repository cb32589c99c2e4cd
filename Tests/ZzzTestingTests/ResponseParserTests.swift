import Testing

@testable import ZzzTesting

/// Responses out of bytes, however they are cut.
@Suite struct ResponseParserTests {
    /// What a response says, in one line.
    private func read(_ pieces: [[UInt8]], method: String = "GET", closes: Bool = false) throws -> String {
        var parser = ResponseParser(method: method)
        var words: [String] = []
        var body: [UInt8] = []
        func note(_ event: ResponseParser.Event) {
            switch event {
            case .interim(let head): words.append("(\(head.status))")
            case .head(let head): words.append("\(head.status)")
            case .piece(let piece): body += piece
            case .end(let trailers):
                words.append(String(decoding: body, as: UTF8.self))
                words += trailers.map { "\($0.name)=\($0.value)" }
                words.append("end")
            }
        }
        for piece in pieces {
            parser.feed(piece)
            while let event = try parser.next() { note(event) }
        }
        if closes { note(try parser.closed()) }
        return words.joined(separator: " ") + (parser.isReusable ? "" : " close")
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello end"),
        ("HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n", "200  end"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "204  end"),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304  end"),
        (
            "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
            "(103) (100) 204  end"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-A: 1\r\n\r\n",
            "200 abcde X-A=1 end"
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab", "200 ab end close"),
    ])
    func wholeResponses(_ text: String, _ expected: String) throws {
        let bytes = Array(text.utf8)
        #expect(try read([bytes]) == expected)
        #expect(try read(bytes.map { [$0] }) == expected)
        for place in 0...bytes.count {
            #expect(try read([Array(bytes[..<place]), Array(bytes[place...])]) == expected)
        }
    }

    @Test func theResponseToHEADHasNoBody() throws {
        #expect(try read([Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8)], method: "HEAD") == "200  end")
    }

    @Test(arguments: [
        ("HTTP/1.0 200 OK\r\n\r\nabc", "200 abc end close"),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "200  end close"),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nraw", "101 raw end close"),
    ])
    func bodiesUpToTheEndOfTheConnection(_ text: String, _ expected: String) throws {
        #expect(try read([Array(text.utf8)], closes: true) == expected)
        #expect(try read(Array(text.utf8).map { [$0] }, closes: true) == expected)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "HTTP/1.1 103 x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    ])
    func whatIsCutOff(_ text: String) {
        #expect(throws: TestFailure.self) { try read([Array(text.utf8)], closes: true) }
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 200\r\n\r\n",
        "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab",
    ])
    func whatNoServerMayWrite(_ text: String) {
        #expect(throws: TestFailure.self) { try read([Array(text.utf8)]) }
        #expect(throws: TestFailure.self) { try read(Array(text.utf8).map { [$0] }) }
    }

    @Test func aHeadHasALimit() {
        var parser = ResponseParser(method: "GET")
        parser.feed([UInt8](repeating: 0x61, count: ResponseParser.maximumHeadBytes))
        #expect(throws: Never.self) { try parser.next() }
        parser.feed([0x61])
        #expect(throws: TestFailure.self) { try parser.next() }
    }
}
