import Synchronization
import Testing
import ZzzTesting

@testable import guestbook

/// What the pages are made of.
@Suite struct ModelTests {
    /// A directory that goes with the client.
    private func directory() throws -> TestClient { try guestbook() }

    @Test func aFullBookLosesItsOldestEntries() throws {
        let client = try directory()
        let book = EntryBook(directory: client.stateDirectory, capacity: 3)
        let gone = try (1...5).map { try book.add(name: "\($0)", message: "", picture: nil, at: 0).gone.map(\.name) }
        #expect(gone == [[], [], [], ["1"], ["2"]])
        #expect(try book.page(1, of: 10).items.map(\.id) == [5, 4, 3])
        #expect(try book.entry(2) == nil)
    }

    @Test func aNumberIsNeverGivenAgain() throws {
        let client = try directory()
        #expect(try client.book.add(name: "a", message: "", picture: nil, at: 0).0.id == 1)
        #expect(try client.book.remove(1)?.name == "a")
        #expect(try client.book.remove(1) == nil)
        #expect(try client.book.add(name: "b", message: "", picture: nil, at: 0).0.id == 2)
    }

    @Test func severalGenerationsWriteIntoOneBook() async throws {
        let client = try directory()
        let path = client.stateDirectory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    let book = EntryBook(directory: path)
                    for number in 0..<25 {
                        let entry = try book.add(name: "\(writer) \(number)", message: "", picture: nil, at: 0).0
                        #expect(try book.entry(entry.id) == entry)
                    }
                }
            }
            try await group.waitForAll()
        }
        let page = try client.book.page(1, of: 1000)
        #expect(page.total == 100)
        #expect(Set(page.items.map(\.id)) == Set(1...100))
        #expect(Set(page.items.map(\.name)).count == 100)
        try await client.get("/").expectStatus(200).expectBody(contains: "100 entries")
    }

    @Test func aFileThatIsBrokenIsAnErrorAndNotAnEmptyBook() async throws {
        let client = try directory()
        try Files.replace(client.stateDirectory + "/entries.json", with: Array("{".utf8))
        #expect(throws: (any Error).self) { try client.book.add(name: "", message: "", picture: nil, at: 0) }
        try await client.get("/").expectStatus(500).expectBody(lacks: "column")
    }

    @Test(arguments: [(0, 1, 1, 0), (10, 1, 1, 10), (11, 1, 2, 10), (11, 2, 2, 1), (11, 3, 2, 0), (11, 0, 2, 0)])
    func pages(_ total: Int, _ number: Int, _ count: Int, _ items: Int) {
        let page = Page(Array(0..<total), number: number, size: 10)
        #expect(page.count == count)
        #expect(page.items.count == items)
        #expect(page.exists == (1...count).contains(number))
    }

    @Test(arguments: [
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png), ([0xFF, 0xD8, 0xFF, 0xE0], .jpg),
        (Array("GIF87a".utf8), .gif), (Array("GIF89a...".utf8), .gif), (Array("RIFF1234WEBPVP8 ".utf8), .webp),
        (Array("RIFF1234WAVE".utf8), nil), (Array("GIF88a".utf8), nil), (Array("<svg ".utf8), nil), ([0xFF, 0xD8], nil),
        ([], nil),
    ] as [([UInt8], PictureType?)])
    func pictureTypes(_ bytes: [UInt8], _ expected: PictureType?) {
        #expect(PictureType(of: bytes) == expected)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_826_154, "2000-02-29T12:09:14Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
    ])
    func times(_ seconds: Int, _ text: String) { #expect(WrittenTime(seconds).text == text) }
}
