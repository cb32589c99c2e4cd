import Glibc
import Synchronization
import Testing

@testable import Zzz

/// Forms with files, as BodyParser reads them.
@Suite struct UploadTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func post(
        _ body: [UInt8], parser: BodyParser? = nil, pieces: [[UInt8]] = [], type: (String, String) = FormBody.type,
        _ handler: @escaping @Sendable (Context) throws -> Void = { $0.text("\($0.uploads)") }
    ) throws -> FakeRequest {
        let host = FakeHost()
        let parser = parser ?? BodyParser([.json, .form, .multipart], uploadDirectory: directory.path)
        try host.load {
            Zzz.post("/", through: [Pipeline { parser }], handler)
        }
        let request = FakeRequest("POST", "/", headers: [type, ("Accept", "application/json")])
        request.body = body
        request.pieces = pieces
        host.send(request)
        request.deliverWholeBody()
        #expect(directory.names().isEmpty)
        return request
    }

    private func parser(_ limits: UploadLimits) -> BodyParser {
        BodyParser([.multipart], uploadLimits: limits, uploadDirectory: directory.path)
    }

    // MARK: Reading

    @Test func fieldsAndFilesAreParameters() throws {
        let body = FormBody.field("title", "Ästhetik").field("user[name]", "Ada").field("tags[]", "a").field(
            "tags[]", "b"
        )
        .file("user[avatar]", "cat.png", [0, 13, 10, 255], type: "image/png").file("notes", "a.txt", Array("x".utf8))
        let request = try post(body.whole) { context in
            let params = context.params
            #expect(params["title"] == "Ästhetik")
            #expect(params["user[name]"] == "Ada")
            #expect(params.all("tags") == ["a", "b"])
            let avatar = try params.require("user[avatar]", as: Upload.self)
            #expect(avatar.fileName == "cat.png")
            #expect(avatar.contentType == "image/png")
            #expect(avatar.size == 4)
            #expect(try avatar.bytes == [0, 13, 10, 255])
            #expect(params["notes", as: Upload.self]?.size == 1)
            #expect(params["title", as: Upload.self] == nil)
            #expect(params["user[avatar]"] == nil)
            #expect(context.body.isEmpty)
            try context.json(JSONValue.object(params.merged))
        }
        #expect(request.status == 200)
        let merged = try JSONValue(parsing: request.responseBody)
        #expect(merged["user"]?["avatar"]?["file_name"] == "cat.png")
        #expect(merged["user"]?["avatar"]?["size"] == 4)
    }

    @Test func howTheBodyArrivesChangesNothing() throws {
        let body = FormBody.field("a", "1").file("f", "x", Array("line\r\n--line".utf8)).field("b", "2").whole
        for size in [1, 2, 7, 64, 1000] {
            let pieces = stride(from: 0, to: body.count, by: size).map { Array(body[$0..<min($0 + size, body.count)]) }
            let request = try post([], pieces: pieces) { context in
                let file = try context.params.require("f", as: Upload.self)
                context.text(
                    "\(context.params["a"]!)\(context.params["b"]!) \(String(decoding: try file.bytes, as: UTF8.self))")
            }
            #expect(request.text == "12 line\r\n--line", "\(size)")
        }
    }

    @Test func aBodyThatTheHostHasCollectedIsReadToo() throws {
        let host = FakeHost()
        let parser = BodyParser([.multipart], uploadDirectory: directory.path)
        try host.load {
            Zzz.post("/", through: [Pipeline { parser }]) { context in
                "\(try context.params.require("f", as: Upload.self))"
            }
        }
        host.routes[0].flags = 0
        let request = FakeRequest("POST", "/", headers: [FormBody.type])
        request.body = FormBody().file("f", "x", [1, 2]).whole
        #expect(host.send(request).text == "x (text/plain, 2 bytes)")
    }

    @Test func otherBodiesAreReadAsBefore() throws {
        let json = try post(Array(#"{"a":1}"#.utf8), type: ("Content-Type", "application/json")) { context in
            context.text("\(context.params["a"] ?? "") \(context.bodyText)")
        }
        #expect(json.text == #"1 {"a":1}"#)
        #expect(json.retains == 0)
        let text = try post([1], type: ("Content-Type", "text/csv"))
        #expect(text.status == 415)
        #expect(text.header("Accept") == "application/json, application/x-www-form-urlencoded, multipart/form-data")
    }

    @Test func severalFilesHaveOneField() throws {
        for field in ["photos", "photos[]"] {
            let body = FormBody().file(field, "1", [1]).file(field, "2", [2, 2]).field("x", "y")
            let request = try post(body.whole) { context in
                let sizes = context.params.all("photos", as: Upload.self).map(\.size)
                context.text("\(sizes) \(context.params["photos", as: Upload.self]?.fileName ?? "none")")
            }
            // So that a trap in the handler cannot keep their space.
            #expect(request.calls.filter { $0 == "temporary_file" }.count == 2)
            #expect(request.text == (field == "photos" ? "[1, 2] 2" : "[1, 2] none"))
        }
    }

    @Test func aFieldWithoutAFileIsNone() throws {
        let body = FormBody().file("empty", "", [], type: "application/octet-stream").file("zero", "zero", [])
            .file("unnamed", "", [7])
        let request = try post(body.whole) { context in
            #expect(context.params["empty", as: Upload.self] == nil)
            #expect(throws: Abort.self) { try context.params.require("empty", as: Upload.self) }
            context.text("\(context.uploads)")
        }
        #expect(request.text == "[zero (text/plain, 0 bytes), file (text/plain, 1 bytes)]")
    }

    @Test func aMissingFileSaysSo() throws {
        let body = FormBody.field("avatar", "text").whole
        let missing = try post(body) { _ = try $0.params.require("photo", as: Upload.self) }
        #expect(missing.status == 400)
        #expect(try JSONValue(parsing: missing.responseBody)["detail"] == "The parameter photo is missing.")
        let text = try post(body) { _ = try $0.params.require("avatar", as: Upload.self) }
        #expect(try JSONValue(parsing: text.responseBody)["detail"] == "The body parameter avatar must be a file.")
    }

    @Test func nobodyCanForgeAnUpload() throws {
        let body = FormBody.field("a[upload]", "0").field("a[size]", "7").file("f", "x", [1])
        let request = try post(body.whole) { context in
            context.text("\(context.params["a", as: Upload.self] == nil)")
        }
        #expect(request.text == "true")
        for body in [FormBody().file("f", "x", [1]).field("f[upload]", "1"), .field("f[x]", "1").file("f", "x", [1])] {
            #expect(try post(body.whole).status == 400)
        }
    }

    // MARK: What is malformed

    @Test(arguments: [
        ("Content-Type: text/plain\r\n", "Content-Disposition"),
        ("Content-Disposition: form-data\r\n", "Content-Disposition"),
        ("Content-Disposition: attachment; name=a\r\n", "Content-Disposition"),
        ("Content-Disposition: form-data; name=a; name=b\r\n", "Content-Disposition"),
        ("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n", "Content-Disposition"),
        ("Content-Disposition: form-data; name=a\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n", "several types"),
        ("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n", "base64"),
        ("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=latin1\r\n", "latin1"),
        ("Content-Disposition: form-data; name=a\r\nno colon\r\n", "field name"),
    ])
    func aMalformedPartSaysWhatIsWrong(_ header: String, _ reason: String) throws {
        let request = try post(FormBody.field("x", "1").raw(header).whole)
        #expect(request.status == 400)
        let problem = try JSONValue(parsing: request.responseBody)
        #expect(problem["reason"]?.stringValue?.contains(reason) == true, "\(request.text)")
        #expect(problem["in"] == "body")
    }

    @Test func aMalformedBodySaysWhere() throws {
        let whole = FormBody.field("a", "1").file("f", "x", [1, 2, 3]).whole
        for (body, offset) in [([], nil), (Array(whole.dropLast(4)), whole.count - 4), (Array("--x".utf8), 3)]
            as [([UInt8], Int?)]
        {
            let request = try post(body, pieces: body.isEmpty ? [[]] : [body])
            #expect(request.status == 400)
            if let offset { #expect(try JSONValue(parsing: request.responseBody)["offset"] == .integer(Int64(offset))) }
        }
        for value in [[0xFF], [0xC3]] as [[UInt8]] {
            let request = try post(FormBody().part("form-data; name=bad", value: value).whole)
            #expect(request.status == 400)
            #expect(try JSONValue(parsing: request.responseBody)["parameter"] == "bad")
        }
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary=ä",
        "multipart/form-data; boundary=" + String(repeating: "a", count: 71),
    ])
    func aBoundaryIsNeeded(_ type: String) throws {
        #expect(try post([1], type: ("Content-Type", type)).status == 400)
    }

    @Test func theCaseOfABoundaryMatters() throws {
        let type = ("Content-Type", "Multipart/Form-Data; Boundary=\"\(FormBody.boundary)\"; charset=UTF-8")
        #expect(try post(FormBody.field("a", "1").whole, type: type).status == 200)
        let lower = ("Content-Type", "multipart/form-data; boundary=\(FormBody.boundary.lowercased())")
        #expect(try post(FormBody.field("a", "1").whole, type: lower).status == 400)
    }

    // MARK: Limits

    @Test func everythingHasALimit() throws {
        let ten = [UInt8](repeating: 120, count: 10)
        let text = String(repeating: "x", count: 10)
        for (limits, body) in [
            (UploadLimits(partCount: 2), { (n: Int) in (0..<n).reduce(FormBody()) { $0.field("a\($1)", "1") } }),
            (UploadLimits(fileCount: 2), { n in (0..<n).reduce(.field("a", "1")) { $0.file("f\($1)", "x", []) } }),
            (UploadLimits(fieldBytes: 20), { n in (0..<n).reduce(FormBody()) { $0.field("a\($1)", text) } }),
            (UploadLimits(fileBytes: 20), { n in FormBody().file("f", "x", (0..<n).flatMap { _ in ten }) }),
        ] as [(UploadLimits, (Int) -> FormBody)] {
            #expect(try post(body(1).whole, parser: parser(limits)).status == 200)
            #expect(try post(body(2).whole, parser: parser(limits)).status == 200)
            let request = try post(body(3).whole, parser: parser(limits))
            #expect(request.status == 413)
            #expect(try JSONValue(parsing: request.responseBody)["reason"]?.stringValue?.contains("more than") == true)
        }
        let header = UploadLimits(headerBytes: 80)
        #expect(try post(FormBody.field("a", "1").whole, parser: parser(header)).status == 200)
        #expect(try post(FormBody.field(text + text + text + text, "1").whole, parser: parser(header)).status == 413)
        // One more or one less than a file may have.
        for (count, status) in [(19, 200), (20, 200), (21, 413)] as [(Int, UInt16)] {
            let body = FormBody().file("f", "x", [UInt8](repeating: 0, count: count)).whole
            #expect(try post(body, parser: parser(UploadLimits(fileBytes: 20))).status == status)
        }
    }

    @Test func whatIsTooLargeIsNotWrittenOut() throws {
        let host = FakeHost()
        let parser = parser(UploadLimits(fileBytes: 1000))
        try host.load { Zzz.post("/", through: [Pipeline { parser }]) { _ in "never" } }
        let request = FakeRequest("POST", "/", headers: [FormBody.type])
        request.pieces = [FormBody().file("f", "x", [UInt8](repeating: 0, count: 1001)).bytes, [1], [2], [3]]
        host.send(request)
        request.deliverWholeBody()
        #expect(request.status == 413)
        #expect(request.pieces.count == 3, "the rest of the body is not asked for")
        #expect(directory.names().isEmpty)
    }

    @Test func theHostKnowsTheLimitOfTheWhole() throws {
        let host = FakeHost()
        let parser = BodyParser([.form, .multipart], limitBytes: 1000, uploadLimits: UploadLimits(totalBytes: 1 << 30))
        try host.load {
            Zzz.post("/a", through: [Pipeline { parser }]) { _ in "" }
            Zzz.post("/b", bodyLimitBytes: 5000, through: [Pipeline { parser }]) { _ in "" }
            Zzz.post("/c", streamBody: true, through: [Pipeline { parser }]) { _ in "" }
            Zzz.post("/d", through: [Pipeline { BodyParser() }]) { _ in "" }
        }
        #expect(host.routes.map(\.flags) == [2, 2, 1, 0])
        #expect(host.routes.map(\.bodyLimitBytes) == [1000, 5000, 1000, 0])
        #expect(host.routes.map(\.multipartLimitBytes) == [1 << 30, 0, 1 << 30, 0])
    }

    // MARK: Files

    @Test func nothingIsLeftWhenTheRequestEnds() throws {
        let kept = Mutex<Upload?>(nil)
        _ = try post(FormBody().file("f", "x", [1, 2, 3]).whole) { context in
            let upload = try context.params.require("f", as: Upload.self)
            kept.withLock { $0 = upload }
            #expect(try upload.bytes == [1, 2, 3])
            context.text("")
        }
        let upload = try #require(kept.withLock { $0 })
        #expect(throws: MisuseError.self) { try upload.bytes }
        #expect(throws: MisuseError.self) { try upload.move(to: directory.path + "/x") }
    }

    @Test func aClientThatLeavesLeavesNothing() throws {
        let host = FakeHost()
        let parser = parser(UploadLimits())
        try host.load { Zzz.post("/", through: [Pipeline { parser }]) { _ in "never" } }
        let request = FakeRequest("POST", "/", headers: [FormBody.type])
        request.pieces = [FormBody().file("f", "x", [1, 2, 3]).bytes]
        request.bodyEnds = false
        host.send(request)
        request.deliverBody()
        request.clientLeaves()
        #expect(request.status == 0)
        #expect(directory.names().isEmpty)
        #expect(host.log.isEmpty)
    }

    @Test func aFileIsMoved() throws {
        let target = try TestDirectory()
        let elsewhere = "/dev/shm/zzz-upload-\(getpid())"
        defer { unlink(elsewhere) }
        try target.write("there", "old")
        _ = try post(FormBody().file("f", "x", Array("new".utf8)).whole) { context in
            let upload = try context.params.require("f", as: Upload.self)
            try upload.move(to: target.path + "/a")
            try upload.move(to: target.path + "/b", permissions: 0o644)
            try upload.move(to: elsewhere)
            #expect { try upload.move(to: target.path + "/there") } throws: { ($0 as? SystemError)?.code == EEXIST }
            try upload.move(to: target.path + "/there", replacing: true)
            #expect { try upload.move(to: target.path + "/none/x") } throws: { ($0 as? SystemError)?.code == ENOENT }
            #expect { try upload.move(to: elsewhere) } throws: { ($0 as? SystemError)?.code == EEXIST }
            context.text("")
        }
        for path in [target.path + "/a", target.path + "/there", elsewhere] {
            let file = try OpenFile(opened: open(path, O_RDONLY))
            #expect(try file.read(0..<3) == Array("new".utf8), "\(path)")
        }
        #expect(target.names() == ["a", "b", "there"])
        var status = stat()
        stat(elsewhere, &status)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func withoutADirectoryThereAreNoUploads() throws {
        let parser = BodyParser([.multipart], uploadDirectory: directory.path + "/none")
        #expect(try post(FormBody().file("f", "x", [1]).whole, parser: parser).status == 500)
        #expect(try post(FormBody.field("a", "1").whole, parser: parser).status == 200)
    }

    @Test func aTemporaryFileHasAnotherDirectoryToFallBackOn() throws {
        let file = try TemporaryFile.create(in: ["/none", directory.path])
        try file.withDescriptor { descriptor in
            var status = stat()
            #expect(fstat(descriptor, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(status.st_nlink == 0)
        }
        #expect(throws: SystemError.self) { try TemporaryFile.create(in: ["/none"]) }
        // procfs has no unnamed files, and no others either.
        #expect(throws: SystemError.self) { try TemporaryFile.create(in: ["/proc"]) }
    }

    // MARK: With other middleware

    @Test func aFormWithFilesCanStandForAnotherMethod() throws {
        struct Forms: App {
            let directory: String
            var endpoint: Pipeline {
                Pipeline {
                    BodyParser([.form, .multipart], uploadDirectory: directory)
                    MethodOverride()
                }
            }
            func routes() -> [Route] {
                put("/photo") { context in
                    "\(context.method) \(try context.params.require("f", as: Upload.self).size)"
                }
            }
        }
        let host = FakeHost()
        try host.load(Forms(directory: directory.path))
        let request = FakeRequest("POST", "/photo", headers: [FormBody.type])
        request.body = FormBody.field("_method", "put").file("f", "x", [1, 2]).whole
        host.send(request)
        #expect(request.deliverWholeBody().text == "PUT 2")
    }
}
