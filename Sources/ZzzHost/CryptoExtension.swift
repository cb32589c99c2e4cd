import ZzzAppABI
import ZzzCrypto

/// "zzz.crypto/1": the functions of `zzz_crypto`, each a translation between C and ZzzCrypto.
enum CryptoExtension {
    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_crypto>
    }

    static var table: UnsafePointer<zzz_crypto> { storage.pointer }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_crypto>.allocate(capacity: 1)
        table.initialize(
            to: zzz_crypto(
                size: UInt32(MemoryLayout<zzz_crypto>.size), reserved: 0, random: random, digest: digest,
                authentication_code: authenticationCode, derive_key: deriveKey, seal: seal, open: open, equal: equal,
                hash_password: hashPassword, verify_password: verifyPassword, public_key: publicKey,
                release_key: releaseKey, verify: verify))
        return Table(pointer: UnsafePointer(table))
    }()

    private typealias ErrorPointer = UnsafeMutablePointer<zzz_error>?
    private typealias BufferPointer = UnsafeMutablePointer<zzz_buffer>?

    // MARK: Bytes

    private static let random: @convention(c) (UnsafeMutableRawPointer?, Int, ErrorPointer) -> zzz_status = {
        bytes, count, error in
        answering(error) { () throws(Refusal) in
            guard count > 0 else { return }
            guard let bytes else { throw .invalid("bytes: NULL") }
            var room = UnsafeMutableRawBufferPointer(start: bytes, count: count).mutableBytes
            try checked { () throws(CryptoError) in try Randomness.fill(&room) }
        }
    }

    private static let digest: @convention(c) (UInt32, zzz_bytes, BufferPointer, ErrorPointer) -> zzz_status = {
        algorithm, data, result, error in
        answering(error) { () throws(Refusal) in
            let digest = try digestAlgorithm(algorithm)
            let data = try data.bytes("data").bytes
            try result.fill("digest", digest.byteCount) { room throws(CryptoError) in
                try digest.compute(data, into: &room)
            }
        }
    }

    private static let authenticationCode:
        @convention(c) (UInt32, zzz_bytes, zzz_bytes, BufferPointer, ErrorPointer) -> zzz_status = {
            algorithm, key, data, result, error in
            answering(error) { () throws(Refusal) in
                let digest = try digestAlgorithm(algorithm)
                let (key, data) = (try key.bytes("key"), try data.bytes("data"))
                try result.fill("code", digest.byteCount) { room throws(CryptoError) in
                    try AuthenticationCode.compute(digest, key: key.bytes, data.bytes, into: &room)
                }
            }
        }

    private static let deriveKey:
        @convention(c) (zzz_bytes, zzz_bytes, zzz_bytes, BufferPointer, ErrorPointer) -> zzz_status = {
            secret, purpose, salt, result, error in
            answering(error) { () throws(Refusal) in
                let (secret, purpose) = (try secret.bytes("secret"), try purpose.bytes("purpose"))
                let salt = try salt.bytes("salt")
                let count = result?.pointee.capacity ?? 0
                try result.fill("key", count) { room throws(CryptoError) in
                    try KeyDerivation.derive(
                        from: secret.bytes, purpose: purpose.bytes, salt: salt.bytes, into: &room)
                }
            }
        }

    private static let seal:
        @convention(c) (zzz_bytes, zzz_bytes, zzz_bytes, BufferPointer, ErrorPointer) -> zzz_status = {
            key, context, text, box, error in
            answering(error) { () throws(Refusal) in
                let (key, context, text) = try (key.bytes("key"), context.bytes("context"), text.bytes("text"))
                try box.fill("box", text.count + SealedBox.overheadByteCount) { room throws(CryptoError) in
                    try SealedBox.seal(text.bytes, key: key.bytes, authenticating: context.bytes, into: &room)
                }
            }
        }

    private static let open:
        @convention(c) (zzz_bytes, zzz_bytes, zzz_bytes, BufferPointer, ErrorPointer) -> zzz_status = {
            key, context, box, text, error in
            answering(error) { () throws(Refusal) in
                let (key, context, box) = try (key.bytes("key"), context.bytes("context"), box.bytes("box"))
                var isOpen = true
                try text.fill("text", max(0, box.count - SealedBox.overheadByteCount)) { room throws(CryptoError) in
                    isOpen = try SealedBox.open(
                        box.bytes, key: key.bytes, authenticating: context.bytes, into: &room)
                }
                guard isOpen else { throw Refusal(Status.notFound, "the box was forged, or is another key's") }
            }
        }

    private static let equal: @convention(c) (zzz_bytes, zzz_bytes) -> Int32 = { left, right in
        guard let left = left.buffer, let right = right.buffer else { return 0 }
        return ConstantTime.equal(left.bytes, right.bytes) ? 1 : 0
    }

    private static func digestAlgorithm(_ number: UInt32) throws(Refusal) -> Digest {
        guard let digest = Digest(rawValue: number) else { throw .invalid("digest: \(number) is none of ZZZ_SHA*") }
        return digest
    }

    // MARK: Passwords

    private static let hashPassword:
        @convention(c) (zzz_bytes, UnsafePointer<zzz_password_cost>?, BufferPointer, ErrorPointer) -> zzz_status = {
            password, cost, hash, error in
            answering(error) { () throws(Refusal) in
                guard let hash else { throw .invalid("hash: NULL") }
                let password = try password.bytes("password")
                let cost = try Self.cost(cost)
                // So that nothing is computed in vain.
                _ = try hash.room("hash")
                let text = try checked { () throws(CryptoError) in
                    try PasswordHash.make(password.bytes, cost: cost)
                }
                try hash.fill("hash", Array(text.utf8))
            }
        }

    private static let verifyPassword: @convention(c) (zzz_bytes, zzz_bytes, ErrorPointer) -> zzz_status = {
        password, hash, error in
        answering(error) { () throws(Refusal) in
            let password = try password.bytes("password")
            let text = try hash.text("hash", maximum: PasswordHash.maximumByteCount)
            let isRight = try checked { () throws(CryptoError) in try PasswordHash.verify(password.bytes, text) }
            guard isRight else { throw Refusal(Status.notFound, "another password") }
        }
    }

    private static func cost(_ cost: UnsafePointer<zzz_password_cost>?) throws(Refusal) -> ScryptCost {
        guard let cost else { return .standard }
        guard Int(cost.pointee.size) >= MemoryLayout<zzz_password_cost>.size else {
            throw .invalid("cost: its size is not sizeof(zzz_password_cost)")
        }
        return ScryptCost(ln: Int(cost.pointee.ln), r: Int(cost.pointee.r), p: Int(cost.pointee.p))
    }

    // MARK: Signatures

    private static let publicKey:
        @convention(c) (
            OpaquePointer?, UInt32, zzz_bytes, UnsafeMutablePointer<OpaquePointer?>?, ErrorPointer
        ) -> zzz_status = { app, format, encoding, key, error in
            answering(error) { () throws(Refusal) in
                guard Generation.from(handle: app) != nil else { throw .invalid("app: not a handle of this host") }
                guard let key else { throw .invalid("key: NULL") }
                let encoding = try encoding.bytes("encoding")
                let made = try checked { () throws(CryptoError) -> PublicKey? in
                    switch Int(format) {
                    case ZZZ_KEY_DER: try PublicKey(der: encoding.bytes)
                    case ZZZ_KEY_PEM: try PublicKey(pem: encoding.bytes)
                    default: nil
                    }
                }
                guard let made else { throw .invalid("format: \(format) is none of ZZZ_KEY_*") }
                key.pointee = try AppKeys.add(made, app: app)
            }
        }

    private static let releaseKey: @convention(c) (OpaquePointer?) -> zzz_status = { key in
        AppKeys.remove(key) ? Status.ok : Status.gone
    }

    private static let verify:
        @convention(c) (OpaquePointer?, UInt32, zzz_bytes, zzz_bytes, ErrorPointer) -> zzz_status = {
            key, algorithm, signature, data, error in
            answering(error) { () throws(Refusal) in
                guard let key = AppKeys.find(key) else { throw Refusal(Status.gone, "the key has ended") }
                guard let algorithm = SignatureAlgorithm(rawValue: algorithm) else {
                    throw .invalid("algorithm: \(algorithm) is none of ZZZ_RS256 to ZZZ_EDDSA")
                }
                let (signature, data) = (try signature.bytes("signature"), try data.bytes("data"))
                let isValid = try checked { () throws(CryptoError) in
                    try key.verify(algorithm, signature: signature.bytes, data.bytes)
                }
                guard isValid else { throw Refusal(Status.notFound, "the signature is not of this key") }
            }
        }
}

/// Runs a call of ZzzCrypto's.
private func checked<Value>(_ body: () throws(CryptoError) -> Value) throws(Refusal) -> Value {
    do throws(CryptoError) {
        return try body()
    } catch {
        throw Refusal(error.isArgument ? Status.invalid : Status.io, error.reason)
    }
}

extension Optional<UnsafeMutablePointer<zzz_buffer>> {
    /// Sets the count, and lets `body` write the result when there is room for all of it.
    fileprivate func fill(
        _ name: String, _ count: Int, _ body: (inout MutableRawSpan) throws(CryptoError) -> Void
    ) throws(Refusal) {
        guard let self else { throw .invalid("\(name): NULL") }
        let room = try self.room(name)
        self.pointee.count = count
        guard count <= room.count else { return }
        var bytes = UnsafeMutableRawBufferPointer(rebasing: room[..<count]).mutableBytes
        try checked { () throws(CryptoError) in try body(&bytes) }
    }
}
