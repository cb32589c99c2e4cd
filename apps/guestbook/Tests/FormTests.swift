import Glibc
import Testing
import Zzz
import ZzzTesting

@testable import guestbook

/// Writing an entry.
@Suite struct FormTests {
    @Test(arguments: TestClient.Transport.allCases)
    func anEntryIsWrittenAndThanked(_ transport: TestClient.Transport) async throws {
        let client = try guestbook(over: transport)
        try await client.write("  Ada ", "First line\r\n\r\nsecond line\n")
        try await client.get("/").expectStatus(200).expectBody(contains: "Thank you, Ada.")
            .expectBody(contains: "<p class=\"message\">First line\n\nsecond line</p>")
            .expectBody(contains: "One entry")
        // The message is said once.
        try await client.get("/").expectStatus(200).expectBody(lacks: "Thank you")
    }

    @Test func whatIsWrongIsSaidAndWhatWasTypedIsKept() async throws {
        let client = try guestbook()
        let page = try await client.get("/entries/new").expectStatus(200)
        let again = try await client.post("/entries").multipart(["name": " ", "message": "I was \"here\""], of: page)
            .expectStatus(422).expectBody(contains: "Please tell us your name.").expectBody(lacks: "write something")
        #expect(again.inputs["message"] == "I was \"here\"")
        #expect(again.inputs["name"] == " ")
        try await client.get("/").expectStatus(200).expectBody(contains: "No entries yet")
        // The page that came back is good for the next try.
        try await client.post("/entries").multipart(["name": "Ada"], of: again).expectRedirect(to: "/")
    }

    @Test(arguments: [
        ("name", 59, 302), ("name", 60, 302), ("name", 61, 422),
        ("message", 1_999, 302), ("message", 2_000, 302), ("message", 2_001, 422),
    ])
    func textsHaveLimits(_ field: String, _ length: Int, _ status: Int) async throws {
        let client = try guestbook()
        let page = try await client.get("/entries/new").expectStatus(200)
        // Characters, not bytes.
        let text = String(repeating: "ü", count: length)
        let response = try await client.post("/entries")
            .multipart(["name": field == "name" ? text : "Ada", "message": field == "message" ? text : "Hi"], of: page)
            .send()
        response.expectStatus(status == 302 ? .seeOther : .unprocessableContent)
        if status == 422 { response.expectBody(contains: "That is \(length) characters") }
    }

    @Test(arguments: [("A\u{1}", "Hi"), ("A\nB", "Hi"), ("Ada", "bell \u{7}")])
    func charactersThatCannotBeShown(_ name: String, _ message: String) async throws {
        let client = try guestbook()
        let page = try await client.get("/entries/new").expectStatus(200)
        try await client.post("/entries").multipart(["name": name, "message": message], of: page).expectStatus(422)
    }

    @Test func aFormFromElsewhereIsRefused() async throws {
        let client = try guestbook()
        try await client.post("/entries").multipart(["name": "Eve", "message": "Hi"]).expectStatus(403)
        let page = try await client.visitor().get("/entries/new").expectStatus(200)
        try await client.post("/entries").multipart(["name": "Eve", "message": "Hi"], of: page).expectStatus(403)
        let own = try await client.get("/entries/new").expectStatus(200)
        try await client.post("/entries").header("Origin", "https://evil.example")
            .multipart(["name": "Eve", "message": "Hi"], of: own).expectStatus(403)
        try await client.get("/").expectStatus(200).expectBody(contains: "No entries yet")
    }

    @Test func nobodyWritesThatFast() async throws {
        let client = try guestbook()
        let page = try await client.get("/entries/new").expectStatus(200)
        let entry = client.post("/entries").multipart(["name": "Bot", "message": "Buy"], of: page)
        let count = try await requests(until: .tooManyRequests, atMost: 100) { try await entry.send() }
        #expect((20..<100).contains(count))
        client.advance(by: .seconds(60))
        try await entry.expectRedirect(to: "/")
    }

