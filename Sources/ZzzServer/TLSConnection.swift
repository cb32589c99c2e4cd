import Glibc
import ZzzAppABI
import ZzzIO
import ZzzTLS

/// A connection over TLS: what arrives is decrypted before `Connection` sees it, and what it writes is encrypted when
/// the loop offers it to the socket (ZzzIO's Stream+Encoding). The HTTP in between is the same.
///
/// The session belongs to the loop like the rest of the connection. No app is called while OpenSSL is: all that arrived
/// is decrypted first, and handed on at the end.
final class TLSConnection: Connection {
    private let context: TLSContext
    /// nil after the peer was found to speak plain HTTP, or without memory.
    @exclusivity(unchecked) private var session: TLSSession?
    @exclusivity(unchecked) private var isHandshaking = true
    @exclusivity(unchecked) private var handshakeBytes = 0
    /// Whether what OpenSSL sends goes to `held`.
    @exclusivity(unchecked) private var isHolding = false
    /// What goes before everything that is sent from now on.
    @exclusivity(unchecked) private var held: [UInt8] = []
    /// The kernel seals what is sent; the session opens what is received, as before.
    @exclusivity(unchecked) private var isSealedByKernel = false
    @exclusivity(unchecked) private var hasToldEnd = false
    /// What apps are told; made when one asks.
    @exclusivity(unchecked) private var knownFacts: TLSFacts?

    init(fd: Int32, peer: SocketAddress, worker: Worker, context: TLSContext) {
        self.context = context
        super.init(fd: fd, peer: peer, worker: worker)
        transportFlags = UInt16(ZZZ_REQUEST_SECURE)
        session = TLSSession(context, emit: Self.emit, to: Unmanaged.passUnretained(self).toOpaque())
        beginEncoding()
    }

