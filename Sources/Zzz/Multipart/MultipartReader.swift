import ZzzHTTP

/// Pulls the parts out of a body: what a ``MultipartParts`` and its parts have in common.
final class MultipartReader {
    private var parser: MultipartParser
    private var body: BodyStream.Iterator
    /// The piece of the body that is being read, and how much of it has been.
    private var piece: [UInt8] = []
    private var offset = 0
    /// How many parts have begun.
    private var number = 0
    private var isInPart = false

    init(_ context: Context, _ boundary: MultipartBoundary, headerBytes: Int) {
        parser = MultipartParser(boundary: boundary, limits: MultipartLimits(headerBytes: headerBytes))
        body = context.bodyStream.makeAsyncIterator()
    }

    /// The next part, behind what is left of the current one.
    func nextPart() async throws -> MultipartPart? {
        while let event = try await nextEvent() {
            guard case .part = event else { continue }
            let head = try PartHead(parser.fields)
            return MultipartPart(
                name: head.name, fileName: head.fileName.map(FileName.harmless), contentType: head.contentType,
                reader: self, number: number)
        }
        return nil
    }

    /// The next piece of a part; nil at its end, and when another one has begun.
    func nextPiece(of part: Int) async throws -> [UInt8]? {
        while isInPart, part == number, let event = try await nextEvent() {
            if case .data(let data) = event { return data }
        }
        return nil
    }

    private enum Event {
        case part
        case data([UInt8])
        case other
    }

    /// nil: the body has ended.
    private func nextEvent() async throws -> Event? {
        while true {
            if let event = try readPiece() { return event }
            var body = body
            guard let next = try await body.next() else {
                do throws(MultipartError) { try parser.finish() } catch { throw Abort(error) }
                return nil
            }
            self.body = body
            piece = next
            offset = 0
        }
    }

    /// nil: the piece has ended.
    private func readPiece() throws -> Event? {
        try piece.withUnsafeBytes { bytes in
            var rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            defer { offset = bytes.count - rest.count }
            do throws(MultipartError) {
                switch try parser.next(&rest) {
                case .part?:
                    number += 1
                    isInPart = true
                    return .part
                case .data(let data)?: return .data(Array(data))
                case .partEnd?:
                    isInPart = false
                    return .other
                case .end?: return .other
                case nil: return nil
                }
            } catch {
                throw Abort(error)
            }
        }
    }
}
