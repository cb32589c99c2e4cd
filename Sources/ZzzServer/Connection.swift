import ZzzAppABI
import ZzzHTTP
import ZzzIO

/// One client's connection: HTTP/1.1 over a stream (RFC 9112).
///
/// It is a loop-owned state machine. Bytes come in through `received`, `advance` takes as many steps as they allow, and
/// responses leave through the stream's output. One request is handled at a time; what a client pipelines behind it waits in
/// the input. An idle connection holds no buffer and no exchange.
final class Connection: Stream {
    enum Phase: UInt8 {
        /// Between requests.
        case idle
        /// A head is arriving.
        case head
        /// A body is being collected for a handler that wants it whole.
        case body
        /// The handler has the request; it may stream the body.
        case handling
        /// The last response is on its way out; nothing more is read.
        case closing
        /// All is sent and the peer was told; what it still sends is dropped, so that it can read the response
        /// (RFC 9112 section 9.6).
        case lingering
        case closed
    }

    /// The worker lives as long as its loop, and so longer than its connections. What is called for each request gets it as an
    /// argument, since reading it from here costs a reference count.
    private let workerReference: Unmanaged<Worker>
    var worker: Worker { workerReference._withUnsafeGuaranteedRef { $0 } }
    let peer: SocketAddress
    @exclusivity(unchecked) var phase = Phase.idle
    /// `advance` is on the stack: an exchange that ends now is noticed there.
    @exclusivity(unchecked) var isAdvancing = false
    /// No request is read after the one that is being answered.
    @exclusivity(unchecked) var closesAfterResponse = false
    /// The peer will send no more.
    @exclusivity(unchecked) var hasPeerEnded = false
    /// A deferred `resume` is waiting in the loop.
    @exclusivity(unchecked) var isResumeScheduled = false
    @exclusivity(unchecked) var served: UInt32 = 0
    @exclusivity(unchecked) var exchange: Unmanaged<Exchange>?
    @exclusivity(unchecked) var parser = RequestParser()
    /// What is being parsed or handled.
    @exclusivity(unchecked) var input = InputBuffer()
    /// What came while `input` could not take it.
    @exclusivity(unchecked) var next = InputBuffer()
    /// When the head that is arriving must be whole, in the loop's milliseconds.
    @exclusivity(unchecked) var headDeadline: UInt64 = 0
    /// Output bytes waiting when the write deadline was set: less later means that the peer takes some.
    @exclusivity(unchecked) var queuedAtDeadline = 0
    @exclusivity(unchecked) var lingeredBytes = 0

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
            if lingeredBytes > Self.maximumLingerBytes { close() }
            return
        case .idle, .head, .body, .handling:
            take(buffer)
            advance()
        }
    }

    override func receivedEnd() {
        hasPeerEnded = true
        switch phase {
        case .idle, .head, .body, .lingering: close()
        case .handling:
            // A client may close its side after the request; the response is still wanted. A streamed body ends here.
            advance()
        case .closing, .closed: break
        }
    }

    override func deadlineExpired() {
        deadlinePassed()
    }

    override func failed(_ errno: Int32) {
        close()
    }

    override func writeDrained() {
        if phase == .closing { finishClosing() } else { becameWritable() }
    }

    override func closed() {
        phase = .closed
        if let exchange { exchange._withUnsafeGuaranteedRef { $0.connectionClosed(input: &input) } }
        exchange = nil
        input.recycle(to: self)
        next.recycle(to: self)
        worker.remove(self)
    }

    // MARK: Input

    /// Keeps what has arrived, without moving the bytes that a request in flight points into.
    @inline(__always)
    private func take(_ buffer: ReadBuffer) {
        if input.base == nil {
            input = InputBuffer(adopting: buffer)
        } else {
            takeMore(buffer)
        }
    }

    @inline(never)
    private func takeMore(_ buffer: ReadBuffer) {
        switch phase {
        case .idle, .head:
            // Nobody points into the input yet: a head that outgrows a read buffer moves to memory of its own.
            if !input.append(buffer.bytes) {
                let limits = worker.limits.parser
                input.move(toPrivate: limits.requestLineBytes + limits.headerBytes + buffer.count + 64, of: self)
                _ = input.append(buffer.bytes)
            }
            recycle(buffer)
        default:
            takeBehind(buffer)
        }
    }

    /// Keeps bytes behind a request in flight: a body, or what is pipelined.
    private func takeBehind(_ buffer: ReadBuffer) {
        if next.isEmpty {
            next.recycle(to: self)
            next = InputBuffer(adopting: buffer)
            return
        }
        if !next.append(buffer.bytes) {
            next.move(toPrivate: next.count + buffer.count + 16_384, of: self)
            _ = next.append(buffer.bytes)
        }
        recycle(buffer)
    }

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
                    case .closing, .lingering, .closed: false
                    }
            }
        }
        isAdvancing = false
    }

    /// idle -> head, when there are bytes.
    @inline(__always)
    private func beginRequest(_ worker: Worker) -> Bool {
        if closesAfterResponse {
            beginClosing()
            return false
        }
        if next.base != nil { mergeNext() }
        if input.isEmpty {
            input.recycle(to: self)
            becomeIdle(worker)
            return false
        }
        resumeReading()
        guard let taken = worker.exchanges.take(worker: worker) else {
            // Every slot is in use: that many requests in flight on one loop are refused rather than queued.
            refuse(status: 503, "too many requests in flight")
            return false
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

    /// Puts what came behind the last request where the next one is parsed.
    @inline(never)
    private func mergeNext() {
        if input.isEmpty {
            input.recycle(to: self)
            input = next
            next = InputBuffer()
            return
        }
        if !input.append(next.bytes) {
            input.move(toPrivate: input.count + next.count + 16_384, of: self)
            _ = input.append(next.bytes)
        }
        next.recycle(to: self)
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
            return false
        }
    }

    /// The deadline of a head is absolute: a byte now and then does not move it.
    private func waitForHead() {
        if hasPeerEnded { return close() }
        if headDeadline == 0 { headDeadline = loop.nowMilliseconds + worker.limits.headerDeadlineMilliseconds }
        setDeadline(atMilliseconds: headDeadline)
    }

    /// Nothing is going on: no buffers, and a deadline for the next request.
    @inline(__always)
    private func becomeIdle(_ worker: Worker) {
        if hasPeerEnded || worker.isDraining { return close() }
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
        served &+= 1
        if phase == .handling || phase == .body || phase == .head { phase = .idle }
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
        if let exchange { exchange._withUnsafeGuaranteedRef { detachIfAnswered($0) } }
        advance()
        flush()
    }

    /// Lets the connection go on while an app still retains the request that has been answered: the exchange keeps the input
    /// its slices point into, and the connection takes what is behind it.
    func detachIfAnswered(_ exchange: Exchange) {
        guard exchange.response == .finished, exchange.retains > 0, !exchange.isInHandler else { return }
        var rest = InputBuffer()
        if !input.isEmpty {
            rest = InputBuffer(copying: input.bytes)
        }
        exchange.pinned = input
        input = rest
        exchange.connection = nil
        exchangeEnded()
    }
}
