import ZzzTLS

/// One session, and what it has sent and not been taken yet.
final class Side {
    private var session: TLSSession
    private let output = Output()
    /// Plaintext that has come.
    private(set) var received: [UInt8] = []
    private(set) var hasEnded = false
    private(set) var failure: TLSFailure?

    final class Output {
        var bytes: [UInt8] = []
    }

    private static let emit: TLSSession.Emit = { receiver, bytes, count in
        Unmanaged<Output>.fromOpaque(receiver!).takeUnretainedValue().bytes
            += UnsafeRawBufferPointer(start: bytes, count: count)
    }

    init(server context: TLSContext) {
        session = TLSSession(context, emit: Side.emit, to: Unmanaged.passUnretained(output).toOpaque())!
    }

    init(client context: TLSClientContext, host: String? = nil, ticket: TLSTicket? = nil) {
        session = TLSSession(context, host: host, emit: Side.emit, to: Unmanaged.passUnretained(output).toOpaque())!
        if let ticket { session.resume(ticket) }
    }

    var phase: TLSSession.Phase { session.phase }
    var peer: TLSPeer? { session.peer }
    var version: String { session.version }
    var isResumed: Bool { session.isResumed }
    var applicationProtocol: String? { session.applicationProtocol }

    func take() -> [UInt8] {
        defer { output.bytes = [] }
        return output.bytes
    }

    func handshake() { session.handshake() }

    /// As a connection does: the handshake first, then everything that can be read.
    func feed(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            session.feed(bytes)
            session.handshake()
            if session.phase == .open || session.phase == .peerClosed { readAll() }
            if case .failed(let failure) = session.phase { self.failure = failure }
            session.forgetInput()
        }
    }

    private func readAll() {
        var piece = [UInt8](repeating: 0, count: 20_000)
        while true {
            switch piece.withUnsafeMutableBytes({ session.read(into: $0) }) {
            case .data(let count): received += piece[..<count]
            case .end:
                hasEnded = true
                return
            case .needsMore, .failed: return
            }
        }
    }

    func write(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { session.write($0) } }
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }
    func closeNotify() { session.sendCloseNotify() }
    func sendKeys() -> TLSSendKeys? { session.sendKeys() }
    var isAskedForNewKeys: Bool { session.isAskedForNewKeys }
    func updateKeys() { session.updateKeys() }
    func renegotiate() -> Bool { session.renegotiate() }
    func ticket() -> TLSTicket? { session.takeTicket() }

    /// Lets both sides talk until neither has anything to say.
    /// - Parameter piece: how many bytes are given at a time; 0: all.
    static func converse(_ client: Side, _ server: Side, piece: Int = 0) {
        client.handshake()
        while true {
            let toServer = client.take()
            let toClient = server.take()
            if toServer.isEmpty, toClient.isEmpty { return }
            for (bytes, side) in [(toServer, server), (toClient, client)] where !bytes.isEmpty {
                let step = piece == 0 ? bytes.count : piece
                for start in stride(from: 0, to: bytes.count, by: step) {
                    side.feed(Array(bytes[start..<min(start + step, bytes.count)]))
                }
            }
        }
    }
}
