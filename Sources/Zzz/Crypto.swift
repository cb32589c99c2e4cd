import ZzzAppABI

/// Cryptography by the daemon's OpenSSL: ``Context/crypto`` within a request, ``process`` outside.
///
/// What is wrong with an argument is thrown as a ``HostError``. That a box was forged or a signature does not fit is a
/// result.
public struct Crypto: Sendable {
    let host: Host?

    /// For code outside a request: `App.init`, `App.start`, middleware that is being made.
    public static var process: Crypto { Crypto(host: Host.process) }

    /// A hash function.
    public enum Digest: UInt32, Sendable {
        /// For protocols that are built on it: collisions can be made. No authentication code can be made with it.
        case sha1 = 1
        case sha256, sha384, sha512

        /// How many bytes a digest has.
        public var byteCount: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    /// The length of a key for ``seal(_:key:authenticating:)``.
    public static let sealKeyByteCount = 32

    /// Bytes that nobody can guess.
    public func random(_ byteCount: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { room, count in
            count = byteCount
            if let crypto = host?.crypto, crypto.pointee.random(room.baseAddress, byteCount, nil) >= 0 { return }
            // Without the daemon, or for more than it gives at once: slower, and as good.
            var generator = SystemRandomNumberGenerator()
            for index in 0..<byteCount { room.initializeElement(at: index, to: generator.next()) }
        }
    }

    /// The digest of `data`.
    public func digest(_ algorithm: Digest, _ data: [UInt8]) throws -> [UInt8] {
        let crypto = try table
        return try data.withBytes { data in
            try filled("digest", algorithm.byteCount) { crypto.pointee.digest(algorithm.rawValue, data, $0, $1) }
        }
    }

    /// The digest of a text's UTF-8 bytes.
    public func digest(_ algorithm: Digest, _ text: String) throws -> [UInt8] {
        try digest(algorithm, Array(text.utf8))
    }

    /// HMAC (RFC 2104): proves that whoever made `data` knows the key. Compare codes with ``ConstantTime``.
    public func authenticationCode(_ algorithm: Digest, key: [UInt8], _ data: [UInt8]) throws -> [UInt8] {
        let crypto = try table
        return try key.withBytes { key in
            try data.withBytes { data in
                try filled("authentication code", algorithm.byteCount) {
                    crypto.pointee.authentication_code(algorithm.rawValue, key, data, $0, $1)
                }
            }
        }
    }

    /// HKDF with SHA-256 (RFC 5869): a key for one purpose, out of a secret that is hard to guess. The same secret and
    /// purpose give the same key; keys for other purposes tell nothing about it.
    /// - Parameter byteCount: 1 to 8160.
    public func deriveKey(from secret: [UInt8], purpose: String, byteCount: Int) throws -> [UInt8] {
        let crypto = try table
        guard byteCount > 0 else { throw HostError("derive key", code: HostStatus.invalid, message: "no bytes") }
        return try secret.withBytes { secret in
            try purpose.withBytes { purpose in
                try filled("derive key", byteCount) { crypto.pointee.derive_key(secret, purpose, .empty, $0, $1) }
            }
        }
    }

    /// Hides `plaintext` in a box that only the key opens, and that nobody can change: AES-256-GCM with a random nonce.
    /// - Parameters:
    ///   - key: of ``sealKeyByteCount`` bytes, for at most 2^32 boxes.
    ///   - context: what the box belongs to: it is not in the box, and must be the same to open it.
    public func seal(_ plaintext: [UInt8], key: [UInt8], authenticating context: [UInt8] = []) throws -> [UInt8] {
        let crypto = try table
        let byteCount = plaintext.count + Int(ZZZ_SEAL_OVERHEAD_BYTES)
        return try key.withBytes { key in
            try context.withBytes { context in
                try plaintext.withBytes { text in
                    try filled("seal", byteCount) { crypto.pointee.seal(key, context, text, $0, $1) }
                }
            }
        }
    }

    /// What is in a box; nil when it was forged, or belongs to another key or context.
    public func open(_ sealed: [UInt8], key: [UInt8], authenticating context: [UInt8] = []) throws -> [UInt8]? {
        let crypto = try table
        let byteCount = max(0, sealed.count - Int(ZZZ_SEAL_OVERHEAD_BYTES))
        return try key.withBytes { key in
            try context.withBytes { context in
                try sealed.withBytes { box in
                    try notFoundIsNil {
                        try filled("open", byteCount) { crypto.pointee.open(key, context, box, $0, $1) }
                    }
                }
            }
        }
    }

    var table: UnsafePointer<zzz_crypto> {
        get throws(HostError) {
            guard let host else {
                throw HostError("crypto", code: HostStatus.state, message: "the daemon has not made this app yet")
            }
            guard let crypto = host.crypto else {
                let message = "the daemon does not offer \(ZZZ_CRYPTO_EXTENSION)"
                throw HostError("crypto", code: HostStatus.unsupported, message: message)
            }
            return crypto
        }
    }

    /// Bytes that the host writes, all of them.
    private func filled(
        _ operation: StaticString, _ byteCount: Int,
        _ call: (UnsafeMutablePointer<zzz_buffer>, UnsafeMutablePointer<zzz_error>?) -> zzz_status
    ) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: byteCount) { room, count in
            var buffer = zzz_buffer(room, capacity: byteCount)
            _ = try hostCall(operation) { call(&buffer, $0) }
            count = buffer.count
        }
    }
}

extension Context {
    /// Cryptography by the daemon's OpenSSL.
    public var crypto: Crypto { Crypto(host: instance.host) }
}

/// What `body` returns; nil for what the host does not find, or finds not to be right.
func notFoundIsNil<Value>(_ body: () throws -> Value) throws -> Value? {
    do {
        return try body()
    } catch let error as HostError where error.code == HostStatus.notFound {
        return nil
    }
}
