import ZzzAppABI
import ZzzCrypto
import ZzzStore

@testable import Zzz

// The store and the cryptography of the fake host: the daemon's own libraries, behind tables that trust their caller.

extension FakeTables {
    nonisolated(unsafe) static let store = constant(makeStore())
    nonisolated(unsafe) static let crypto = constant(makeCrypto())

    private typealias ErrorPointer = UnsafeMutablePointer<zzz_error>?

    // MARK: Store

    private static func makeStore() -> zzz_store {
        var table = zzz_store()
        table.size = UInt32(MemoryLayout<zzz_store>.size)
        table.get = { app, key, value, version, error in
            FakeTables.store(app, error) { store throws(StoreError) in
                let found = try store.get(key.buffer.bytes)
                value!.pointee.give(found.value)
                version?.pointee = found.version
            }
        }
        table.put = { app, key, value, expiresIn, ifVersion, version, error in
            FakeTables.store(app, error) { store throws(StoreError) in
                let new = try store.put(
                    key.buffer.bytes, value.array, expiresIn: FakeTables.nanoseconds(expiresIn),
                    if: FakeTables.condition(ifVersion))
                version?.pointee = new
            }
        }
        table.remove = { app, key, ifVersion, error in
            FakeTables.store(app, error) { store throws(StoreError) in
                try store.remove(key.buffer.bytes, if: FakeTables.condition(ifVersion))
            }
        }
        table.touch = { app, key, expiresIn, error in
            FakeTables.store(app, error) { store throws(StoreError) in
                try store.touch(key.buffer.bytes, expiresIn: FakeTables.nanoseconds(expiresIn))
            }
        }
        table.add = { app, key, delta, expiresIn, result, error in
            FakeTables.store(app, error) { store throws(StoreError) in
                result!.pointee = try store.add(
                    delta, to: key.buffer.bytes, expiresIn: FakeTables.nanoseconds(expiresIn))
            }
        }
        table.take = { app, key, tokens, bucket, grant, error in
            guard
                let kind = TokenBucket(
                    capacity: bucket!.pointee.capacity, intervalNanoseconds: bucket!.pointee.interval_ns)
            else { return FakeTables.refuse(error, HostStatus.invalid, "no bucket") }
            return FakeTables.store(app, error) { store throws(StoreError) in
                let taken = try store.take(tokens, from: key.buffer.bytes, kind)
                grant!.pointee.allowed = taken.isAllowed ? 1 : 0
                grant!.pointee.remaining = taken.remaining
                grant!.pointee.retry_after_ns = taken.retryAfterNanoseconds
                grant!.pointee.full_after_ns = taken.fullAfterNanoseconds
            }
        }
        table.remove_prefix = { app, prefix, removed, error in
            FakeTables.store(app, error) { store throws(StoreError) in
                let count = store.removeAll(prefix: prefix.buffer.bytes)
                removed?.pointee = UInt64(count)
            }
        }
        return table
    }

    private static func store(
        _ app: OpaquePointer?, _ error: ErrorPointer, _ body: (MemoryStore) throws(StoreError) -> Void
    ) -> zzz_status {
        guard let host = FakeHost.from(app) else { return HostStatus.invalid }
        do throws(StoreError) {
            try body(host.store)
            return HostStatus.ok
        } catch let failure {
            let status =
                switch failure {
                case .notFound: HostStatus.notFound
                case .conflict, .notAValue, .notANumber, .notABucket: HostStatus.conflict
                case .keyByteCount, .tooManyTokens: HostStatus.invalid
                case .valueTooLarge, .entryTooLarge, .overflow: HostStatus.limit
                }
            return FakeTables.refuse(error, status, failure.description)
        }
    }

    private static func nanoseconds(_ milliseconds: UInt64) -> UInt64? {
        milliseconds == 0 ? nil : milliseconds * 1_000_000
    }

    private static func condition(_ version: UInt64) -> MemoryStore.Condition {
        version == .max ? .any : version == 0 ? .absent : .version(version)
    }

    // MARK: Crypto

