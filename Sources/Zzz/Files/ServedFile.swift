/// A file, or a part of one, as the representation that it is answered with: the bytes, and the fields about them.
final class ServedFile: Sendable {
    enum Content: Sendable {
        /// `start` is where the representation begins in the file.
        case file(OpenFile, start: Int64)
        case memory([UInt8])
    }

    let content: Content
    /// In bytes.
    let size: Int64
    let contentType: String
    let tag: EntityTag
    /// Seconds since 1970.
    let modifiedSeconds: Int64
    /// The fields that a 304 has too (RFC 9110 section 15.4.5).
    let fields: FieldList
    /// All of the fields of a 200.
    let wholeFields: FieldList

    /// - Parameters:
    ///   - size: in bytes; nil: the whole file.
    ///   - tag: nil: one for the metadata.
    ///   - shared: fields that a 304 has too.
    ///   - coding: the content coding, when it has one.
    init(
        _ content: Content, _ metadata: FileMetadata, size: Int64? = nil, contentType: String,
        tag: EntityTag? = nil, shared: [(name: String, value: String)] = [], coding: String? = nil
    ) {
        self.content = content
        self.size = size ?? metadata.size
        self.contentType = contentType
        let start: Int64 = if case .file(_, let start) = content { start } else { 0 }
        let tag = tag ?? EntityTag(metadata, start: start, size: self.size)
        self.tag = tag
        modifiedSeconds = metadata.modifiedSeconds
        var fields = FieldList()
        fields.append("ETag", tag.text)
        fields.append("Last-Modified", HTTPDate.text(atSeconds: modifiedSeconds))
        for (name, value) in shared { fields.append(name, value) }
        self.fields = fields
        if let coding { fields.append("Content-Encoding", coding) }
        fields.append("Accept-Ranges", "bytes")
        wholeFields = fields
    }
}

extension EntityTag {
    /// A tag for a part of a file as it is now. It is weak for a file that may still change without another time of
    /// modification (RFC 9110 section 8.8.1).
    init(_ metadata: FileMetadata, start: Int64, size: Int64) {
        var text =
            "\""
            + [metadata.inode, UInt64(bitPattern: metadata.modified), UInt64(size)]
            .map { String($0, radix: 36) }.joined(separator: "-")
        if start > 0 { text += "-" + String(start, radix: 36) }
        self.init(opaque: text + "\"", isWeak: metadata.isYoung)
    }
}
