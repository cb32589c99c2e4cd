/// What must hold for any bytes given to the multipart parser, and for any part's Content-Disposition.
struct MultipartProperties {
    var bytes: [UInt8]
    var limits: MultipartLimits

    struct Part: Equatable {
        var fields: [MultipartHeader.Field]
        var content: [UInt8] = []
        var isComplete = false
    }

    struct Outcome: Equatable {
        var parts: [Part] = []
        var failure: MultipartError?
    }

    func check() {
        let whole = parse(cuts: [])
        precondition(whole == parse(cuts: cuts(of: bytes)), "cutting changes the parts")
        for part in whole.parts {
            precondition(!contains(part.content, Array("\r\n--B".utf8)) && !part.content.starts(with: "--B".utf8))
            for field in part.fields { checkDisposition(field.value) }
        }
        guard whole.failure == nil else { return }
        precondition(whole.parts.allSatisfy(\.isComplete))
        checkRewritten(whole.parts)
    }

    private func parse(cuts: [Int]) -> Outcome {
        guard let boundary = MultipartBoundary("B") else { preconditionFailure("a boundary is refused") }
        var parser = MultipartParser(boundary: boundary, limits: limits)
        var outcome = Outcome()
        var start = 0
        do throws(MultipartError) {
            for end in cuts + [bytes.count] {
                try feed(bytes[start..<end], to: &parser, &outcome)
                start = end
            }
            try parser.finish()
        } catch {
            precondition(error.offset <= UInt64(bytes.count) && (error.status == 400 || error.status == 413))
            outcome.failure = error
        }
        return outcome
    }

    private func feed(
        _ piece: ArraySlice<UInt8>, to parser: inout MultipartParser, _ outcome: inout Outcome
    ) throws(MultipartError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: piece)
        var rest = UnsafeRawBufferPointer(buffer)
        while let event = try parser.next(&rest) {
            let last = outcome.parts.count - 1
            switch event {
            case .part:
                precondition(outcome.parts.last?.isComplete != false, "a part within a part")
                precondition(parser.fields.count <= limits.headerFieldCount)
                outcome.parts.append(Part(fields: parser.fields))
            case .data(let data):
                precondition(!data.isEmpty && !outcome.parts[last].isComplete)
                outcome.parts[last].content += data
            case .partEnd: outcome.parts[last].isComplete = true
            case .end: precondition(outcome.parts.last?.isComplete != false)
            }
        }
        precondition(rest.isEmpty, "something is left over")
    }

    /// The parts, written in the plainest way, are read back.
    private func checkRewritten(_ parts: [Part]) {
        var text: [UInt8] = []
        for part in parts {
            text += "--B\r\n".utf8
            for field in part.fields { text += Array("\(field.name): ".utf8) + field.value + "\r\n".utf8 }
            text += "\r\n".utf8
            text += part.content
            text += "\r\n".utf8
        }
        text += "--B--".utf8
        let again = MultipartProperties(bytes: text, limits: MultipartLimits(headerBytes: 1 << 20)).parse(cuts: [])
        precondition(again == Outcome(parts: parts), "parts change when they are written")
    }

    private func checkDisposition(_ value: [UInt8]) {
        guard let field = ContentDisposition(parsing: value) else { return }
        precondition(!field.type.isEmpty)
        guard let name = field.fileName else { return }
        let written = ContentDisposition.value("attachment", fileName: name)
        precondition(written.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "a name breaks the field")
        let plain = String(
            String.UnicodeScalarView(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
        precondition(ContentDisposition(parsing: written.utf8)?.fileName == plain, "a name changes when it is written")
    }

    private func contains(_ bytes: [UInt8], _ text: [UInt8]) -> Bool {
        guard bytes.count >= text.count else { return false }
        return (0...bytes.count - text.count).contains { bytes[$0..<$0 + text.count].elementsEqual(text) }
    }
}
