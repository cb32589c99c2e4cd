import CZlib
import Glibc

/// The functions of libbrotlienc that are needed, when the machine has it.
struct BrotliLibrary: Sendable {
    static let shared = BrotliLibrary()

    fileprivate let create: zzz_brotli_create
    fileprivate let set: zzz_brotli_set
    fileprivate let compress: zzz_brotli_compress
    fileprivate let destroy: zzz_brotli_destroy

    private init?() {
        guard let library = SharedLibrary("libbrotlienc.so.1"),
            let create = library.function("BrotliEncoderCreateInstance", as: zzz_brotli_create.self),
            let set = library.function("BrotliEncoderSetParameter", as: zzz_brotli_set.self),
            let compress = library.function("BrotliEncoderCompressStream", as: zzz_brotli_compress.self),
            let destroy = library.function("BrotliEncoderDestroyInstance", as: zzz_brotli_destroy.self)
        else { return nil }
        (self.create, self.set, self.compress, self.destroy) = (create, set, compress, destroy)
    }
}

/// br. The library has no way to use an encoder again, so each response has a new one.
final class BrotliCompressor: Compressor {
    private let library: BrotliLibrary
    private let level: Int
    private let use: CompressionUse
    private var state: OpaquePointer

    /// - Returns: nil without memory.
    init?(_ library: BrotliLibrary, level: Int, _ use: CompressionUse) {
        guard let state = Self.make(library, level, use) else { return nil }
        self.library = library
        self.level = level
        self.use = use
        self.state = state
    }

    private static func make(_ library: BrotliLibrary, _ level: Int, _ use: CompressionUse) -> OpaquePointer? {
        guard let state = library.create(nil, nil, nil) else { return nil }
        _ = library.set(state, Int32(ZZZ_BROTLI_QUALITY), UInt32(level))
        // The bits of the window.
        _ = library.set(state, Int32(ZZZ_BROTLI_WINDOW), use == .bodies ? 18 : 14)
        return state
    }

    deinit { library.destroy(state) }

    func reset() -> Bool {
        guard let fresh = Self.make(library, level, use) else { return false }
        library.destroy(state)
        state = fresh
        return true
    }

    func compress(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into output: inout CompressedBytes) -> Bool {
        let operation = Int32(isLast ? ZZZ_BROTLI_FINISH : ZZZ_BROTLI_FLUSH)
        var input = bytes.bindMemory(to: UInt8.self).baseAddress
        var inputCount = bytes.count
        // At the first go the room is mostly enough: what cannot be compressed grows a little.
        var wanted = bytes.count + bytes.count / 1024 + 64
        while true {
            let room = output.room(wanted)
            var next = room.bindMemory(to: UInt8.self).baseAddress
            var free = room.count
            guard library.compress(state, operation, &inputCount, &input, &free, &next, nil) != 0 else { return false }
            output.fill(room.count - free)
            // "Caller should repeat until available_in becomes 0 and there is no more output" (brotli/encode.h).
            if inputCount == 0, free > 0 { return true }
            wanted = 16_384
        }
    }
}
