import Glibc
import Synchronization
import ZzzTLS

/// The TLS of a test's client, between its calls and its socket.
final class ClientTLS: Sendable {
    /// The session and what it wants to send; one that the lock guards.
    private final class State {
        var session: TLSSession?
        var outgoing: [UInt8] = []
        /// What was received last, which the session borrows.
        var incoming: [UInt8] = []
    }

    private let state: Mutex<State>
    private let context: TLSClientContext

    init(_ context: TLSClientContext, host: String?) {
        self.context = context
        let state = State()
        state.session = TLSSession(
            context, host: host,
            emit: { receiver, bytes, count in
                Unmanaged<State>.fromOpaque(receiver!).takeUnretainedValue().outgoing
                    += UnsafeRawBufferPointer(start: bytes, count: count)
            }, to: Unmanaged.passUnretained(state).toOpaque())
        self.state = Mutex(state)
    }

    /// Goes on with the handshake, and says whether it is over.
    func handshake() throws -> Bool {
        try state.withLock { state in
            state.session?.handshake()
            switch state.session?.phase {
            case .open?: return true
            case .failed(let failure)?: throw Client.Failure(description: "TLS: \(failure)")
            default: return false
            }
        }
    }

    func encrypt(_ bytes: [UInt8]) {
        state.withLock { state in
            for start in stride(from: 0, to: bytes.count, by: 16_384) {
                bytes[start..<min(start + 16_384, bytes.count)].withUnsafeBytes { _ = state.session?.write($0) }
            }
        }
    }

    func closeNotify() { state.withLock { $0.session?.sendCloseNotify() } }

    /// What is to be sent, once.
    func takeOutgoing() -> [UInt8] {
        state.withLock { state in
            defer { state.outgoing = [] }
            return state.outgoing
        }
    }

    /// What was not sent after all.
    func giveBack(_ bytes: [UInt8]) { state.withLock { $0.outgoing = bytes + $0.outgoing } }

    func feed(_ bytes: [UInt8]) {
        state.withLock { state in
            // The array is not touched before all of it was used.
            state.incoming = bytes
            state.incoming.withUnsafeBytes { state.session?.feed($0) }
        }
    }

    /// Plaintext; nil when more must be fed, empty at the end.
    func decrypt() throws -> [UInt8]? {
        try state.withLock { state in
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 16_384)
            while true {
                switch piece.withUnsafeMutableBytes({ state.session?.read(into: $0) }) {
                case .data(let count)?: all += piece[..<count]
                case .needsMore?, nil: return all.isEmpty ? nil : all
                case .end?: return all
                case .failed(let failure)?:
                    if !all.isEmpty { return all }
                    throw Client.Failure(description: "TLS: \(failure)")
                }
            }
        }
    }

    var hasReceivedCloseNotify: Bool { state.withLock { $0.session?.phase == .peerClosed } }
    var version: String { state.withLock { $0.session?.version ?? "" } }
    var applicationProtocol: String? { state.withLock { $0.session?.applicationProtocol } }
}
