import Synchronization
import ZzzAppABI

/// Compresses the pieces of a streamed response, and gives them to the host. Each piece can be read when it arrives.
///
/// A heartbeat may come in between on another thread, when that of the stream has lost its loop.
final class StreamCompressor: Sendable {
    private struct State: ~Copyable, @unchecked Sendable {
        // @unchecked: nobody else has the compressor.
        let compressor: any Compressor
        var output = CompressedBytes()
    }

    // Held while the host takes the bytes, which calls nobody back: the order in which they are compressed is that in
    // which they must be sent.
    private let state: Mutex<State>

    /// - Returns: nil without memory.
    init?(_ coding: Compress.Coding) {
        guard let compressor = coding.makeCompressor(for: .stream) else { return nil }
        state = Mutex(State(compressor: compressor))
    }

    /// - Parameter isLast: nothing follows.
    /// - Returns: what `zzz_http.write` says: `ZZZ_WAIT` for having to wait.
    func write(
        _ piece: zzz_bytes, isLast: Bool = false, to request: OpaquePointer, _ http: UnsafePointer<zzz_http>
    ) throws(HostError) -> zzz_status {
        try state.withLock { state throws(HostError) in
            defer { state.output.removeAll() }
            guard state.compressor.compress(piece.buffer, isLast: isLast, into: &state.output) else {
                throw HostError("compress", code: HostStatus.limit, message: "out of memory")
            }
            let bytes = zzz_bytes(state.output.bytes)
            return try hostCall("write") { http.pointee.write(request, bytes, $0) }
        }
    }
}
