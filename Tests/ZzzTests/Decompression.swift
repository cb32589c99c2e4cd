import CZlib
import Glibc

/// The other direction of ``Compress``, by the same libraries.
enum Decompression {
    /// What the bytes were before; nil when they are not in that coding. A stream that has not ended gives what has
    /// come so far.
    static func bytes(_ bytes: [UInt8], _ coding: String) -> [UInt8]? {
        switch coding {
        case "gzip": inflated(bytes, window: 15 + 16)
        case "deflate": inflated(bytes, window: 15)
        case "br": brotli(bytes)
        case "zstd": zstd(bytes)
        default: nil
        }
    }

    static func text(_ bytes: [UInt8], _ coding: String) -> String? {
        self.bytes(bytes, coding).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func inflated(_ bytes: [UInt8], window: Int32) -> [UInt8]? {
        var stream = z_stream()
        guard zzz_inflate_begin(&stream, window) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        var input = bytes
        return input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            var piece = [UInt8](repeating: 0, count: 65_536)
            while true {
                let result = piece.withUnsafeMutableBufferPointer { piece in
                    stream.next_out = piece.baseAddress
                    stream.avail_out = UInt32(piece.count)
                    return inflate(&stream, Z_NO_FLUSH)
                }
                output += piece[..<(piece.count - Int(stream.avail_out))]
                if result == Z_STREAM_END { return stream.avail_in == 0 ? output : nil }
                guard result == Z_OK || result == Z_BUF_ERROR else { return nil }
                if stream.avail_in == 0, stream.avail_out > 0 { return output }
            }
        }
    }

    private typealias BrotliCreate = @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?) -> OpaquePointer?
    private typealias BrotliDecode = @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<Int>, UnsafeMutablePointer<UnsafePointer<UInt8>?>,
        UnsafeMutablePointer<Int>, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>?
    ) -> Int32

    private static func brotli(_ bytes: [UInt8]) -> [UInt8]? {
        guard let create = function("libbrotlidec.so.1", "BrotliDecoderCreateInstance", BrotliCreate.self),
            let decode = function("libbrotlidec.so.1", "BrotliDecoderDecompressStream", BrotliDecode.self),
            let state = create(nil, nil, nil)
        else { return nil }
        var output = [UInt8](repeating: 0, count: 4 << 20)
        var free = output.count
        let result = bytes.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var (next, count) = (input.baseAddress, input.count)
                var target = output.baseAddress
                return decode(state, &count, &next, &free, &target, nil)
            }
        }
        // 0 is an error (brotli/decode.h).
        return result == 0 ? nil : Array(output[..<(output.count - free)])
    }

    private typealias ZstdCreate = @convention(c) () -> OpaquePointer?
    private typealias ZstdDecode = @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<zzz_zstd_output>, UnsafeMutablePointer<zzz_zstd_input>
    ) -> Int

    private static func zstd(_ bytes: [UInt8]) -> [UInt8]? {
        guard let create = function("libzstd.so.1", "ZSTD_createDStream", ZstdCreate.self),
            let decode = function("libzstd.so.1", "ZSTD_decompressStream", ZstdDecode.self),
            let isError = function("libzstd.so.1", "ZSTD_isError", zzz_zstd_is_error.self), let state = create()
        else { return nil }
        var output = [UInt8](repeating: 0, count: 4 << 20)
        return bytes.withUnsafeBytes { input in
            var source = zzz_zstd_input(bytes: input.baseAddress, size: input.count, position: 0)
            let count = output.withUnsafeMutableBytes { output -> Int? in
                var target = zzz_zstd_output(bytes: output.baseAddress, size: output.count, position: 0)
                while source.position < source.size {
                    guard isError(decode(state, &target, &source)) == 0 else { return nil }
                }
                return target.position
            }
            return count.map { Array(output[..<$0]) }
        }
    }

    private static func function<Function>(_ library: String, _ name: String, _ type: Function.Type) -> Function? {
        guard let handle = dlopen(library, RTLD_NOW) else { return nil }
        return dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }
}
