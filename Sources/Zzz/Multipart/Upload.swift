/// A file that came with a form. It is kept in a temporary file until the request ends, when it is gone: ``move(to:)``
/// keeps it.
///
/// ```swift
/// post("/photos", through: [Pipeline { BodyParser([.multipart]) }]) { context in
///     let photo = try context.params.require("photo", as: Upload.self)
///     guard photo.size < 1_000_000 else { throw Abort(.contentTooLarge) }
///     try photo.move(to: "/srv/photos/\(Identifier.new()).jpg")
/// }
/// ```
/// Its name, its type and its content are what the client says: check what matters.
public final class Upload: Sendable, CustomStringConvertible {
    /// The form's field: "user[avatar]".
    public let field: String
    /// The name that the file had, made harmless: without directories, control characters and a dot at its beginning,
    /// at most 255 bytes, never empty.
    public let fileName: String
    /// "image/png"; "application/octet-stream" when the client does not say.
    public let contentType: String
    /// In bytes.
    public let size: Int
    private let file: TemporaryFile

    init(field: String, fileName: String, contentType: String, size: Int, file: TemporaryFile) {
        self.field = field
        self.fileName = fileName
        self.contentType = contentType
        self.size = size
        self.file = file
    }

    /// "cat.png (image/png, 1234 bytes)"
    public var description: String { "\(fileName) (\(contentType), \(size) bytes)" }

    /// The content, read into memory.
    public var bytes: [UInt8] {
        get throws { try file.withDescriptor { try readFile($0, 0..<Int64(size)) } }
    }

    /// Calls `work` with an open descriptor of the file, which is valid for the call.
    public func withDescriptor<Result>(_ work: (Int32) throws -> Result) throws -> Result {
        try file.withDescriptor(work)
    }

    /// The request is over.
    func discard() { file.close() }
}
