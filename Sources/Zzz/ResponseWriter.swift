import ZzzAppABI

/// Writes the body of a streamed response. Each write waits while the client is slower than the app.
public struct ResponseWriter {
    let context: Context

    /// Writes text. Throws a ``HostError`` with ``HostError/isGone`` or CancellationError when the client has left.
    public func write(_ text: String) async throws {
        if try text.withBytes({ try put($0) }) { try await wait() }
    }

    /// Writes bytes.
    public func write(_ bytes: [UInt8]) async throws {
        if try bytes.withUnsafeBytes({ try put(zzz_bytes($0)) }) { try await wait() }
    }

    /// Sets a trailer field, sent after the last piece of a chunked response (RFC 9110 section 6.5).
    public func setTrailer(_ name: String, _ value: String) {
        context.isTouched = true
        context.fields.append(name, value)
    }

    /// Gives a piece to the host, and tells whether to wait before the next.
    func put(_ piece: zzz_bytes) throws -> Bool {
        guard context.phase == .streaming else { throw MisuseError("a write to a stream that has ended") }
        guard piece.count > 0 else { return false }
        return try context.writePiece(piece) == HostStatus.wait
    }

    func wait() async throws {
        guard let task = context.task else { throw MisuseError("a stream needs an async handler") }
        try await task.waitUntilWritable()
    }
}

extension Context {
    /// Answers with a body that is written piece by piece.
    ///
    /// ```swift
    /// get("/numbers") { context in
    ///     try await context.stream(contentType: "text/plain") { writer in
    ///         for number in 1...1000 { try await writer.write("\(number)\n") }
    ///     }
    /// }
    /// ```
    /// Without a length the host chunks the body (RFC 9112 section 7.1), or closes the connection at its end for
    /// HTTP/1.0. When `body` throws, the connection is cut, so that the client can tell that the response is not
    /// whole.
    @discardableResult
    public func stream(
        contentType: String = "application/octet-stream", lengthBytes: Int64? = nil,
        _ body: (ResponseWriter) async throws -> Void
    ) async throws -> Answered {
        guard phase == .open else { throw MisuseError("a stream after the answer") }
        guard task != nil else { throw MisuseError("a stream needs an async handler") }
        try await awaitHooks()
        try contentType.withBytes { try beginStream($0, lengthBytes: lengthBytes) }
        try await body(ResponseWriter(context: self))
        try finishStream()
        return Answered()
    }

    /// - Parameter piece: goes out with the head.
    func beginStream(_ contentType: zzz_bytes, lengthBytes: Int64? = nil, with piece: zzz_bytes = .empty) throws {
        guard let request else { return }
        try withResponse(piece, contentType, .stream(lengthBytes: lengthBytes)) { response in
            // How long it is when it is compressed turns out at its end.
            let length = streamCompressor == nil ? lengthBytes ?? -1 : -1
            _ = try hostCall("begin") { http.pointee.begin(request, response, length, $0) }
        }
        phase = .streaming
        fields.removeAll()
    }

    /// Gives a piece of the streamed response to the host.
    func writePiece(_ piece: zzz_bytes, isLast: Bool = false) throws -> zzz_status {
        guard let request else { return HostStatus.gone }
        if let streamCompressor { return try streamCompressor.write(piece, isLast: isLast, to: request, http) }
        return try hostCall("write") { http.pointee.write(request, piece, $0) }
    }

    /// The end of the streamed response. The fields that were set since its beginning are its trailers.
    func finishStream() throws {
        if streamCompressor != nil { _ = try writePiece(.empty, isLast: true) }
        guard let request else { return }
        try fields.withHeaders { trailers in
            _ = try hostCall("finish") {
                http.pointee.finish(request, trailers.baseAddress, UInt32(trailers.count), $0)
            }
        }
        phase = .answered
    }
}
