import Glibc
import Zzz

/// The guestbook for programs. Errors are problem details (RFC 9457).
struct APIController: Sendable {
    let book: EntryBook
    let pictures: PictureShelf
    let keeper: Keeper
    let tokens: TokenDesk

    /// The most entries of one page.
    static let largestPage = 100

    /// An entry as programs see it.
    struct EntryJSON: Encodable {
        var id: Int
        var name: String
        var message: String
        var picture: String?
        var writtenAt: String

        private enum CodingKeys: String, CodingKey {
            case id, name, message, picture
            case writtenAt = "written_at"
        }

        init(_ entry: Entry, _ context: Context) {
            id = entry.id
            name = entry.name
            message = entry.message
            picture = entry.picture.map { context.link("/pictures/\($0)") }
            writtenAt = WrittenTime(entry.writtenAt).text
        }
    }

    private struct Listing: Encodable {
        var entries: [EntryJSON]
        var page: Int
        var pages: Int
        var total: Int
    }

    func index(_ context: Context) throws {
        let size = context.query["per_page", as: Int.self] ?? EntriesController.pageSize
        let number = context.query["page", as: Int.self] ?? 1
        guard (1...Self.largestPage).contains(size), number >= 1 else {
            throw Abort(.badRequest, "page is 1 or more, and per_page from 1 to \(Self.largestPage).")
        }
        let page = try book.page(number, of: size)
        let links = [(page.next, "next"), (page.previous, "prev")].compactMap { number, relation in
            number.map { "<\(context.link("/api/entries"))?page=\($0)&per_page=\(size)>; rel=\"\(relation)\"" }
        }
        if !links.isEmpty { context.setHeader("Link", links.joined(separator: ", ")) }
        try context.json(
            Listing(
                entries: page.items.map { EntryJSON($0, context) }, page: number, pages: page.count, total: page.total))
    }

    func show(_ context: Context) throws {
        guard let entry = try book.entry(context.params.require("id")) else { throw Abort(.notFound) }
        try context.json(EntryJSON(entry, context))
    }

    private struct Credentials: Decodable {
        var name: String
        var password: String
    }

    private struct Token: Encodable {
        var token: String
        var expiresIn: Int

        private enum CodingKeys: String, CodingKey {
            case token
            case expiresIn = "expires_in"
        }
    }

    func token(_ context: Context) async throws {
        let given = try context.json(as: Credentials.self)
        guard try await keeper.accepts(name: given.name, password: given.password, context) else {
            throw Abort(.unauthorized, "Name or password are wrong.")
        }
        context.setHeader("Cache-Control", "no-store")
        try context.json(Token(token: tokens.token(for: keeper.name), expiresIn: TokenDesk.lifetimeSeconds))
    }

    private struct Draft: Decodable {
        var name: String
        var message: String
    }

    func create(_ context: Context) async throws {
        let draft = try context.json(as: Draft.self)
        let form = EntryForm(name: draft.name, message: draft.message)
        guard form.isValid else {
            let errors = form.errors.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
            throw Abort(
                .unprocessableContent, "The entry cannot be written.", details: [("errors", .object(.init(errors)))])
        }
        let entry = try await context.blocking { [book, pictures] in
            let (entry, gone) = try book.add(
                name: form.trimmedName, message: form.trimmedMessage, picture: nil, at: time(nil))
            pictures.remove(gone)
            return entry
        }
        context.status = .created
        context.setHeader("Location", context.link("/api/entries/\(entry.id)"))
        try context.json(EntryJSON(entry, context))
    }

    func delete(_ context: Context) async throws {
        let id: Int = try context.params.require("id")
        let gone = try await context.blocking { [book, pictures] in
            let gone = try book.remove(id)
            pictures.remove(gone.map { [$0] } ?? [])
            return gone
        }
        guard gone != nil else { throw Abort(.notFound) }
        context.noContent()
    }
}

/// Errors are problem details here, also for a program that has not asked for JSON.
@Sendable func answerErrorsInJSON(_ context: Context) {
    context.onError { error, _ in
        let abort = error as? Abort ?? Abort(.internalServerError)
        var response = try Response.json(abort.problem, status: abort.status)
        response.contentType = "application/problem+json"
        return response
    }
}
