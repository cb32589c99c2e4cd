import Testing
import Zzz
import ZzzTesting

@testable import guestbook

/// The assets as they are in the source.
private let assets = String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()) + "/Sources/Assets"

/// The keeper of the tests, whose password takes next to no time to verify.
let keeperName = "ada"
let keeperPassword = "correct horse"
private let passwordHash = "$scrypt$ln=4,r=1,p=1$uUwQ0JGVRP8hZ5tNQTieDA$OqomTblWdQnei3hEAMAcgW4Gy2yb+elYd6fzrEBaVTs"

/// A visitor of an empty guestbook.
/// - Parameter hasKeeper: whether it has a keeper of its own; otherwise it is the demonstration's.
func guestbook(
    over transport: TestClient.Transport = .inProcess, hasKeeper: Bool = true,
    settings: (inout TestClient.Settings) -> Void = { _ in }
) throws -> TestClient {
    var configuration: JSONValue = ["assets": .string(assets), "secret_key_base": "random"]
    if hasKeeper {
        configuration["keeper"] = ["name": .string(keeperName), "password_hash": .string(passwordHash)]
    }
    return try TestClient(over: transport, configuration: configuration, settings: settings) { try Guestbook($0) }
}

extension TestClient {
    /// Writes an entry, as a browser does that opens the form first.
    @discardableResult
    func write(
        _ name: String, _ message: String, files: [TestFile] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestResponse {
        let page = try await get("/entries/new").expectStatus(200, sourceLocation: sourceLocation)
        return try await post("/entries").multipart(["name": name, "message": message], files: files, of: page)
            .expectRedirect(to: "/", sourceLocation: sourceLocation)
    }

    /// Signs in as the keeper.
    func signIn(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let page = try await get("/sign-in").expectStatus(200, sourceLocation: sourceLocation)
        try await post("/sign-in").form(["name": keeperName, "password": keeperPassword], of: page)
            .expectRedirect(to: "/", sourceLocation: sourceLocation)
    }

    /// A token of the API for the keeper.
    func token(sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        try await post("/api/token").json(["name": keeperName, "password": keeperPassword])
            .expectStatus(200, sourceLocation: sourceLocation).decode(at: "$.token")
    }

    /// The entries that the app serves, without going through its forms.
    var book: EntryBook { EntryBook(directory: stateDirectory) }

    func fill(_ count: Int) throws {
        for number in 1...count {
            _ = try book.add(name: "Visitor \(number)", message: "Message \(number)", picture: nil, at: number)
        }
    }
}

/// The smallest PNG there is: one transparent dot.
let dot: [UInt8] = [
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6,
    0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 13, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0D,
    0x0A, 0x2D, 0xB4, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
]

func picture(_ bytes: [UInt8], name: String = "me.png", type: String = "image/png") -> TestFile {
    TestFile("picture", name: name, contentType: type, bytes)
}

/// Sends until a status comes.
/// - Returns: how many had another one.
func requests(until status: Status, atMost limit: Int, _ send: () async throws -> TestResponse) async throws -> Int {
    for count in 0..<limit {
        if try await send().status == status { return count }
    }
    return limit
}
