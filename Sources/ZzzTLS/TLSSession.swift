import COpenSSL

/// One side of a TLS connection: bytes of the peer's in, plaintext out, and the other way round.
///
/// It owns OpenSSL's object and frees it. It may move between threads, and is used by one at a time.
public struct TLSSession: ~Copyable {
    /// Where a session is.
    public enum Phase: Sendable, Equatable {
        case handshaking
        case open
        /// The peer has said that it sends no more (close_notify); it may still read.
        case peerClosed
        case failed(TLSFailure)
    }

    public enum Reading: Sendable, Equatable {
        case data(Int)
        /// Everything that was fed has been used.
        case needsMore
        /// The peer's close_notify.
        case end
        case failed(TLSFailure)
    }

    /// Takes bytes for the peer. They are valid during the call.
    public typealias Emit = @convention(c) (
        _ receiver: UnsafeMutableRawPointer?, _ bytes: UnsafeRawPointer, _ count: Int
    ) -> Void

    public private(set) var phase = Phase.handshaking
    private let ssl: OpaquePointer
    /// OpenSSL's object refers to it without owning it.
    private let context: AnyObject
    private let wire: UnsafeMutablePointer<TLSWire>
    private var hasSentCloseNotify = false

    /// The server's side, or nil without memory.
    public init?(_ context: TLSContext, emit: @escaping Emit, to receiver: UnsafeMutableRawPointer?) {
        guard let ssl = SSL_new(context.first) else { return nil }
        SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(context).toOpaque())
        SSL_set_accept_state(ssl)
        self.init(ssl, context, emit, receiver)
    }

    /// The client's side, or nil without memory.
    public init?(
        _ context: TLSClientContext, host: String?, emit: @escaping Emit,
        to receiver: UnsafeMutableRawPointer?
    ) {
        guard let ssl = SSL_new(context.pointer) else { return nil }
        if let host { _ = zzz_tls_set_host_name(ssl, host) }
        SSL_set_connect_state(ssl)
        self.init(ssl, context, emit, receiver)
    }

    private init?(
        _ ssl: OpaquePointer, _ context: AnyObject, _ emit: @escaping Emit, _ receiver: UnsafeMutableRawPointer?
    ) {
        let wire = UnsafeMutablePointer<TLSWire>.allocate(capacity: 1)
        wire.initialize(to: TLSWire(emit: emit, receiver: receiver))
        guard let bio = TLSWire.bio(over: wire) else {
            wire.deinitialize(count: 1)
            wire.deallocate()
            SSL_free(ssl)
            return nil
        }
        SSL_set_bio(ssl, bio, bio)
        self.ssl = ssl
        self.context = context
        self.wire = wire
    }

    deinit {
        SSL_free(ssl)
        wire.deinitialize(count: 1)
        wire.deallocate()
    }

    // MARK: Input

    /// Gives what the peer has sent. Borrowed until `handshake` or `read` has said `needsMore`, or the session failed.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        precondition(wire.pointee.inputCount == 0, "bytes are fed before the last ones were used")
        wire.pointee.input = bytes.baseAddress
        wire.pointee.inputCount = bytes.count
    }

    /// The bytes that were fed are not there any more.
    public mutating func forgetInput() {
        wire.pointee.input = nil
        wire.pointee.inputCount = 0
    }

    /// Whether nothing is left of what was fed, and no plaintext waits.
    public var isInputUsed: Bool { wire.pointee.inputCount == 0 && SSL_pending(ssl) == 0 }

    /// Goes on with the handshake. `phase` says where that has led.
    public mutating func handshake() {
        guard phase == .handshaking else { return }
        Self.forgetErrors()
        let result = SSL_do_handshake(ssl)
        if result == 1 {
            phase = .open
            return
        }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
        default: phase = .failed(.taken())
        }
    }

    /// Plaintext, as much as fits.
    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        if case .failed(let failure) = phase { return .failed(failure) }
        if phase == .peerClosed { return .end }
        Self.forgetErrors()
        let result = SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
        if result > 0 { return .data(Int(result)) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .needsMore
        case SSL_ERROR_ZERO_RETURN:
            phase = .peerClosed
            return .end
        default:
            let failure = TLSFailure.taken()
            phase = .failed(failure)
            return .failed(failure)
        }
    }

    /// SSL_get_error(3) looks at the thread's queue of errors. Usually it is empty, and to see that costs less than to
    /// clear it.
    private static func forgetErrors() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    // MARK: Output

    /// Encrypts `bytes`, all of them. False when the session is not open, or has failed with that.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard phase == .open || phase == .peerClosed, !hasSentCloseNotify else { return false }
        if bytes.isEmpty { return true }
        Self.forgetErrors()
        let count = Int32(clamping: bytes.count)
        if SSL_write(ssl, bytes.baseAddress, count) == count { return true }
        phase = .failed(.taken())
        return false
    }

    /// Tells the peer that nothing more is sent (RFC 8446 section 6.1): once, unless the session has failed.
    public mutating func sendCloseNotify() {
        guard phase == .open || phase == .peerClosed, !hasSentCloseNotify else { return }
        hasSentCloseNotify = true
        Self.forgetErrors()
        _ = SSL_shutdown(ssl)
        Self.forgetErrors()
    }

    /// The keys with which somebody else seals from now on what this side sends: nothing may be written here any more.
    /// nil unless the options allow it (``TLSOptions/givesSendKeys``), the session is open, in TLS 1.3, and has the
    /// keys of its handshake.
    public func sendKeys() -> TLSSendKeys? {
        guard phase == .open, !hasSentCloseNotify, isVersion13 else { return nil }
        return wire.pointee.sendSecret.keys(cipherSuite: UInt32(SSL_CIPHER_get_id(SSL_get_current_cipher(ssl))))
    }

    /// Whether the peer has asked for new keys, which come with the next write; known when there are ``sendKeys()``.
    public var isAskedForNewKeys: Bool { wire.pointee.sendSecret.isAskedForNewKeys }

    // MARK: What was agreed on

    public var isVersion13: Bool { SSL_version(ssl) == TLS1_3_VERSION }
    /// "TLSv1.3", for instance.
    public var version: String { SSL_get_version(ssl).map { String(cString: $0) } ?? "" }
    /// "TLS_AES_256_GCM_SHA384", for instance.
    public var cipher: String { SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { String(cString: $0) } ?? "" }
    /// Whether an earlier session was resumed.
    public var isResumed: Bool { SSL_session_reused(ssl) == 1 }
    /// The host that the client asked for.
    public var serverName: String? {
        SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }
    /// The protocol above TLS, when one was agreed on.
    public var applicationProtocol: String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &bytes, &count)
        return bytes.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(count)), as: UTF8.self) }
    }
    /// What the peer's certificate says; nil without one.
    public var peer: TLSPeer? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        return TLSPeer(certificate, isVerified: SSL_get_verify_result(ssl) == X509_V_OK)
    }
    /// The session, for a client that wants to resume it.
    public func takeTicket() -> TLSTicket? { SSL_get1_session(ssl).map { TLSTicket($0) } }
    /// Resumes that session, if the server agrees.
    public mutating func resume(_ ticket: TLSTicket) { SSL_set_session(ssl, ticket.pointer) }
    /// Asks for new keys, as a peer may at any time (RFC 8446 section 4.6.3). Sent with the next write.
    public mutating func updateKeys() { SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) }
    /// Asks for a new handshake, as TLS 1.2 once allowed. Whether it was begun.
    public mutating func renegotiate() -> Bool {
        Self.forgetErrors()
        guard SSL_renegotiate(ssl) == 1 else { return false }
        _ = SSL_do_handshake(ssl)
        Self.forgetErrors()
        return true
    }
}
