/// Media types by file name extension (IANA media types registry), for files that are served as they are.
///
/// Text types say charset=utf-8, so that a browser does not guess (RFC 9110 section 8.3.2). JSON types do not: they
/// have no such parameter (RFC 8259 section 11).
public enum MediaType {
    /// What to send for a file that nothing is known about.
    public static let octetStream: StaticString = "application/octet-stream"

    /// The media type for an extension without its dot, in any case; nil when it is not in the table.
    public static func forExtension(_ fileExtension: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard fileExtension.count > 0, fileExtension.count <= 16 else { return nil }
        return MediaTypeTable.find(fileExtension)
    }

    /// The same for text.
    public static func forExtension(_ fileExtension: some StringProtocol) -> String? {
        var copy = Array(fileExtension.utf8)
        return copy.withUnsafeMutableBytes { bytes in
            forExtension(UnsafeRawBufferPointer(bytes)).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The media type for the last extension in a path or file name; nil when there is none or it is not in the
    /// table. A name that only starts with a dot, as ".profile", has no extension.
    public static func forPath(_ path: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var offset = path.count
        while offset > 0, path[offset - 1] != 0x2E, path[offset - 1] != 0x2F { offset -= 1 }
        guard offset > 1, path[offset - 1] == 0x2E, path[offset - 2] != 0x2F else { return nil }
        return forExtension(UnsafeRawBufferPointer(rebasing: path[offset...]))
    }
}
