import ZzzHTTP

/// The parts of a multipart body one after the other, for handlers that want them as they arrive.
///
/// ```swift
/// post("/backup", streamBody: true) { context in
///     for try await part in context.parts() {
///         guard part.fileName != nil else { continue }
///         for try await piece in part { try archive.append(piece) }
///     }
/// }
/// ```
/// Nothing is kept and nothing is limited, but the body as a whole and each part's header. What a handler does not read
/// of a part is skipped. Throws an ``Abort`` that renders as 400 for a malformed body, and ``BodyError`` for one that
/// does not arrive whole.
public struct MultipartParts: AsyncSequence {
    let reader: MultipartReader

    public func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

    public struct Iterator: AsyncIteratorProtocol {
        let reader: MultipartReader

        public mutating func next() async throws -> MultipartPart? { try await reader.nextPart() }
    }
}

/// One part of a multipart body, and its content in pieces.
public struct MultipartPart: AsyncSequence {
    /// The form's field.
    public let name: String
    /// The name that the client gives to a file, made harmless as in ``Upload/fileName``; nil for a field that is no
    /// file.
    public let fileName: String?
    /// Nil when the client does not say.
    public let contentType: String?
    let reader: MultipartReader
    /// Which one it is: another one may have begun since.
    let number: Int

    public func makeAsyncIterator() -> Iterator { Iterator(reader: reader, number: number) }

    public struct Iterator: AsyncIteratorProtocol {
        let reader: MultipartReader
        let number: Int

        public mutating func next() async throws -> [UInt8]? { try await reader.nextPiece(of: number) }
    }

    /// The whole content. An ``Abort`` that renders as 413 when it is longer.
    public func collect(upToBytes limit: Int) async throws -> [UInt8] {
        var content: [UInt8] = []
        for try await piece in self {
            guard content.count + piece.count <= limit else { throw Abort(.contentTooLarge) }
            content += piece
        }
        return content
    }

    /// The whole content as text. An ``Abort`` that renders as 413 when it is longer, and as 400 when it is not UTF-8.
    public func text(upToBytes limit: Int) async throws -> String {
        guard let text = String(validating: try await collect(upToBytes: limit), as: UTF8.self) else {
            throw Abort(part: "the value of \(name) is not UTF-8")
        }
        return text
    }
}

extension Context {
    /// The parts of the body, which must be `multipart/form-data`: 415 otherwise. To be asked for once, on a route with
    /// `streamBody: true`.
    ///
    /// - Parameter headerBytes: how many bytes the header of a part may have.
    public func parts(headerBytes: Int = 4096) throws -> MultipartParts {
        guard bodyType.essence == "multipart/form-data" else {
            throw Abort(.unsupportedMediaType, headers: [("Accept", "multipart/form-data")])
        }
        let boundary = try MultipartBoundary(contentType: headers["content-type"] ?? "")
        return MultipartParts(reader: MultipartReader(self, boundary, headerBytes: headerBytes))
    }
}
