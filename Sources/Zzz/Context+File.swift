import Glibc
import ZzzHTTP

extension Context {
    /// Answers with a file, sent by the kernel. Conditional requests (RFC 9110 section 13) and ranges (section 14) are
    /// taken care of: ETag and Last-Modified follow from the file unless they were set before. Without a content type
    /// it follows from the path's extension.
    ///
    /// Throws ``Abort`` with 404 when there is no such file. The path is taken as it is: join a user's text to a
    /// directory only after checking it, or serve the directory with ``Static``.
    ///
    /// - Parameters:
    ///   - offsetBytes: where what is sent begins in the file.
    ///   - lengthBytes: how much of the file is sent; nil: up to its end.
    @discardableResult
    public func sendFile(
        _ path: String, contentType: String? = nil, offsetBytes: UInt64 = 0, lengthBytes: Int64? = nil
    ) throws -> Answered {
        try expectUnanswered()
        // O_NONBLOCK: a FIFO in the place of a file must not hold the loop.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            guard errno != ENOENT, errno != ENOTDIR else { throw Abort(.notFound) }
            throw SystemError("open", path)
        }
        try send(OpenFile(opened: descriptor), contentType ?? mediaType(ofPath: path), offsetBytes, lengthBytes)
        return Answered()
    }

    /// Answers with an open file, which stays the caller's. Its name, if any, is only looked at for its extension.
    @discardableResult
    public func sendFile(
        descriptor: Int32, name: String = "", contentType: String? = nil, offsetBytes: UInt64 = 0,
        lengthBytes: Int64? = nil
    ) throws -> Answered {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemError("fcntl", "descriptor \(descriptor)") }
        try send(OpenFile(opened: copy), contentType ?? mediaType(ofPath: name), offsetBytes, lengthBytes)
        return Answered()
    }

    /// Answers with a file for the client to keep under a name: Content-Disposition says so (RFC 6266), in a way that
    /// every client reads a name in any script.
    ///
    /// - Parameters:
    ///   - fileName: the name; nil: that of the file.
    ///   - isInline: whether the client shows the file, and uses the name only when it is asked to keep it.
    @discardableResult
    public func sendDownload(
        _ path: String, as fileName: String? = nil, contentType: String? = nil, isInline: Bool = false
    ) throws -> Answered {
        let fileName = fileName ?? path.split(separator: "/").last.map(String.init) ?? path
        try expectUnanswered()
        setDisposition(fileName, isInline: isInline)
        return try sendFile(path, contentType: contentType ?? mediaType(ofPath: fileName))
    }

    /// The same with bytes.
    @discardableResult
    public func sendDownload(
        _ bytes: [UInt8], as fileName: String, contentType: String? = nil, isInline: Bool = false
    ) throws -> Answered {
        try expectUnanswered()
        setDisposition(fileName, isInline: isInline)
        return send(bytes, contentType: contentType ?? mediaType(ofPath: fileName))
    }

    private func setDisposition(_ fileName: String, isInline: Bool) {
        let type = isInline ? "inline" : "attachment"
        setHeader("Content-Disposition", ContentDisposition.value(type, fileName: fileName))
    }

    private func send(_ file: OpenFile, _ type: String, _ offset: UInt64, _ length: Int64?) throws {
        let size = file.metadata.size
        guard offset <= UInt64(size), length.map({ $0 >= 0 && $0 <= size - Int64(offset) }) ?? true else {
            throw MisuseError("bytes \(offset) and \(length ?? 0) more are not in a file of \(size) bytes")
        }
        try send(
            ServedFile(
                .file(file, start: Int64(offset)), file.metadata, size: length ?? size - Int64(offset),
                contentType: type))
    }
}

/// The media type that a file's extension stands for.
func mediaType(ofPath path: String) -> String {
    var path = path
    return path.withUTF8 { path in
        ZzzHTTP.MediaType.forPath(UnsafeRawBufferPointer(path)).map { String(decoding: $0, as: UTF8.self) }
    } ?? "application/octet-stream"
}
