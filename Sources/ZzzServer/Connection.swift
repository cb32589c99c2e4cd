import ZzzAppABI
import ZzzHTTP
import ZzzIO

/// One client's connection: HTTP/1.1 over a stream (RFC 9112).
///
/// It is a loop-owned state machine. Bytes come in through `received`, `advance` takes as many steps as they allow, and
/// responses leave through the stream's output. One request is handled at a time; what a client pipelines behind it
/// waits in the input. An idle connection holds no buffer and no exchange.
class Connection: Stream {
    enum Phase: UInt8 {
        /// The header of a balancer is expected: see Connection+Proxy.swift.
        case proxyHeader
        /// Between requests.
        case idle
        /// A head is arriving.
        case head
        /// A body is being collected for a handler that wants it whole.
        case body
        /// The handler has the request; it may stream the body.
        case handling
        /// The connection is a socket's: see Connection+WebSocket.swift.
        case webSocket
        /// The last response is on its way out; nothing more is read.
        case closing
        /// All is sent and the peer was told; what it still sends is dropped, so that it can read the response
        /// (RFC 9112 section 9.6).
        case lingering
        /// `cut` was called: nothing happens any more but `closed`.
        case closed
    }

    /// The worker lives as long as its loop, and so longer than its connections. What is called for each request gets
    /// it as an argument, since reading it from here costs a reference count.
    private final let workerReference: Unmanaged<Worker>
    final var worker: Worker { workerReference._withUnsafeGuaranteedRef { $0 } }
    /// The client: who has connected, or whom a balancer names.
    @exclusivity(unchecked) var peer: SocketAddress
    @exclusivity(unchecked) var phase = Phase.idle
    /// `advance` is on the stack: an exchange that ends now is noticed there.
    @exclusivity(unchecked) var isAdvancing = false
    /// No request is read after the one that is being answered.
    @exclusivity(unchecked) var closesAfterResponse = false
    /// While a balancer's header is expected: nothing else may come.
    @exclusivity(unchecked) var requiresProxyHeader = false
    /// The peer will send no more.
    @exclusivity(unchecked) var hasPeerEnded = false
    /// A deferred `resume` is waiting in the loop.
    @exclusivity(unchecked) var isResumeScheduled = false
    /// What the requests' flags begin with.
    @exclusivity(unchecked) var transportFlags: UInt16 = 0
    /// What answers the requests of this connection in place of the worker's table.
    @exclusivity(unchecked) var ownTable: SiteTable?
    @exclusivity(unchecked) var served: UInt32 = 0
    /// While `phase` is `webSocket`.
    @exclusivity(unchecked) var socket: WebSocket?
    @exclusivity(unchecked) var exchange: Unmanaged<Exchange>?
    @exclusivity(unchecked) var parser = RequestParser()
    /// What is being parsed or handled. An app's slices point into it while it has the request.
    @exclusivity(unchecked) var input = InputBuffer()
    /// What came behind the head of the request in flight; joined to `input` when that request ends.
    @exclusivity(unchecked) var next = InputBuffer()

    // Deadlines, in the loop's milliseconds; `.max`: none. See Connection+Deadlines.swift.
    /// When the head that is arriving must be whole; 0: it has not begun.
    @exclusivity(unchecked) var headDeadline: UInt64 = 0
    /// When more of the body must have come that somebody waits for.
    @exclusivity(unchecked) var bodyDeadline: UInt64 = .max
    /// When the handler must have begun its response.
    @exclusivity(unchecked) var answerDeadline: UInt64 = .max
    /// When the peer must have taken some of what is queued.
    @exclusivity(unchecked) var writeDeadline: UInt64 = .max
    /// Bytes that had reached the kernel when `writeDeadline` was set.
    @exclusivity(unchecked) var sentAtDeadline: UInt64 = 0
    /// All bytes that were given to the stream.
    @exclusivity(unchecked) var writtenBytes: UInt64 = 0
    @exclusivity(unchecked) var lingeredBytes = 0
    /// When the app last wrote a piece of a response, in the loop's milliseconds.
    @exclusivity(unchecked) var lastWriteMilliseconds: UInt64 = 0

    init(fd: Int32, peer: SocketAddress, worker: Worker) {
        workerReference = Unmanaged.passUnretained(worker)
        self.peer = peer
        super.init(loop: worker.loop, fd: fd)
    }

    // MARK: Events of the stream

    override func received(_ buffer: ReadBuffer) {
        switch phase {
        case .closing, .closed:
            recycle(buffer)
            return
        case .lingering:
            lingeredBytes += buffer.count
            recycle(buffer)
            if lingeredBytes > Self.maximumLingerBytes { cut() }
            return
        case .proxyHeader:
            receivedProxyHeader(buffer)
            return
        case .idle, .head, .body, .handling:
            take(buffer)
            advance()
        case .webSocket:
            if let socket {
                socket.lastHeard = loop.nowMilliseconds
                socket.isPinged = false
            }
            take(buffer)
            advance()
        }
    }

    override func receivedEnd() {
        hasPeerEnded = true
        switch phase {
        case .idle: if !isResumeScheduled, input.isEmpty { endWithoutAnswer() }
        case .head, .body: endWithoutAnswer()
        case .lingering: cut()
        case .proxyHeader: endedInProxyHeader()
        case .webSocket: advance()
        // A client may close its side after the request; the response is still wanted. A streamed body ends here.
        case .handling: if isHungUp { cut() } else { advance() }
        case .closing, .closed: break
        }
    }

    override func deadlineExpired() {
        deadlinePassed()
    }

    override func failed(_ errno: Int32) {
        cut()
    }

