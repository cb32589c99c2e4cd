import Testing

@testable import ZzzTesting

/// What a test takes out of pages: inputs, events, links.
@Suite struct PageTests {
    @Test(arguments: [
        ("<input name=a value=1>", ["a": "1"]),
        (
            "<INPUT type=\"hidden\" NAME='a' value = \"x &amp; &lt;y&gt; &quot;&#39;&#x41; &nope; & z\" />",
            ["a": "x & <y> \"'A &nope; & z"]
        ),
        ("<input name=a><input name=a value=2>", ["a": "2"]),
        (
            "<input type=checkbox name=a><input type=checkbox name=b checked><input type=radio name=c value=1 checked>",
            ["b": "on", "c": "1"]
        ),
        ("<input type=submit name=a value=1><input type=file name=b><input value=1>", [:]),
        (
            "<textarea rows=3 name=a>\nline 1\nline &lt;2&gt;</textarea><input name=b value=''>",
            ["a": "line 1\nline <2>", "b": ""]
        ),
        ("<p>no <b>forms</b> < here", [:]), ("", [:]), ("<input name=\"a", ["a": ""]), ("<input", [:]), ("<", [:]),
        ("<textarea name=a>open", ["a": "open"]), ("<input name=a value>", ["a": ""]),
    ])
    func inputsOfAPage(_ html: String, _ expected: [String: String]) {
        #expect(HTMLInputs(html).values == expected)
    }

    private func events(_ pieces: [[UInt8]]) -> [TestEvent] {
        var parser = EventParser()
        var events: [TestEvent] = []
        for piece in pieces {
            parser.feed(piece)
            while let event = parser.next() { events.append(event) }
        }
        return events
    }

    @Test(arguments: [
        ("data: a\n\n", [TestEvent(data: "a")]),
        ("data:a\r\ndata: b\r\n\r\n", [TestEvent(data: "a\nb")]),
        (
            "event: x\rdata: a\rid: 7\r\rdata: b\r\r",
            [TestEvent(name: "x", data: "a", id: "7"), TestEvent(data: "b", id: "7")]
        ),
        (": comment\n\nevent: x\n\n", []),
        ("retry: 20\ndata\n\n", [TestEvent(retryMilliseconds: 20)]),
        ("data:\ndata:\n\n", [TestEvent(data: "\n")]),
        ("retry: x\nother: y\ndata:  two\n\ndata: unfinished", [TestEvent(data: " two")]),
    ])
    func eventsOfAStream(_ text: String, _ expected: [TestEvent]) {
        let bytes = Array(text.utf8)
        #expect(events([bytes]) == expected)
        for place in 0...bytes.count {
            #expect(events([Array(bytes[..<place]), Array(bytes[place...])]) == expected)
        }
    }

    @Test(arguments: [
        ("/x", "http://a.test/x"), ("/x/../y/./z/..", "http://a.test/y/"), ("x?q=1#f", "http://a.test/b/x?q=1"),
        ("../x", "http://a.test/x"), ("../../../x", "http://a.test/x"), ("?q=2", "http://a.test/b/c?q=2"),
        ("#f", "http://a.test/b/c?q=0"), ("", "http://a.test/b/c?q=0"), ("//c.test/x", "http://c.test/x"),
        ("https://C.test", "https://c.test/"), ("HTTP://c.test?x", "http://c.test/?x"), ("mailto:a@b", nil),
        ("javascript:x", nil), ("x:y", nil), ("/x:y", "http://a.test/x:y"),
    ])
    func whereALinkLeads(_ reference: String, _ expected: String?) throws {
        #expect(try TestURL(base: "http://a.test/b/c?q=0").resolving(reference)?.text == expected)
    }
}
