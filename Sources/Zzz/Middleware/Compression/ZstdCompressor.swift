import CZlib
import Glibc

/// The functions of libzstd that are needed, when the machine has it.
struct ZstdLibrary: Sendable {
    static let shared = ZstdLibrary()

    fileprivate let create: zzz_zstd_create
    fileprivate let free: zzz_zstd_free
    fileprivate let set: zzz_zstd_set
    fileprivate let reset: zzz_zstd_reset
    fileprivate let compress: zzz_zstd_compress
    fileprivate let isError: zzz_zstd_is_error

    private init?() {
        guard let library = SharedLibrary("libzstd.so.1"),
            let create = library.function("ZSTD_createCCtx", as: zzz_zstd_create.self),
            let free = library.function("ZSTD_freeCCtx", as: zzz_zstd_free.self),
            let set = library.function("ZSTD_CCtx_setParameter", as: zzz_zstd_set.self),
            let reset = library.function("ZSTD_CCtx_reset", as: zzz_zstd_reset.self),
            let compress = library.function("ZSTD_compressStream2", as: zzz_zstd_compress.self),
            let isError = library.function("ZSTD_isError", as: zzz_zstd_is_error.self)
        else { return nil }
        (self.create, self.free, self.set) = (create, free, set)
        (self.reset, self.compress, self.isError) = (reset, compress, isError)
    }
}

/// zstd.
final class ZstdCompressor: Compressor {
    private let library: ZstdLibrary
    private let state: OpaquePointer

    /// - Returns: nil without memory.
    init?(_ library: ZstdLibrary, level: Int, _ use: CompressionUse) {
        guard let state = library.create() else { return nil }
        self.library = library
        self.state = state
        _ = library.set(state, Int32(ZZZ_ZSTD_LEVEL), Int32(level))
        // A browser need not take a window of more than 8 MiB (RFC 9659).
        _ = library.set(state, Int32(ZZZ_ZSTD_WINDOW), use == .bodies ? 18 : 14)
    }

    deinit { _ = library.free(state) }

    func reset() -> Bool {
        library.isError(library.reset(state, Int32(ZZZ_ZSTD_RESET_SESSION))) == 0
    }

    func compress(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into output: inout CompressedBytes) -> Bool {
        let end = Int32(isLast ? ZZZ_ZSTD_END : ZZZ_ZSTD_FLUSH)
        var input = zzz_zstd_input(bytes: bytes.baseAddress, size: bytes.count, position: 0)
        var wanted = bytes.count + bytes.count / 256 + 64
        while true {
            let room = output.room(wanted)
            var target = zzz_zstd_output(bytes: room.baseAddress, size: room.count, position: 0)
            let left = library.compress(state, &target, &input, end)
            guard library.isError(left) == 0 else { return false }
            output.fill(target.position)
            // 0: nothing is left inside (zstd.h).
            if left == 0 { return true }
            wanted = max(left, 16_384)
        }
    }
}
