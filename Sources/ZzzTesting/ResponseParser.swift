import ZzzHTTP

/// Reads responses as their bytes arrive (RFC 9112), one after the other.
///
/// It is strict: what it reads comes from the daemon's own code, and a test should fail when that is wrong.
struct ResponseParser: Sendable {
    struct Head: Sendable {
        var statusLine: String
        var status: UInt16
        var headers: TestHeaders
    }

    enum Event: Sendable {
        /// An interim response (RFC 9110 section 15.2): the head of another one follows.
        case interim(Head)
        case head(Head)
        /// Part of the body, never empty.
        case piece([UInt8])
        /// The response is over.
        case end(trailers: TestHeaders)
    }

    private enum State {
        case head
        case length(Int)
        case chunked(ChunkedDecoder)
        case untilClose
        case end
    }

    /// The longest head, in bytes.
    static let maximumHeadBytes = 1 << 20

    private var state = State.head
    private var input: [UInt8] = []
    /// Where what has not been read begins in `input`.
    private var start = 0
    private var trailers = TestHeaders()
    private let isHead: Bool
    /// Whether the connection can take another request.
    private(set) var isReusable = true

    /// - Parameter method: the request's, since the response to HEAD has no body.
    init(method: String) { isHead = method == "HEAD" }

    var hasHead: Bool { if case .head = state { false } else { true } }
    var hasEnded: Bool { if case .end = state { true } else { false } }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
        input.removeFirst(start)
        start = 0
        input.append(contentsOf: bytes)
    }

    /// What the bytes so far say next; nil when more are needed.
    mutating func next() throws -> Event? {
        switch state {
        case .head: return try takeHead()
        case .length(0): return end()
        case .length(let length):
            guard let piece = takePiece(upTo: length) else { return nil }
            state = .length(length - piece.count)
            return .piece(piece)
        case .chunked(var decoder): return try takeChunk(&decoder)
        case .untilClose: return takePiece(upTo: .max).map { .piece($0) }
        case .end: return nil
        }
    }

    /// The peer has closed its side.
    mutating func closed() throws -> Event {
        isReusable = false
        switch state {
        case .untilClose: return end()
        case .head where input.count == start: throw TestFailure("the connection was closed without a response")
        case .head: throw TestFailure("the connection was closed within the head of the response")
        case .end: return end()
        case .length, .chunked: throw TestFailure("the connection was closed within the body of the response")
        }
    }

    private mutating func end() -> Event {
        state = .end
        return .end(trailers: trailers)
    }

    private mutating func takePiece(upTo limit: Int) -> [UInt8]? {
        guard start < input.count else { return nil }
        let end = start + min(input.count - start, limit)
        defer { start = end }
        return Array(input[start..<end])
    }

    private mutating func takeChunk(_ decoder: inout ChunkedDecoder) throws -> Event? {
        while start < input.count {
            let event = input.withUnsafeBytes { decoder.decode(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            state = .chunked(decoder)
            switch event {
            case .data(let range):
                defer { start += range.upperBound }
                return .piece(Array(input[start + range.lowerBound..<start + range.upperBound]))
            case .trailer(let field, let consumed):
                input.withUnsafeBytes { bytes in
                    guard let base = bytes.baseAddress.map({ $0 + start }) else { return }
                    trailers.append(
                        String(decoding: field.name(in: base), as: UTF8.self),
                        String(decoding: field.value(in: base), as: UTF8.self))
                }
                start += consumed
            case .needMore(let consumed):
                start += consumed
                return nil
            case .end(let consumed):
                start += consumed
                return end()
            case .failure(let error): throw TestFailure("the response's body: \(error.message)")
            }
        }
        return nil
    }
}

// MARK: - The head

extension ResponseParser {
    private mutating func takeHead() throws -> Event? {
        guard let length = headLength() else {
            if input.count - start > Self.maximumHeadBytes { throw TestFailure("the response's head is endless") }
            return nil
        }
        let lines = String(decoding: input[start..<start + length], as: UTF8.self)
        start += length
        let head = try Self.head(lines.split(separator: "\r\n"))
        guard head.status >= 200 || head.status == 101 else { return .interim(head) }
        try chooseFraming(head)
        return .head(head)
    }

    /// The head's bytes with the empty line that ends it.
    private func headLength() -> Int? {
        var index = start
        while index + 3 < input.count {
            if input[index] == 0x0D, input[index + 1] == 0x0A, input[index + 2] == 0x0D, input[index + 3] == 0x0A {
                return index + 4 - start
            }
            index += 1
        }
        return nil
    }

    private static func head(_ lines: [Substring]) throws -> Head {
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", words[1].utf8.count == 3,
            let status = UInt16(words[1])
        else { throw TestFailure("not a status line: \(lines.first ?? "")") }
        var headers = TestHeaders()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
                throw TestFailure("not a field line: \(line)")
            }
            headers.append(String(line[..<colon]), String(line[line.index(after: colon)...].trimmingBlanks()))
        }
        return Head(statusLine: String(lines[0]), status: status, headers: headers)
    }

    /// RFC 9112 section 6.3.
    private mutating func chooseFraming(_ head: Head) throws {
        let connection = head.headers.all("connection").joined(separator: ",").lowercased()
        if connection.contains("close") || head.statusLine.hasPrefix("HTTP/1.0") { isReusable = false }
        let codings = head.headers.all("transfer-encoding")
        if isHead || head.status == 204 || head.status == 304 {
            state = .length(0)
        } else if head.status == 101 {
            isReusable = false
            state = .untilClose
        } else if !codings.isEmpty {
            guard codings == ["chunked"] else { throw TestFailure("transfer-encoding: \(codings)") }
            state = .chunked(ChunkedDecoder())
        } else if let length = head.headers["content-length"] {
            guard let count = Int(length), count >= 0, head.headers.all("content-length").count == 1 else {
                throw TestFailure("content-length: \(head.headers.all("content-length"))")
            }
            state = .length(count)
        } else {
            isReusable = false
            state = .untilClose
        }
    }
}

extension Substring {
    /// Without blanks and tabs at both ends.
    func trimmingBlanks() -> Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        return text
    }
}