    override func writeDrained() {
        writeDeadline = .max
        if phase == .closing { finishClosing() } else { becameWritable() }
    }

    override func closed() {
        phase = .closed
        let ended = exchange
        exchange = nil
        ended?._withUnsafeGuaranteedRef { $0.keepInput(&input) }
        input.recycle(to: self)
        next.recycle(to: self)
        worker.remove(self)
        if socket != nil { socketConnectionClosed() }
        ended?._withUnsafeGuaranteedRef { $0.connectionClosed() }
    }

    /// Tells the peer, in the way of the transport, that all has been sent. `close` or `shutdownWrite` follows.
    func endOutput() {}

    /// A response follows whose body is that much of a file.
    func prepareFile(byteCount: Int) {}

    /// What apps are told about TLS; nil without it.
    var tlsFacts: TLSFacts? { nil }

    // MARK: Steps

    /// Takes steps until more bytes, the handler or the peer are needed.
    func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        workerReference._withUnsafeGuaranteedRef { worker in
            var goesOn = true
            while goesOn {
                goesOn =
                    switch phase {
                    case .idle: beginRequest(worker)
                    case .head: parseHead(worker)
                    case .body: collectBody()
                    case .handling: advanceHandling()
                    case .webSocket: takeSocketStep()
                    case .proxyHeader, .closing, .lingering, .closed: false
                    }
                // Inside the app this thread may have lost the loop, and with it the connection.
                guard worker.isCurrent else { return }
            }
            isAdvancing = false
        }
    }

    @inline(never)
    private func takeSocketStep() -> Bool {
        advanceSocket()
        return false
    }

    /// idle -> head, when there are bytes.
    @inline(__always)
    private func beginRequest(_ worker: Worker) -> Bool {
        if closesAfterResponse {
            beginClosing()
            return false
        }
        if input.isEmpty {
            input.recycle(to: self)
            becomeIdle(worker)
            return false
        }
        if queuedBytes > worker.limits.pipelinedResponseBytes {
            waitForReader()
            return false
        }
        resumeReading()
        guard let taken = worker.exchanges.take(worker: worker) else {
            refuseWithoutExchange(worker)
            return true
        }
        taken._withUnsafeGuaranteedRef {
            $0.prepare(
                connection: Unmanaged.passUnretained(self), fieldCapacity: worker.limits.parser.fieldCount)
        }
        exchange = taken
        parser.reset()
        phase = .head
        if served > 0 { headDeadline = 0 }
        return true
    }

    /// A peer that sends requests and does not read the responses is not read from either, until it has taken what is
    /// queued.
    @inline(never)
    private func waitForReader() {
        pauseReading()
        watchWriting()
    }

    /// head -> body or handling, when the head is whole.
    @inline(__always)
    private func parseHead(_ worker: Worker) -> Bool {
        guard let exchange else { preconditionFailure("a head is parsed without an exchange") }
        let result = exchange._withUnsafeGuaranteedRef {
            parser.parse(input.bytes, limits: worker.limits.parser, head: &$0.head, fields: $0.fields)
        }
        switch result {
        case .complete: return exchange._withUnsafeGuaranteedRef { headCompleted($0, worker) }
        case .incomplete:
            waitForHead()
            return false
        case .failure(let error):
            worker.statistics.malformed &+= 1
            refuse(status: Int(error.status), error.message)
            return true
        }
    }

    /// Nothing is going on: no buffers, and a deadline for the next request.
    @inline(__always)
    private func becomeIdle(_ worker: Worker) {
        if hasPeerEnded || worker.isDraining { return endOrAwaitLastRequest() }
        resumeReading()
        if queuedBytes == 0 {
            setDeadline(afterMilliseconds: worker.limits.keepAliveIdleMilliseconds)
        } else {
            watchWriting()
        }
    }

    // MARK: The exchange's end

    /// The exchange has given itself back; the next request may begin.
    @inline(__always)
    func exchangeEnded() {
        exchange = nil
        answerDeadline = .max
        served &+= 1
        guard phase == .handling || phase == .body || phase == .head else { return }
        phase = .idle
        if next.base != nil { joinNext() }
        if !isAdvancing { scheduleResume() }
    }

    /// Goes on after the app's call has returned to the loop, so that no handler is called from inside another one.
    func scheduleResume() {
        guard !isResumeScheduled, phase != .closed else { return }
        isResumeScheduled = true
        loop.enqueueLocal(
            { _, context, _ in
                let connection = Unmanaged<Connection>.fromOpaque(context!).takeRetainedValue()
                connection.isResumeScheduled = false
                connection.resume()
            }, Unmanaged.passRetained(self).toOpaque(), 0)
    }

    private func resume() {
        guard phase != .closed else { return }
        if let exchange {
            exchange._withUnsafeGuaranteedRef {
                if $0.response == .finished { conclude($0) } else if queuedBytes == 0 { $0.becameWritable() }
            }
            guard worker.isCurrent else { return }
        }
        advance()
        guard worker.isCurrent else { return }
        flush()
    }

    /// What is left to do when the app has answered and its call has returned. The connection goes on even while the
    /// app still retains the request.
    @inline(never)
    func conclude(_ exchange: Exchange) {
        guard exchange.response == .finished, !exchange.isInHandler else { return }
        guard exchange.tellWaiting() else { return }
        if exchange.retains > 0, exchange.connection != nil { detach(exchange) } else { exchange.settle() }
    }

    /// The exchange keeps the input that its slices point into, and the connection takes what is behind it.
    func detach(_ exchange: Exchange) {
        let rest = input.isEmpty ? InputBuffer() : InputBuffer(copying: input.bytes)
        exchange.pinned = input
        input = rest
        exchange.connection = nil
        exchangeEnded()
    }
}
