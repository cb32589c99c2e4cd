import Synchronization

/// A response that has begun, and whose body is read piece by piece.
///
/// ```swift
/// let stream = try await client.get("/ticks").open()
/// stream.response.expectStatus(200)
/// #expect(try await stream.nextEvent()?.data == "1")
/// stream.close()
/// ```
/// The connection is closed when nobody holds the stream any more: to the app, the client has left.
public final class TestStream: Sendable, AsyncSequence {
    /// What has come so far: the head; the body is empty.
    public let response: TestResponse
    private let client: TestClient
    private let isSecure: Bool
    let connection: ClientConnection

    private struct State {
        var hasEnded = false
        var trailers = TestHeaders()
        var events = EventParser()
    }

    private let state = Mutex(State())

    /// The largest body that ``TestRequest/send(sourceLocation:)`` collects, in bytes.
    static let maximumBodyBytes = 256 << 20

    init(_ response: TestResponse, _ connection: ClientConnection, client: TestClient, isSecure: Bool) {
        self.response = response
        self.connection = connection
        self.client = client
        self.isSecure = isSecure
    }

    /// The next piece of the body as it arrived; nil at its end. Pieces are not what the app wrote at a time: they are
    /// joined and cut on the way.
    public func next() async throws -> [UInt8]? {
        guard !state.withLock({ $0.hasEnded }) else { return nil }
        let (connection, deadline) = (connection, client.deadline)
        do {
            return try await onThread { try self.take(from: connection, Deadline(deadline)) }
        } catch let failure as TestFailure {
            throw TestFailure("\(response.request): \(failure)\(response.log.report)")
        }
    }

    /// On a thread of its own.
    private func take(from connection: ClientConnection, _ deadline: Deadline) throws -> [UInt8]? {
        switch try connection.next(deadline) {
        case .piece(let bytes): return bytes
        case .end(let trailers):
            state.withLock { state in
                state.hasEnded = true
                state.trailers = trailers
            }
            client.pool.giveBack(connection, isSecure: isSecure)
            return nil
        case .interim, .head: throw TestFailure("a head within a body")
        }
    }

    /// The next server-sent event; nil at the end of the stream.
    public func nextEvent() async throws -> TestEvent? {
        while true {
            if let event = state.withLock({ $0.events.next() }) { return event }
            guard let piece = try await next() else { return nil }
            state.withLock { $0.events.feed(piece) }
        }
    }

    /// The fields behind the body, once it has ended.
    public var trailers: TestHeaders { state.withLock { $0.trailers } }

    /// Leaves, as a client does that closes its connection.
    public func close() {
        // Once the body has ended, the connection may be another request's.
        if !state.withLock({ $0.hasEnded }) { connection.cut() }
    }

    // Before the app goes, which waits for its requests.
    deinit { close() }

    /// The rest of the body, and with it the whole response.
    func collect() async throws -> TestResponse {
        var whole = response
        while let piece = try await next() {
            whole.body += piece
            guard whole.body.count <= Self.maximumBodyBytes else {
                throw TestFailure("\(response.request): a body of more than \(Self.maximumBodyBytes) bytes")
            }
        }
        whole.trailers = trailers
        return whole
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let stream: TestStream
        public mutating func next() async throws -> [UInt8]? { try await stream.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}
