import COpenSSL
import Glibc
import Synchronization

/// The keys that session tickets are sealed with (RFC 5077 section 4): one that is in use, and the one before it, whose
/// tickets are still taken. A listener's loops share them, and so do its certificates.
public final class TLSTicketKeys: Sendable {
    private struct Key {
        var name: [UInt8]
        var cipher: [UInt8]
        var mac: [UInt8]
        var madeAt: Int

        init(at time: Int) {
            name = Self.random(16)
            cipher = Self.random(32)
            mac = Self.random(32)
            madeAt = time
        }

        private static func random(_ count: Int32) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: Int(count))
            let isRandom = RAND_bytes(&bytes, count) == 1
            precondition(isRandom, "no random bytes")
            return bytes
        }
    }

    /// The newest first; at most two.
    private let keys: Mutex<[Key]>
    /// How long a key seals new tickets.
    public let rotationSeconds: Int
    private let now: @Sendable () -> Int

    public init(rotationSeconds: Int, now: @escaping @Sendable () -> Int = TLSTicketKeys.monotonicSeconds) {
        self.rotationSeconds = rotationSeconds
        self.now = now
        keys = Mutex([Key(at: now())])
    }

    public static func monotonicSeconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }

    /// Makes a new key when the time of the current one is over, and forgets those that are too old.
    private func current(_ keys: inout [Key]) -> Key {
        let time = now()
        if time - keys[0].madeAt >= rotationSeconds { keys.insert(Key(at: time), at: 0) }
        if keys.count > 2 { keys.removeLast(keys.count - 2) }
        if keys.count == 2, time - keys[1].madeAt >= 2 * rotationSeconds { keys.removeLast() }
        return keys[0]
    }

    /// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): prepares to seal or to open a ticket.
    /// - Returns: 1 for going on, 2 for going on and giving out a new one, 0 for no ticket, -1 for an error.
    func prepare(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?,
        _ mac: OpaquePointer?, isSealing: Bool
    ) -> Int32 {
        var (key, isCurrent) = keys.withLock { keys -> (Key?, Bool) in
            let current = current(&keys)
            if isSealing { return (current, true) }
            let found = keys.first { $0.name.elementsEqual(UnsafeBufferPointer(start: name, count: 16)) }
            return (found, found?.name == current.name)
        }
        guard key != nil else { return 0 }
        if isSealing {
            guard RAND_bytes(vector, 16) == 1 else { return -1 }
            name.update(from: key!.name, count: 16)
            guard EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key!.cipher, vector) == 1 else { return -1 }
        } else {
            guard EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key!.cipher, vector) == 1 else { return -1 }
        }
        guard zzz_tls_begin_ticket_mac(mac, &key!.mac, 32) == 1 else { return -1 }
        return isSealing || isCurrent ? 1 : 2
    }
}