    private static func makeCrypto() -> zzz_crypto {
        var table = zzz_crypto()
        table.size = UInt32(MemoryLayout<zzz_crypto>.size)
        table.random = { bytes, count, _ in
            guard let random = try? Randomness.bytes(count) else { return HostStatus.invalid }
            UnsafeMutableRawBufferPointer(start: bytes, count: count).copyBytes(from: random)
            return 0
        }
        table.digest = { algorithm, data, result, error in
            FakeTables.fill(result, error) { () throws(CryptoError) in
                try ZzzCrypto.Digest(rawValue: algorithm)!.of(data.array)
            }
        }
        table.authentication_code = { algorithm, key, data, result, error in
            FakeTables.fill(result, error) { () throws(CryptoError) in
                try AuthenticationCode.of(data.array, key: key.array, ZzzCrypto.Digest(rawValue: algorithm)!)
            }
        }
        table.derive_key = { secret, purpose, salt, result, error in
            let count = result!.pointee.capacity
            return FakeTables.fill(result, error) { () throws(CryptoError) in
                try KeyDerivation.derive(
                    from: secret.array, purpose: purpose.string, salt: salt.array, byteCount: count)
            }
        }
        table.seal = { key, context, text, box, error in
            FakeTables.fill(box, error) { () throws(CryptoError) in
                try SealedBox.seal(text.array, key: key.array, authenticating: context.array)
            }
        }
        table.open = { key, context, box, text, error in
            FakeTables.fill(text, error) { () throws(CryptoError) in
                try SealedBox.open(box.array, key: key.array, authenticating: context.array)
            }
        }
        table.hash_password = { password, cost, hash, error in
            let cost = cost.map { ScryptCost(ln: Int($0.pointee.ln), r: Int($0.pointee.r), p: Int($0.pointee.p)) }
            return FakeTables.fill(hash, error) { () throws(CryptoError) in
                Array(try PasswordHash.make(password.buffer.bytes, cost: cost ?? .standard).utf8)
            }
        }
        table.verify_password = { password, hash, error in
            FakeTables.check(error) { () throws(CryptoError) in
                try PasswordHash.verify(password.buffer.bytes, hash.string)
            }
        }
        addKeyFunctions(&table)
        return table
    }

    /// A key's handle is its retained object.
    private static func addKeyFunctions(_ table: inout zzz_crypto) {
        table.public_key = { _, format, encoding, key, error in
            FakeTables.check(error) { () throws(CryptoError) in
                let made =
                    Int(format) == ZZZ_KEY_DER
                    ? try ZzzCrypto.PublicKey(der: encoding.buffer.bytes)
                    : try ZzzCrypto.PublicKey(pem: encoding.buffer.bytes)
                key!.pointee = OpaquePointer(Unmanaged.passRetained(made).toOpaque())
                return true
            }
        }
        table.release_key = { key in
            Unmanaged<ZzzCrypto.PublicKey>.fromOpaque(UnsafeRawPointer(key!)).release()
            return 0
        }
        table.verify = { key, algorithm, signature, data, error in
            let key = Unmanaged<ZzzCrypto.PublicKey>.fromOpaque(UnsafeRawPointer(key!)).takeUnretainedValue()
            return FakeTables.check(error) { () throws(CryptoError) in
                try key.verify(
                    ZzzCrypto.SignatureAlgorithm(rawValue: algorithm)!, signature: signature.buffer.bytes,
                    data.buffer.bytes)
            }
        }
    }

    /// Nil: not right.
    private static func fill(
        _ result: UnsafeMutablePointer<zzz_buffer>?, _ error: ErrorPointer,
        _ body: () throws(CryptoError) -> [UInt8]?
    ) -> zzz_status {
        check(error) { () throws(CryptoError) in
            guard let bytes = try body() else { return false }
            result!.pointee.give(bytes)
            return true
        }
    }

    private static func check(_ error: ErrorPointer, _ body: () throws(CryptoError) -> Bool) -> zzz_status {
        do throws(CryptoError) {
            return try body() ? HostStatus.ok : HostStatus.notFound
        } catch let failure {
            return refuse(error, HostStatus.invalid, failure.reason)
        }
    }
}

extension zzz_buffer {
    fileprivate mutating func give(_ bytes: [UInt8]) {
        count = bytes.count
        guard count <= capacity else { return }
        UnsafeMutableRawBufferPointer(start: data, count: capacity).copyBytes(from: bytes)
    }
}
