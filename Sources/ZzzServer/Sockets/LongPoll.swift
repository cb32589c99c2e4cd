import ZzzAppABI
import ZzzBase64
import ZzzIO
import ZzzWebSocket

/// The transport of clients that can't open WebSockets (Phoenix.Transports.LongPoll): messages to the client wait here
/// until it asks, and messages from it come in requests of their own, on whatever loop. Loop-owned, as its socket.
final class LongPoll {
    /// How long a client's question stays open, in milliseconds. One that asks nothing for twice as long has gone.
    static var windowMilliseconds: UInt64 { 10_000 }
    /// Messages that a client may send in one request. Later clients send 100 at most; earlier ones, phoenix.js 1.8.3
    /// among them, all that has waited for the join, or for the answer to the request before.
    static var mostLines: Int { 1_000 }

    /// Nobody else can make it up.
    let token: LongPollToken
    private unowned let socket: ChannelSocket
    private let hub: SocketHub
    /// To the client: JSON strings, with commas between them.
    private var outbox: [UInt8] = []
    /// From the client.
    private var inbox: [ImmutableBytes] = []
    private var isReading = false
    /// A question that waits for a message, and until when.
    private var waiting: (request: OpaquePointer, deadline: UInt64)?
    private var timer: TimerID?

    /// - Parameter handle: the socket's.
    init(_ socket: ChannelSocket, _ handle: Handle) {
        token = LongPollToken(handle)
        self.socket = socket
        hub = socket.hub
        timer = hub.worker.loop.addTimer(
            after: 1_000_000_000, repeating: 1_000_000_000,
            { _, context, _ in
                guard let context else { return }
                Unmanaged<LongPoll>.fromOpaque(context).takeUnretainedValue().tick()
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    // MARK: To the client

    func add(_ bytes: UnsafeRawBufferPointer, isBinary: Bool) -> WebSocket.Sending {
        let limit = socket.settings.limits.queuedBytes
        guard outbox.count <= limit else {
            hub.statistics.dropped &+= 1
            if !socket.settings.limits.dropsWhenSlow {
                hub.statistics.tooSlow &+= 1
                socket.close(.tryAgainLater, "too much is waiting for this client")
            }
            return .dropped
        }
        if !outbox.isEmpty { outbox.append(UInt8(ascii: ",")) }
        appendString(isBinary ? Array(Base64.encode(bytes, .standard).utf8) : Array(bytes))
        // At the end of what is being done: more may follow.
        if waiting != nil { answerSoon() }
        return outbox.count > limit / 2 ? .waits : .sent
    }

    private func appendString(_ text: [UInt8]) {
        outbox.append(UInt8(ascii: "\""))
        for byte in text {
            // The message is JSON itself, and so has no control characters.
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { outbox.append(UInt8(ascii: "\\")) }
            outbox.append(byte)
        }
        outbox.append(UInt8(ascii: "\""))
    }

    private var isAnswering = false

    private func answerSoon() {
        guard !isAnswering else { return }
        isAnswering = true
        hub.worker.loop.enqueueLocal(
            { _, context, _ in
                guard let context else { return }
                let poll = Unmanaged<LongPoll>.fromOpaque(context).takeRetainedValue()
                poll.isAnswering = false
                poll.answer()
            }, Unmanaged.passRetained(self).toOpaque(), 0)
    }

    /// The client asks for messages; the request is retained.
    func ask(_ request: OpaquePointer) {
        heard()
        // A second question means that the client has given the first one up.
        if let waiting { LongPollAnswer.send(waiting.request, status: 204, token: token) }
        waiting = (request, hub.worker.loop.nowMilliseconds &+ Self.windowMilliseconds)
        if !outbox.isEmpty { answer() }
    }

    private func answer() {
        guard let waiting else { return }
        self.waiting = nil
        let messages = outbox
        outbox = []
        LongPollAnswer.send(
            waiting.request, status: messages.isEmpty ? 204 : 200, token: token, messages: messages)
    }

    // MARK: From the client

    /// What a request's body brought, line by line.
    func take(_ lines: [ImmutableBytes]) {
        heard()
        inbox += lines
        readSoon()
    }

    /// Goes on with what has come.
    func readSoon() {
        guard !isReading, !inbox.isEmpty else { return }
        isReading = true
        hub.worker.loop.enqueueLocal(
            { _, context, _ in
                guard let context else { return }
                let poll = Unmanaged<LongPoll>.fromOpaque(context).takeRetainedValue()
                poll.isReading = false
                poll.read()
            }, Unmanaged.passRetained(self).toOpaque(), 0)
    }

    private func read() {
        while !inbox.isEmpty, !socket.isHeld, socket.poll === self {
            let line = inbox.removeFirst()
            let isText = line.buffer.first == UInt8(ascii: "[") || line.buffer.first == UInt8(ascii: "{")
            let goesOn: Bool
            if isText {
                guard String(validating: line.buffer, as: UTF8.self) != nil else { return refuse() }
                goesOn = socket.received(ZZZ_SOCKET_TEXT, line.buffer)
            } else {
                guard let bytes = Base64.decode(line.buffer) else { return refuse() }
                let binary = ImmutableBytes(bytes)
                goesOn = socket.received(ZZZ_SOCKET_BINARY, binary.buffer)
                withExtendedLifetime(binary) {}
            }
            withExtendedLifetime(line) {}
            guard goesOn else { return }
        }
    }

    private func refuse() {
        hub.noteViolation(socket, "a line is neither text nor base64", .invalidPayload)
        socket.close(.invalidPayload, "")
    }

    // MARK: Time

    private func heard() { socket.lastHeard = hub.worker.loop.nowMilliseconds }

    private func tick() {
        let now = hub.worker.loop.nowMilliseconds
        if let waiting, now >= waiting.deadline { answer() }
        let patience = min(2 &* Self.windowMilliseconds, socket.settings.limits.idleTimeoutMilliseconds)
        if waiting == nil, now >= socket.lastHeard &+ patience {
            hub.statistics.timeouts &+= 1
            socket.close(.normal, "")
        }
    }

    /// The socket has ended.
    func end() {
        if let timer { hub.worker.loop.cancelTimer(timer) }
        timer = nil
        inbox = []
        if let waiting {
            LongPollAnswer.send(waiting.request, status: 410, token: nil)
            self.waiting = nil
        }
    }
}

/// Which session a request of a polling client belongs to: the socket's handle and 16 random bytes, in base64url.
struct LongPollToken: Equatable {
    let handle: Handle
    let text: String
    private let secret: [UInt8]

    init(_ handle: Handle) {
        var random = SystemRandomNumberGenerator()
        self.init(handle: handle, secret: (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }

    private init(handle: Handle, secret: [UInt8]) {
        self.handle = handle
        self.secret = secret
        let bytes = withUnsafeBytes(of: handle.bits.bigEndian) { Array($0) } + secret
        text = Base64.encode(bytes)
    }

    init?(text: String) {
        guard let bytes = Base64.decode(text, .url), bytes.count == 24 else { return nil }
        let bits = bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(handle: Handle(OpaquePointer(bitPattern: UInt(bits))), secret: Array(bytes[8...]))
    }

    /// In a time that does not depend on where they differ.
    static func == (left: LongPollToken, right: LongPollToken) -> Bool {
        guard left.handle == right.handle, left.secret.count == right.secret.count else { return false }
        return zip(left.secret, right.secret).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// What a polling client is answered: the status of HTTP is always 200, and its own in the body.
enum LongPollAnswer {
    /// Answers a request that is retained, and lets go of it. For the host's own code, on any loop.
    static func send(_ request: OpaquePointer, status: Int, token: LongPollToken?, messages: [UInt8] = []) {
        var body = Array(#"{"status":\#(status)"#.utf8)
        if let token {
            body += Array(#","token":"\#(token.text)","messages":["#.utf8)
            body += messages
            body.append(UInt8(ascii: "]"))
        }
        body.append(UInt8(ascii: "}"))
        let handle = Handle(request)
        WorkerRegistry.worker(handle.worker)?._withUnsafeGuaranteedRef { worker in
            if worker.isCurrent { return send(body, to: handle) }
            worker.postAlways { [body] _ in send(body, to: handle) }
        }
    }

    /// On the request's loop.
    private static func send(_ body: [UInt8], to handle: Handle) {
        guard let exchange = RequestCalls.find(handle)?.takeUnretainedValue() else { return }
        let type = ImmutableBytes("application/json".utf8)
        let content = ImmutableBytes(body)
        let headers = OwnedHeaders([
            ("cache-control", "max-age=0, private, must-revalidate, no-store"), ("access-control-allow-origin", "*"),
        ])
        headers.with { (headers: UnsafeBufferPointer<zzz_header>) in
            var response = zzz_http_response()
            response.size = UInt32(MemoryLayout<zzz_http_response>.size)
            response.status = 200
            response.headers = headers.baseAddress
            response.header_count = UInt32(headers.count)
            response.content_type = zzz_bytes(type.buffer)
            response.body = zzz_bytes(content.buffer)
            // A client that has gone asks again, or its session ends.
            try? exchange.respond(&response)
            try? exchange.release()
        }
    }
}