    // MARK: Pictures

    /// Names of the files in the directory of pictures.
    private func kept(_ client: TestClient) -> [String] {
        guard let directory = opendir(client.stateDirectory + "/pictures") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aPictureIsKeptAndServed(_ transport: TestClient.Transport) async throws {
        let client = try guestbook(over: transport)
        try await client.write("Ada", "With a picture", files: [picture(dot, name: "../../etc/passwd.html")])
        let name = try #require(try client.book.entry(1)?.picture)
        #expect(kept(client) == [name])
        try await client.get("/").expectStatus(200).expectBody(contains: "<img src=\"/pictures/\(name)\"")
        try await client.get("/pictures/\(name)").expectStatus(200).expectContentType("image/png").expectBody(dot)
            .expectHeader("cache-control", contains: "immutable").expectHeader("x-content-type-options", "nosniff")
        try await client.signIn()
        let page = try await client.get("/").expectStatus(200)
        try await client.post("/entries/1").form(["_method": "delete"], of: page).expectRedirect(to: "/")
        #expect(kept(client).isEmpty)
        try await client.get("/pictures/\(name)").expectStatus(404)
    }

    @Test func aPictureMustBeChosenOnceMore() async throws {
        let client = try guestbook()
        let page = try await client.get("/entries/new").expectStatus(200)
        try await client.post("/entries").multipart(["name": "Ada"], files: [picture(dot)], of: page)
            .expectStatus(422).expectBody(contains: "Please choose it once more.")
        #expect(kept(client).isEmpty)
    }

    @Test func whatIsNoPictureIsRefused() async throws {
        let client = try guestbook()
        let page = try await client.get("/entries/new").expectStatus(200)
        for bytes in [Array("<html><script>".utf8), [0x89, 0x50, 0x4E, 0x47], []] as [[UInt8]] {
            try await client.post("/entries")
                .multipart(["name": "Eve", "message": "Hi"], files: [picture(bytes)], of: page).expectStatus(422)
                .expectBody(contains: "That is no PNG, JPEG, GIF or WebP.").expectBody(contains: "value=\"Eve\"")
        }
        #expect(kept(client).isEmpty)
    }

    @Test(arguments: [(-1, 303), (0, 303), (1, 422)])
    func aPictureHasALimit(_ more: Int, _ status: Int) async throws {
        let client = try guestbook()
        let page = try await client.get("/entries/new").expectStatus(200)
        let bytes = dot + [UInt8](repeating: 0, count: PictureType.fileBytes - dot.count + more)
        let response = try await client.post("/entries")
            .multipart(["name": "Ada", "message": "Hi"], files: [picture(bytes)], of: page).send()
        response.expectStatus(status == 303 ? .seeOther : .unprocessableContent)
        #expect(kept(client).count == (status == 303 ? 1 : 0))
    }

    @Test func aFileThatIsFarTooLargeIsCutOff() async throws {
        let client = try guestbook()
        let page = try await client.get("/entries/new").expectStatus(200)
        let file = picture(dot + [UInt8](repeating: 0, count: 32 << 20))
        try await client.post("/entries").multipart(["name": "Eve", "message": "Hi"], files: [file], of: page)
            .expectStatus(413)
        #expect(kept(client).isEmpty)
    }

    @Test(arguments: [
        "x.png", "00000000000000000000000000000000.png", "00000000000000000000000000000000.html", "..%2fentries.json",
        "%2e%2e", "0000000000000000000000000000000%00.png", ".png", "ABCDEFABCDEFABCDEFABCDEFABCDEFAB.png",
    ])
    func noOtherFileIsAPicture(_ name: String) async throws {
        let client = try guestbook()
        let response = try await client.get("/pictures/\(name)").send()
        #expect([400, 404].contains(response.status.rawValue), "\(response.status)")
    }
}
