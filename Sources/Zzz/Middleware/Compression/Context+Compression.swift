import ZzzAppABI

extension Context {
    /// How a body gets to the client.
    enum Carrier {
        case whole
        /// By the kernel: it stays as it is.
        case file
        /// Piece by piece; what there is at the beginning is the first one.
        case stream(lengthBytes: Int64?)
    }

    /// Calls `send` with the body as it is sent, once the fields say how that is.
    func withCompression(
        of body: zzz_bytes, _ type: zzz_bytes, _ carrier: Carrier, _ send: (zzz_bytes) throws -> Void
    ) throws {
        guard let compression else { return try send(body) }
        switch carrier {
        case .file: try send(body)
        case .whole: try sendCompressed(body, type, compression, send)
        case .stream(let length): try beginCompressed(body, type, length, compression, send)
        }
    }

    private func sendCompressed(
        _ body: zzz_bytes, _ type: zzz_bytes, _ compression: Compression,
        _ send: (zzz_bytes) throws -> Void
    ) throws {
        guard let choice = compression.choose(self, type: contentType ?? type.string, byteCount: body.count),
            let workshop = instance.compressors.take(choice.coding)
        else { return try send(body) }
        defer { instance.compressors.giveBack(workshop) }
        guard let compressed = workshop.compress(body.buffer), compressed.count < body.count || choice.isForced
        else { return try send(body) }
        Compression.setFields(choice.coding, self)
        try send(zzz_bytes(compressed))
    }

    private func beginCompressed(
        _ body: zzz_bytes, _ type: zzz_bytes, _ length: Int64?, _ compression: Compression,
        _ send: (zzz_bytes) throws -> Void
    ) throws {
        let choice = compression.choose(self, type: contentType ?? type.string, byteCount: length.map { Int($0) })
        guard let choice, let compressor = StreamCompressor(choice.coding) else { return try send(body) }
        Compression.setFields(choice.coding, self)
        streamCompressor = compressor
        do { try send(.empty) } catch {
            streamCompressor = nil
            throw error
        }
        if body.count > 0 { _ = try writePiece(body) }
    }
}
