import ZzzAppABI

extension Context {
    /// Answers with a file, or a part of it, sent by the kernel. Without a content type it follows from the path's
    /// extension.
    ///
    /// Throws ``Abort`` with 404 when there is no such file. The path is taken as it is: join a user's text to a
    /// directory only after checking it.
    @discardableResult
    public func sendFile(
        _ path: String, contentType: String? = nil, offsetBytes: UInt64 = 0, lengthBytes: Int64? = nil
    ) throws -> Answered {
        guard phase == .open, let request else { throw MisuseError("a file after the answer") }
        if isTouched, hooks.isAwaited {
            hold {
                try $0.sendFile(path, contentType: contentType, offsetBytes: offsetBytes, lengthBytes: lengthBytes)
            }
            return Answered()
        }
        var file = zzz_file()
        file.size = UInt32(MemoryLayout<zzz_file>.size)
        file.descriptor = -1
        file.offset_bytes = offsetBytes
        file.length_bytes = lengthBytes ?? -1
        let type = contentType ?? mediaType(ofPath: path)
        do {
            try path.withBytes { path in
                file.path = path
                try type.withBytes { type in try send(&file, request, type) }
            }
        } catch let error as HostError where error.code == HostStatus.notFound {
            throw Abort(.notFound)
        }
        return Answered()
    }

    private func send(_ file: inout zzz_file, _ request: OpaquePointer, _ type: zzz_bytes) throws {
        try withUnsafePointer(to: &file) { file in
            try withResponse(.empty, type) { response in
                _ = try hostCall("send_file") { http.pointee.send_file(request, response, file, $0) }
            }
        }
        phase = .answered
    }
}

/// The media type that a file's extension stands for.
func mediaType(ofPath path: String) -> String {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "application/octet-stream" }
    return switch String(name[name.index(after: dot)...])?.lowercased() ?? "" {
    case "html", "htm": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js", "mjs": "text/javascript; charset=utf-8"
    case "json", "map": "application/json"
    case "txt", "md": "text/plain; charset=utf-8"
    case "csv": "text/csv; charset=utf-8"
    case "xml": "application/xml"
    case "svg": "image/svg+xml"
    case "png": "image/png"
    case "jpg", "jpeg": "image/jpeg"
    case "gif": "image/gif"
    case "webp": "image/webp"
    case "avif": "image/avif"
    case "ico": "image/vnd.microsoft.icon"
    case "woff": "font/woff"
    case "woff2": "font/woff2"
    case "pdf": "application/pdf"
    case "wasm": "application/wasm"
    case "mp4": "video/mp4"
    case "webm": "video/webm"
    case "mp3": "audio/mpeg"
    case "zip": "application/zip"
    default: "application/octet-stream"
    }
}
