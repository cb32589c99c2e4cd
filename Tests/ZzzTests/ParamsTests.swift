import Testing

@testable import Zzz

@Suite struct ParamsTests {
    private func ask(
        _ target: String, body: String = "", type: String = "application/json", accept: String = "text/plain",
        _ work: @escaping @Sendable (Params) throws -> String
    ) throws -> FakeRequest {
        let host = FakeHost()
        try host.load { post("/:id", through: [Pipeline { BodyParser() }]) { context in try work(context.params) } }
        return host.send(
            FakeRequest("POST", target, headers: [("Content-Type", type), ("Accept", accept)], body: body))
    }

    @Test(arguments: [
        ("id", "path", "7"), ("name", "body", "b"), ("q", "query", "2"), ("user[age]", "body", "5"),
        ("n", "body", "1.5"),
        ("flag", "body", "true"), ("x[y]", "query", "z"), ("tags[1]", "body", "t2"),
    ])
    func aNameIsLookedForInPathBodyAndQuery(_ name: String, _ source: String, _ value: String) throws {
        let body = #"{"id":"no","name":"b","user":{"age":5},"n":1.5,"flag":true,"tags":["t1","t2"]}"#
        let request = try ask("/7?id=no&name=no&q=1&q=2&x[y]=z", body: body) { params in
            "\(params.source(of: name)?.rawValue ?? "nowhere") \(try params.require(name))"
        }
        #expect(request.text == "\(source) \(value)")
    }

    @Test(arguments: ["none", "user", "tags", "nothing", "user[none]", "tags[9]", "tags[x]", "user[", "[", ""])
    func whatIsMissingIs400AndSaysSo(_ name: String) throws {
        let body = #"{"user":{"age":5},"tags":["t1"],"nothing":null}"#
        let request = try ask("/7?q=1", body: body, accept: "application/json") { try $0.require(name) }
        #expect(request.status == 400)
        let problem = try JSONValue(parsing: request.responseBody)
        #expect(problem["parameter"] == .string(name))
        #expect(problem["detail"] == .string("The parameter \(name) is missing."))
    }

    @Test func aWrongTypeSaysWhichAndWhereAndWhat() throws {
        let request = try ask("/x?page=y", accept: "application/json") { "\(try $0.require("page", as: Int.self))" }
        #expect(request.status == 400)
        #expect(
            request.text
                == #"{"title":"Bad Request","status":400,"detail":"The query parameter page must be an integer.","#
                + #""parameter":"page","in":"query","expected":"an integer"}"#)
        let texts = try [
            ask("/x") { "\(try $0.require("id", as: UInt8.self))" },
            ask("/x") { "\(try $0.require("id", as: Double.self))" },
            ask("/x") { "\(try $0.require("id", as: Bool.self))" },
            ask("/xx") { "\(try $0.require("id", as: Unicode.Scalar.self))" },
        ].map(\.text)
        #expect(
            texts == [
                "The path parameter id must be an integer that is not negative.\n",
                "The path parameter id must be a number.\n", "The path parameter id must be true or false.\n",
                "The path parameter id must be of type Scalar.\n",
            ])
    }

    @Test func allTheValuesOfAName() throws {
        let form = "application/x-www-form-urlencoded"
        let read: @Sendable (Params) -> String = { params in
            ["tags", "tags[]", "id", "q", "z"].map { "\(params.all($0))" }.joined()
        }
        #expect(
            try ask("/7?q=1&q[]=2", body: "tags[]=a&tags[]=b", type: form, read).text
                == #"["a", "b"]["a", "b"]["7"]["1", "2"][]"#)
        #expect(try ask("/7?tags=x", body: #"{"tags":"one"}"#, read).text == #"["one"]["one"]["7"][][]"#)
    }

    @Test func nestedValues() throws {
        let request = try ask("/7?f[a]=1&f[b][]=2", body: #"{"user":{"name":"x"}}"#) { params in
            #expect(params.value("f") == ["a": "1", "b": ["2"]])
            #expect(params.value("user") == ["name": "x"])
            #expect(params.value("id") == "7")
            #expect(params.value("none") == nil)
            return "ok"
        }
        #expect(request.text == "ok")
        // A query that cannot be read as nested values has none, but its names still count.
        let bad = try ask("/7?a=1&a[b]=2") { "\($0.value("a") == nil) \($0["a"] ?? "")" }
        #expect(bad.text == "true 1")
    }
}
