import COpenSSL

/// A hash function.
public enum Digest: UInt32, Sendable, CaseIterable {
    /// For protocols that are built on it, and for nothing that has to hold: collisions can be made.
    case sha1 = 1
    case sha256
    case sha384
    case sha512

    /// How many bytes a digest has.
    public var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The most bytes that a digest has.
    public static let maximumByteCount = 64

    /// Writes the digest of `data` to the first `byteCount` bytes of `result`.
    public func compute(_ data: RawSpan, into result: inout MutableRawSpan) throws(CryptoError) {
        guard result.byteCount >= byteCount else {
            throw CryptoError("digest", "room for \(result.byteCount) bytes, \(byteCount) are needed")
        }
        let status = data.withUnsafeBytes { data in
            result.withUnsafeMutableBytes { result in
                EVP_Digest(data.baseAddress, data.count, result.bytes, nil, implementation, nil)
            }
        }
        guard status == 1 else { throw .openSSL("digest") }
    }

    /// The digest of `data`.
    public func of(_ data: [UInt8]) throws(CryptoError) -> [UInt8] {
        try [UInt8](count: byteCount) { result throws(CryptoError) in try compute(data.span.bytes, into: &result) }
    }

    /// As OpenSSL names it.
    var name: StaticString {
        switch self {
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha384: "SHA384"
        case .sha512: "SHA512"
        }
    }

    /// EVP_MD: constant, and kept for the life of the process.
    var implementation: OpaquePointer? {
        switch self {
        case .sha1: Algorithms.shared.sha1
        case .sha256: Algorithms.shared.sha256
        case .sha384: Algorithms.shared.sha384
        case .sha512: Algorithms.shared.sha512
        }
    }
}

/// OpenSSL's implementations, fetched once: looking one up costs more than a short digest.
struct Algorithms: @unchecked Sendable {
    // @unchecked: constant objects of OpenSSL's that any thread may use, never freed.
    static let shared = Algorithms()

    let sha1 = EVP_MD_fetch(nil, "SHA1", nil)
    let sha256 = EVP_MD_fetch(nil, "SHA256", nil)
    let sha384 = EVP_MD_fetch(nil, "SHA384", nil)
    let sha512 = EVP_MD_fetch(nil, "SHA512", nil)
    let hmac = EVP_MAC_fetch(nil, "HMAC", nil)
    let hkdf = EVP_KDF_fetch(nil, "HKDF", nil)
    let scrypt = EVP_KDF_fetch(nil, "SCRYPT", nil)
    let aes256GCM = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
}

extension [UInt8] {
    /// Bytes that `fill` writes.
    init(count: Int, _ fill: (inout MutableRawSpan) throws(CryptoError) -> Void) throws(CryptoError) {
        self.init(repeating: 0, count: count)
        var span = mutableSpan
        var bytes = span.mutableBytes
        try fill(&bytes)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Where OpenSSL writes to.
    var bytes: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeRawBufferPointer {
    /// Where OpenSSL reads from.
    var octets: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
