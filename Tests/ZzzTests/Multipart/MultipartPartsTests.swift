import Testing

@testable import Zzz

/// Parts that a handler reads itself.
@Suite struct MultipartPartsTests {
    private func post(
        _ pieces: [[UInt8]], type: (String, String) = FormBody.type, streamBody: Bool = true,
        _ handler: @escaping @Sendable (Context) async throws -> String
    ) throws -> FakeRequest {
        let host = FakeHost()
        try host.load { Zzz.post("/", streamBody: streamBody, handler) }
        let request = FakeRequest("POST", "/", headers: [type])
        if streamBody { request.pieces = pieces } else { request.body = pieces.flatMap { $0 } }
        host.send(request)
        return request.deliverWholeBody()
    }

    private static let body = FormBody.field("title", "Hi").file("f", "../a.txt", Array("12345".utf8), type: nil)
        .file("g", "", [], type: "image/png").whole

    @Test(arguments: [1, 3, 50, 10_000], [true, false])
    func comeOneAfterTheOther(_ size: Int, _ streamBody: Bool) throws {
        let pieces = stride(from: 0, to: Self.body.count, by: size).map {
            Array(Self.body[$0..<min($0 + size, Self.body.count)])
        }
        let request = try post(pieces, streamBody: streamBody) { context in
            var seen = ""
            for try await part in try context.parts() {
                var content: [UInt8] = []
                for try await piece in part { content += piece }
                let text = String(decoding: content, as: UTF8.self)
                seen += "\(part.name) \(part.fileName ?? "-") \(part.contentType ?? "-") \(text);"
            }
            return seen
        }
        #expect(request.text == "title - - Hi;f a.txt - 12345;g file image/png ;")
    }

    @Test func whatIsNotReadIsSkipped() throws {
        let request = try post([Self.body]) { context in
            var names: [String] = []
            var first: MultipartPart?
            for try await part in try context.parts() {
                names.append(part.name)
                if let first {
                    // Too late.
                    #expect(try await first.collect(upToBytes: 100).isEmpty)
                } else {
                    first = part
                }
            }
            return names.joined()
        }
        #expect(request.text == "titlefg")
    }

    @Test func aPartIsCollectedUpToALimit() throws {
        for (limit, status) in [(1, 413), (2, 200), (3, 200)] as [(Int, UInt16)] {
            let request = try post([Self.body]) { context in
                for try await part in try context.parts() { return try await part.text(upToBytes: limit) }
                return ""
            }
            #expect(request.status == status)
        }
        let bad = try post([FormBody().part("form-data; name=a", value: [0xFF]).whole]) { context in
            for try await part in try context.parts() { return try await part.text(upToBytes: 10) }
            return ""
        }
        #expect(bad.status == 400)
    }

    @Test func whatIsMalformedIs400() throws {
        let all: @Sendable (Context) async throws -> String = { context in
            for try await _ in try context.parts() {}
            return "all"
        }
        #expect(try post([Array(Self.body.dropLast(4))], all).status == 400)
        #expect(try post([FormBody().raw("X: y\r\n").whole], all).status == 400)
        #expect(try post([Self.body], type: ("Content-Type", "text/plain"), all).status == 415)
        #expect(try post([Self.body], type: ("Content-Type", "multipart/form-data"), all).status == 400)
        #expect(try post([FormBody.field(String(repeating: "x", count: 4096), "").whole], all).status == 413)
    }
}
