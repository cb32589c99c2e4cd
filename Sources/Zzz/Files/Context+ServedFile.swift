import ZzzAppABI

extension Context {
    /// Answers with a representation, a part of it, or the news that the client has it already.
    func send(_ file: ServedFile) throws {
        try expectUnanswered()
        if isTouched, hooks.isAwaited { return hold { try $0.send(file) } }
        // With another status it is an error page, say, and none of the conditions is about that.
        guard chosenStatus == .ok, method == .get || method == .head else { return try sendWhole(file) }
        let conditions = Preconditions(
            UnsafeBufferPointer(start: head.pointee.headers, count: Int(head.pointee.header_count)))
        switch conditions.evaluate(validators(of: file), isHead: method == .head) {
        case .whole:
            try sendWhole(file)
        case .notModified:
            fields.merge(file.fields)
            isTouched = true
            status = .notModified
            send(.empty, type: .empty)
        case .failed:
            throw Abort(.preconditionFailed, "The file has changed.")
        case .part(let range):
            try sendPart(range, of: file)
        }
    }

    func expectUnanswered() throws {
        guard phase == .open, request != nil else { throw MisuseError("a file after the answer") }
    }

    /// What a handler has set counts more than what the file says.
    private func validators(of file: ServedFile) -> Preconditions.Validators {
        var validators = Preconditions.Validators(tag: file.tag, modifiedSeconds: file.modifiedSeconds)
        if isTouched, let tag = fields.values("ETag").first { validators.tag = EntityTag(tag[...]) }
        return validators
    }

    private func sendWhole(_ file: ServedFile) throws { try send(0..<file.size, of: file) }

    private func sendPart(_ field: String, of file: ServedFile) throws {
        let ranges: [Range<Int64>]
        do {
            ranges = try ByteRanges(field, size: file.size).ranges
        } catch .ignored {
            return try sendWhole(file)
        } catch .unsatisfiable {
            throw Abort(
                .rangeNotSatisfiable, "The file has \(file.size) bytes.",
                headers: [("Content-Range", "bytes */\(file.size)"), ("Accept-Ranges", "bytes")])
        }
        guard ranges.count == 1 else { return try sendParts(ranges, of: file) }
        status = .partialContent
        setHeader("Content-Range", file.contentRange(ranges[0]))
        try send(ranges[0], of: file)
    }

    /// Several parts, put together in memory; a file with more to them than that is sent whole.
    private func sendParts(_ ranges: [Range<Int64>], of file: ServedFile) throws {
        guard let body = try MultipartRanges(ranges, of: file) else { return try sendWhole(file) }
        status = .partialContent
        try body.bytes.withUnsafeBytes { bytes in
            try body.contentType.withBytes { try respond(zzz_bytes(bytes), $0, file.wholeFields) }
        }
    }

    private func send(_ range: Range<Int64>, of file: ServedFile) throws {
        switch file.content {
        case .memory(let bytes):
            try bytes.withUnsafeBytes { bytes in
                let part = UnsafeRawBufferPointer(rebasing: bytes[Int(range.lowerBound)..<Int(range.upperBound)])
                try file.contentType.withBytes { try respond(zzz_bytes(part), $0, file.wholeFields) }
            }
        case .file(let open, let start):
            guard let request else { return }
            var part = zzz_file()
            part.size = UInt32(MemoryLayout<zzz_file>.size)
            part.descriptor = open.descriptor
            part.offset_bytes = UInt64(start + range.lowerBound)
            part.length_bytes = range.upperBound - range.lowerBound
            try file.contentType.withBytes { type in
                try withResponse(.empty, type, file.wholeFields, .file) { response in
                    _ = try hostCall("send_file") { http.pointee.send_file(request, response, &part, $0) }
                }
            }
            phase = .answered
        }
    }

    private func respond(_ body: zzz_bytes, _ type: zzz_bytes, _ fields: FieldList) throws {
        guard let request else { return }
        try withResponse(body, type, fields) { response in
            _ = try hostCall("respond") { http.pointee.respond(request, response, $0) }
        }
        phase = .answered
    }
}
