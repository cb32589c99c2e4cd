import Testing

@testable import Zzz

@Suite struct BodyParserTests {
    private static let form = "application/x-www-form-urlencoded"

    /// Answers with everything that the parameters hold.
    private func send(
        _ parser: BodyParser, _ body: String, type: String? = form, target: String = "/7?q=1&page=2",
        method: String = "POST", headers: [(String, String)] = [], accept: String = "application/json"
    ) throws -> FakeRequest {
        let host = FakeHost()
        try host.load {
            any("/:id", through: [Pipeline { parser }]) { context in JSON(JSONValue.object(context.params.merged)) }
        }
        let fields = headers + [("Accept", accept)] + (type.map { [("Content-Type", $0)] } ?? [])
        return host.send(FakeRequest(method, target, headers: fields, body: body))
    }

    @Test(arguments: [
        ("a=1", #"{"a":"1"}"#), ("a=1&a=2", #"{"a":"2"}"#),
        ("user[name]=x&user[mail]=y", #"{"user":{"name":"x","mail":"y"}}"#),
        ("tags[]=a&tags[]=b", #"{"tags":["a","b"]}"#), ("a[b][c]=1", #"{"a":{"b":{"c":"1"}}}"#),
        ("i[][n]=1&i[][p]=2&i[][n]=3", #"{"i":[{"n":"1","p":"2"},{"n":"3"}]}"#), ("a%5Bb%5D=1", #"{"a":{"b":"1"}}"#),
        ("a[b=1", #"{"a[b":"1"}"#), ("a]=1", #"{"a]":"1"}"#), ("[a]=1", #"{"[a]":"1"}"#),
        ("a[b]c=1", #"{"a[b]c":"1"}"#),
        ("a[[b]]=1", #"{"a[[b]]":"1"}"#), ("=1", #"{"":"1"}"#), ("a", #"{"a":""}"#), ("&&", "{}"),
        ("a+b=c+d", #"{"a b":"c d"}"#),
        ("a=%C3%A9", #"{"a":"é"}"#), ("a[0]=x", #"{"a":{"0":"x"}}"#), ("[]=1", #"{"[]":"1"}"#),
        ("a[][]=1", #"{"a":[["1"]]}"#),
    ])
    func formsHaveNestedKeys(_ body: String, _ expected: String) throws {
        let tree = try Array(body.utf8).withUnsafeBytes { try FormTree($0, limits: FormLimits()).root }
        #expect(try String(decoding: tree.serialized(), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("a=1&a[b]=2", 400, "a[b]"), ("a[b]=1&a=2", 400, "a"), ("a[]=1&a[b]=2", 400, "a[b]"), ("a=%FF", 400, "a"),
        ("%FF=1", 400, "\u{FFFD}"), ("a=1&b=2&c=3&d=4", 413, ""), ("a[b][c][d]=1", 413, "a[b][c][d]"),
        ("aaaaaaaaaaaaa=1", 413, "aaaaaaaaaaaaa"),
    ])
    func aBadFormSaysWhichFieldAndWhy(_ body: String, _ status: UInt16, _ field: String) throws {
        let limits = FormLimits(fieldCount: 3, depth: 3, nameBytes: 12)
        let request = try send(BodyParser(formLimits: limits), body)
        #expect(request.status == status)
        let problem = try JSONValue(parsing: request.responseBody)
        #expect(problem["parameter"] == .string(field))
        #expect(problem["in"] == "body")
        #expect(problem["reason"]?.stringValue?.isEmpty == false)
    }

    @Test(arguments: [("a=1&b=2&c=3", 200), ("a[b][c]=1", 200), ("aaaaaaaaaaaa=1", 200)])
    func aFormAtItsLimitsIsRead(_ body: String, _ status: UInt16) throws {
        #expect(
            try send(BodyParser(formLimits: FormLimits(fieldCount: 3, depth: 3, nameBytes: 12)), body).status == status)
    }

    @Test func pathBodyAndQueryAreMergedInThatOrder() throws {
        let request = try send(BodyParser(), "id=8&q=body&x=1")
        #expect(request.text == #"{"q":"body","page":"2","id":"7","x":"1"}"#)
    }

    @Test(arguments: [
        (#"{"a":{"b":[1,true,null,2.5]}}"#, #"{"q":"1","page":"2","a":{"b":[1,true,null,2.5]},"id":"7"}"#),
        ("[1,2]", #"{"q":"1","page":"2","_json":[1,2],"id":"7"}"#),
    ])
    func jsonIsRead(_ body: String, _ expected: String) throws {
        for type in ["application/json", "application/vnd.api+json; charset=UTF-8"] {
            #expect(try send(BodyParser(), body, type: type).text == expected)
        }
    }

    @Test(arguments: [
        (#"{"a":"#, 400, 6), (#"{"a":1}x"#, 400, 8), ("[[[[1]]]]", 413, 4), (#"{"a":1,"a":2}"#, 400, 8),
    ])
    func badJSONSaysWhere(_ body: String, _ status: UInt16, _ column: Int) throws {
        let request = try send(BodyParser(jsonDepth: 3), body, type: "application/json")
        #expect(request.status == status)
        let problem = try JSONValue(parsing: request.responseBody)
        #expect(problem["line"] == 1)
        #expect(problem["column"]?.intValue == column)
        #expect(problem["detail"]?.stringValue?.contains("line 1, column") == true)
    }

    @Test(arguments: [
        ("text/csv", [], 415), ("text/csv", ["text/*"], 200), ("text/csv", ["image/*"], 415), ("x/y", ["*/*"], 200),
        (nil, [], 415), ("", [], 415), ("multipart/form-data; boundary=x", [], 415), ("TEXT/CSV", ["Text/Csv"], 200),
        ("application/json; charset=latin1", [], 415), ("application/json;charset=\"utf-8\"", [], 200),
    ])
    func otherTypesAreRefusedUnlessPassed(_ type: String?, _ passed: [String], _ status: UInt16) throws {
        #expect(try send(BodyParser(passing: passed), "1", type: type).status == status)
    }

    @Test func aRefusedTypeIsToldWhatWouldBeTaken() throws {
        let request = try send(BodyParser([.json]), "a=1")
        #expect(request.status == 415)
        #expect(request.header("Accept") == "application/json")
        #expect(request.text.contains("application/x-www-form-urlencoded is not taken here, only application/json"))
        #expect(try send(BodyParser([.form]), "{}", type: "application/json").status == 415)
    }

    @Test func anEncodedBodyIsRefused() throws {
        let request = try send(BodyParser(), "x", headers: [("Content-Encoding", "gzip")])
        #expect(request.status == 415)
        #expect(request.header("Accept-Encoding") == "identity")
        #expect(try send(BodyParser(), "x", headers: [("Content-Encoding", "identity")]).status == 200)
    }

    @Test(arguments: [("GET", 200), ("PUT", 400), ("PATCH", 400), ("DELETE", 400), ("OPTIONS", 200)])
    func onlyMethodsWithBodiesAreLookedAt(_ method: String, _ status: UInt16) throws {
        #expect(try send(BodyParser(), "{", type: "application/json", method: method).status == status)
    }

    @Test func anEmptyBodyIsNone() throws {
        #expect(try send(BodyParser(), "", type: "text/csv").status == 200)
    }

    @Test(arguments: [(4, 200), (5, 200), (6, 413)])
    func theSizeHasALimit(_ count: Int, _ status: UInt16) throws {
        #expect(try send(BodyParser(limitBytes: 5), String(repeating: "a", count: count)).status == status)
        let host = FakeHost()
        try host.load { get("/", through: [Pipeline { BodyParser(limitBytes: 5) }]) { _ in "x" } }
        #expect(host.routes[0].bodyLimitBytes == 5)
    }

    @Test func theRawBodyStaysAndStreamsAreLeftAlone() throws {
        let host = FakeHost()
        try host.load {
            scope("/", through: [Pipeline { BodyParser() }]) {
                post("/raw") { context in context.bodyText }
                post("/stream", streamBody: true) { context in
                    String(decoding: try await context.collectBody(upToBytes: 100), as: UTF8.self)
                }
            }
        }
        let type = [("Content-Type", Self.form)]
        #expect(host.send(FakeRequest("POST", "/raw", headers: type, body: "a=1")).text == "a=1")
        let request = FakeRequest("POST", "/stream", headers: [("Content-Type", "text/csv")])
        request.pieces = [Array("1;2".utf8)]
        host.send(request)
        request.deliverBody()
        request.deliverBody()
        #expect(request.text == "1;2")
    }
}