    /// What OpenSSL sends goes behind what is encrypted already.
    private static let emit: TLSSession.Emit = { receiver, bytes, count in
        guard let receiver else { return }
        Unmanaged<TLSConnection>.fromOpaque(receiver)._withUnsafeGuaranteedRef {
            $0.emit(UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

    private func emit(_ bytes: UnsafeRawBufferPointer) {
        // The keys are the kernel's now. What OpenSSL says after that is an alert, for which the connection ends.
        if isSealedByKernel { return }
        if isHolding {
            held += bytes
            return
        }
        sendHeld()
        appendEncoded(bytes)
        writtenBytes &+= UInt64(bytes.count)
    }

    private func sendHeld() {
        guard !held.isEmpty else { return }
        let bytes = held
        held = []
        bytes.withUnsafeBytes { emit($0) }
    }

    // MARK: Bytes in

    override func received(_ buffer: ReadBuffer) {
        switch phase {
        case .idle, .head, .body, .handling, .webSocket: break
        case .proxyHeader, .closing, .lingering, .closed: return super.received(buffer)
        }
        if session == nil || hasPeerEnded { return recycle(buffer) }
        if isHandshaking {
            if handshakeBytes == 0, PlainHTTP.isBegun(by: buffer.bytes) { return answerPlainHTTP(buffer) }
            handshakeBytes += buffer.count
            session?.feed(buffer.bytes)
            guard finishHandshake() else { return recycle(buffer) }
        } else {
            session?.feed(buffer.bytes)
        }
        decrypt(buffer)
    }

    /// Takes the plaintext of everything that was fed, and then the steps that it allows.
    private func decrypt(_ buffer: ReadBuffer) {
        var isNew = false
        var outcome = TLSSession.Reading.needsMore
        repeat {
            let plain = takeReadBuffer()
            outcome = fill(plain, &isNew)
        } while outcome == .needsMore && session?.isInputUsed == false
        session?.forgetInput()
        recycle(buffer)
        // The kernel cannot change its keys, and must not go on with the old ones (RFC 8446 section 4.6.3).
        if isSealedByKernel, session?.isAskedForNewKeys == true { return cut() }
        switch outcome {
        case .failed: fail(nil)
        case .end where isNew:
            // Before the app is called, which may keep this thread: the end is noticed when the input is used up.
            hasPeerEnded = true
            advance()
        case .end: super.receivedEnd()
        case .data, .needsMore: if isNew { advance() }
        }
    }

    /// One buffer of plaintext, which the connection takes.
    /// - Returns: `needsMore` also when the buffer is full.
    private func fill(_ plain: ReadBuffer, _ isNew: inout Bool) -> TLSSession.Reading {
        var count = 0
        var outcome = TLSSession.Reading.needsMore
        while count < plain.capacity {
            let room = UnsafeMutableRawBufferPointer(start: plain.base + count, count: plain.capacity - count)
            outcome = session?.read(into: room) ?? .needsMore
            guard case .data(let more) = outcome else { break }
            count += more
            outcome = .needsMore
            if session?.isInputUsed != false { break }
        }
        if count == 0 { recycle(plain) } else {
            take(plain.filled(count))
            isNew = true
        }
        return outcome
    }

    override func receivedEnd() {
        // A close_notify came before, and was the end.
        if hasPeerEnded, phase != .lingering { return }
        if isHandshaking, session != nil, phase == .idle { return fail(.closed) }
        // Whoever cuts a connection off has not ended its message (RFC 8446 section 6.1).
        if phase == .handling, endsAtClose { return cut() }
        super.receivedEnd()
    }

    private var endsAtClose: Bool { exchange?._withUnsafeGuaranteedRef { $0.isUpgraded } ?? false }

    // MARK: The handshake

    /// Whether it is over, and plaintext may follow.
    private func finishHandshake() -> Bool {
        isHolding = true
        session?.handshake()
        isHolding = false
        // At the end of TLS 1.3's handshake these are session tickets, for which no client waits (RFC 8446 section
        // 4.6.1): they go with the first response.
        if session?.phase != .open || session?.isVersion13 != true { sendHeld() }
        switch session?.phase {
        case .open?:
            isHandshaking = false
            worker.statistics.tls.handshakes &+= 1
            if session?.isResumed == true { worker.statistics.tls.resumed &+= 1 }
            headDeadline = loop.nowMilliseconds &+ worker.limits.headerDeadlineMilliseconds
            setDeadline(atMilliseconds: headDeadline)
            return true
        case .failed(let failure)?:
            fail(failure)
        default:
            if handshakeBytes > context.maximumHandshakeBytes { fail(.too_large) }
        }
        session?.forgetInput()
        return false
    }

    /// Ends the connection; an alert that is queued is offered to the socket.
    /// - Parameter failure: why the handshake failed; nil when it was over.
    private func fail(_ failure: TLSFailure?) {
        if let failure { worker.statistics.tls.count(failure) } else { worker.statistics.tls.broken &+= 1 }
        if queuedBytes == 0 || phase != .idle { return cut() }
        // The peer may still be sending: a reset would destroy the alert on its way.
        closesAfterResponse = true
        isHandshaking = false
        beginClosing()
    }

    override func deadlineExpired() {
        guard isHandshaking, session != nil, phase == .idle else { return super.deadlineExpired() }
        fail(.timeout)
    }

    override func writeDrained() {
        // The deadlines of the handshake and of the first request stay: what was sent is no response.
        if phase == .idle, served == 0, !closesAfterResponse { return }
        super.writeDrained()
    }

    private func answerPlainHTTP(_ buffer: ReadBuffer) {
        recycle(buffer)
        worker.statistics.tls.count(.plain_http)
        worker.statistics.count(status: 400)
        endEncoding()
        session = nil
        isHandshaking = false
        closesAfterResponse = true
        writePlain(PlainHTTP.answer)
        beginClosing()
    }

    override var tlsFacts: TLSFacts? {
        if let knownFacts { return knownFacts }
        if !isHandshaking { knownFacts = session?.facts() }
        return knownFacts
    }

    // MARK: Bytes out

    override func encode(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard session?.write(bytes) == true else { return false }
        // `emit` has counted what came of them.
        writtenBytes &-= UInt64(bytes.count)
        return true
    }

    override func encodeEnd() { session?.sendCloseNotify() }

    override func endOutput() {
        if !isSealedByKernel { session?.sendCloseNotify() } else if queuedBytes == 0 { outputEnds() }
    }

    // MARK: Sealing by the kernel

    /// Smaller files are sealed here: to read and to copy them costs less than to change over.
    private static var leastKernelBytes: Int { 64 << 10 }

    /// A large file goes by sendfile(2) where the kernel can seal it. For that nothing may wait that was sealed here.
    override func prepareFile(byteCount: Int) {
        guard KernelTLS.isThere, byteCount >= Self.leastKernelBytes, !isSealedByKernel, queuedBytes == 0, sendsHeld(),
            let keys = session?.sendKeys(),
            KernelTLS.seal(
                fd, .init(keys.cipher), key: keys.key, vector: keys.vector, sequence: keys.sequence)
        else { return }
        isSealedByKernel = true
        endEncoding()
        worker.statistics.tls.sealedByKernel &+= 1
    }

    /// Sends what is held at once. Whether all of it is out.
    private func sendsHeld() -> Bool {
        guard !held.isEmpty else { return true }
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        let sent = held.withUnsafeBytes { Glibc.send(fd, $0.baseAddress, $0.count, flags) }
        guard sent > 0 else { return false }
        writtenBytes &+= UInt64(sent)
        held.removeFirst(sent)
        if held.isEmpty { return true }
        sendHeld()
        return false
    }

    override func outputEnds() {
        guard isSealedByKernel, !hasToldEnd else { return }
        hasToldEnd = true
        KernelTLS.sendCloseNotify(fd)
    }
}

extension KernelTLS.Cipher {
    fileprivate init(_ cipher: TLSSendKeys.Cipher) {
        self =
            switch cipher {
            case .aes128GCM: .aes128GCM
            case .aes256GCM: .aes256GCM
            case .chaCha20Poly1305: .chaCha20Poly1305
            }
    }
}

/// A request in plain HTTP where TLS is spoken.
enum PlainHTTP {
    /// A handshake begins with the byte 22 (RFC 8446 section 5.1), and a request with a method.
    static func isBegun(by bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return false }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
    }

    static var answer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private static let text: StaticString = """
        HTTP/1.1 400 Bad Request\r
        content-type: text/plain; charset=utf-8\r
        content-length: 72\r
        connection: close\r
        \r
        400 Bad Request
        this port speaks TLS: write https:// instead of http://\n
        """
}
