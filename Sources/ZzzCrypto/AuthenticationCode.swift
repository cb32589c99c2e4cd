import COpenSSL

/// HMAC (RFC 2104): proves that whoever made a message knows the key.
public enum AuthenticationCode {
    /// Writes the code of `data` to the first `digest.byteCount` bytes of `result`. SHA-1 is refused.
    public static func compute(
        _ digest: Digest, key: RawSpan, _ data: RawSpan, into result: inout MutableRawSpan
    ) throws(CryptoError) {
        guard digest != .sha1 else { throw CryptoError("authentication code", "SHA-1 is for digests only") }
        guard result.byteCount >= digest.byteCount else {
            throw CryptoError(
                "authentication code", "room for \(result.byteCount) bytes, \(digest.byteCount) are needed")
        }
        let context = try MACContext()
        let status = key.withUnsafeBytes { key in
            data.withUnsafeBytes { data in
                result.withUnsafeMutableBytes { result in
                    context.compute(digest, key, data, result)
                }
            }
        }
        guard status == 1 else { throw .openSSL("authentication code") }
    }

    /// The code of `data`.
    public static func of(_ data: [UInt8], key: [UInt8], _ digest: Digest) throws(CryptoError) -> [UInt8] {
        try [UInt8](count: digest.byteCount) { result throws(CryptoError) in
            try compute(digest, key: key.span.bytes, data.span.bytes, into: &result)
        }
    }
}

/// EVP_MAC_CTX
private struct MACContext: ~Copyable {
    private let pointer: OpaquePointer

    init() throws(CryptoError) {
        guard let pointer = EVP_MAC_CTX_new(Algorithms.shared.hmac) else { throw .openSSL("authentication code") }
        self.pointer = pointer
    }

    deinit { EVP_MAC_CTX_free(pointer) }

    func compute(
        _ digest: Digest, _ key: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer,
        _ result: UnsafeMutableRawBufferPointer
    ) -> Int32 {
        var parameters = Parameters()
        parameters.add("digest", text: digest.name)
        // EVP_MAC_init(3) takes no key for "keep the old one": an empty one has an address too.
        let isReady = withUnsafePointer(to: 0 as UInt8) { empty in
            parameters.use { EVP_MAC_init(pointer, key.octets ?? empty, key.count, $0) }
        }
        guard isReady == 1, EVP_MAC_update(pointer, data.octets, data.count) == 1 else { return 0 }
        var count = 0
        return EVP_MAC_final(pointer, result.bytes, &count, result.count)
    }
}
