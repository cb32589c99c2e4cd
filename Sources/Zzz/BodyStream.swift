import ZzzAppABI

/// The request's body, piece by piece, as the client sends it. On a route with `streamBody: true` the next piece is
/// read from the connection when it is asked for: that is the back-pressure. On other routes it is the whole body in
/// one piece.
///
/// ```swift
/// put("/files/*path", streamBody: true) { context in
///     for try await piece in context.bodyStream { try file.append(piece) }
///     return Response(status: .created)
/// }
/// ```
/// Throws ``BodyError`` when the body does not arrive whole.
public struct BodyStream: AsyncSequence {
    let context: Context

    public func makeAsyncIterator() -> Iterator { Iterator(context: context) }

    public struct Iterator: AsyncIteratorProtocol {
        let context: Context
        private var hasEnded = false

        init(context: Context) { self.context = context }

        public mutating func next() async throws -> [UInt8]? {
            guard !hasEnded else { return nil }
            guard !context.isBodyWhole else {
                hasEnded = true
                let body = context.body
                return body.isEmpty ? nil : body
            }
            guard let task = context.task else { throw MisuseError("a body is streamed in an async handler") }
            switch try await task.readBody() {
            case .data(let piece):
                return piece
            case .end(let trailers):
                hasEnded = true
                context.isTouched = true
                context.receivedTrailers = trailers
                return nil
            case .failed:
                hasEnded = true
                throw BodyError()
            }
        }
    }
}

/// The body did not arrive whole: the client went away, sent too much or was too slow. A handler that lets it through
/// leaves the answer to the host, which knows why: 413, 408 or 400.
public struct BodyError: Error, Sendable, CustomStringConvertible {
    public var description: String { "the request's body did not arrive whole" }
}

extension Context {
    /// The body as it arrives.
    public var bodyStream: BodyStream { BodyStream(context: self) }

    /// The trailer fields of a chunked body, once ``bodyStream`` has ended.
    public var trailers: [(name: String, value: String)] { receivedTrailers }

    /// The whole body of a route with `streamBody: true`. An ``Abort`` that renders as 413 when it is longer.
    public func collectBody(upToBytes limit: Int) async throws -> [UInt8] {
        if let contentLength, contentLength > limit { throw Abort(.contentTooLarge) }
        var body: [UInt8] = []
        for try await piece in bodyStream {
            guard body.count + piece.count <= limit else { throw Abort(.contentTooLarge) }
            body += piece
        }
        return body
    }
}
