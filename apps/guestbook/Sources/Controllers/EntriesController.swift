import Glibc
import Zzz

/// The pages of the guestbook.
struct EntriesController: ResourceController {
    let book: EntryBook
    let pictures: PictureShelf

    static let pageSize = 10

    func index(_ context: Context) throws {
        let page = try book.page(context.query["page", as: Int.self] ?? 1, of: Self.pageSize)
        guard page.exists else { throw Abort(.notFound) }
        try context.page(Templates.entries.index(page: page, mayRemove: context.keeperName != nil))
    }

    func new(_ context: Context) throws { try form(EntryForm(), context) }

    private func form(_ draft: EntryForm, _ context: Context) throws {
        try context.page(Templates.entries.new(draft: draft))
    }

    func show(_ context: Context) throws {
        guard let entry = try book.entry(context.params.require("id")) else { throw Abort(.notFound) }
        try context.page(Templates.entries.show(entry: entry, mayRemove: context.keeperName != nil))
    }

    func create(_ context: Context) async throws {
        var form = EntryForm(name: context.params["name"] ?? "", message: context.params["message"] ?? "")
        let upload = context.params["picture", as: Upload.self]
        let type = try upload.flatMap { try $0.pictureType }
        if let upload, upload.size > PictureType.fileBytes {
            form.refuse("picture", "That picture is too large: 2 MB fit here.")
        } else if upload != nil, type == nil {
            form.refuse("picture", "That is no PNG, JPEG, GIF or WebP.")
        }
        guard form.isValid else {
            // A browser does not send a chosen file twice.
            if upload != nil, form.errors["picture"] == nil { form.refuse("picture", "Please choose it once more.") }
            context.status = .unprocessableContent
            return try self.form(form, context)
        }
        let entry = try await context.blocking { [book, pictures, form] in
            let picture = try upload.flatMap { upload in try type.map { try pictures.keep(upload, $0) } }
            let (entry, gone) = try book.add(
                name: form.trimmedName, message: form.trimmedMessage, picture: picture, at: time(nil))
            pictures.remove(gone)
            return entry
        }
        context.flash.info = "Thank you, \(entry.name). Your entry is in the book."
        try context.redirect(to: context.link("/"), status: .seeOther)
    }

    /// Behind ``requireKeeper(_:)``.
    func delete(_ context: Context) async throws {
        let id: Int = try context.params.require("id")
        let gone = try await context.blocking { [book, pictures] in
            let gone = try book.remove(id)
            pictures.remove(gone.map { [$0] } ?? [])
            return gone
        }
        guard let gone else { throw Abort(.notFound) }
        context.flash.info = "The entry of \(gone.name) is gone."
        try context.redirect(to: context.link("/"), status: .seeOther)
    }

    /// A picture's name changes with the picture, so that browsers may keep it.
    func picture(_ context: Context) throws {
        guard let path = pictures.path(try context.params.require("name")) else { throw Abort(.notFound) }
        context.setHeader("Cache-Control", "public, max-age=31536000, immutable")
        try context.sendFile(path)
    }
}
