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

        static func made(at time: Int) -> Key {
            Key(name: random(16), cipher: random(32), mac: random(32), madeAt: time)
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
    private let save: (@Sendable ([UInt8]) -> Void)?

    /// - Parameters:
    ///   - saved: what `save` was given last, by an earlier process. What is not of this format, of another rotation,
    ///     or from before the machine was started, is of no use, and new keys are made.
    ///   - save: called with the keys, here and at each rotation, to keep them for the next process. They are secret.
    public init(
        rotationSeconds: Int, now: @escaping @Sendable () -> Int = TLSTicketKeys.monotonicSeconds,
        saved: [UInt8]? = nil, save: (@Sendable ([UInt8]) -> Void)? = nil
    ) {
        self.rotationSeconds = rotationSeconds
        self.now = now
        self.save = save
        let known = saved.flatMap { Self.decoded($0, rotationSeconds: rotationSeconds, now: now()) }
        let first = known ?? [.made(at: now())]
        keys = Mutex(first)
        if known == nil { save?(Self.encoded(first, rotationSeconds: rotationSeconds)) }
    }

    public static func monotonicSeconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }

    /// Makes a new key when the time of the current one is over, and forgets those that are too old.
    private func current(_ keys: inout [Key]) -> Key {
        let time = now()
        if time - keys[0].madeAt >= rotationSeconds { keys.insert(.made(at: time), at: 0) }
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
        var (key, isCurrent, changed) = keys.withLock { keys -> (Key?, Bool, [Key]?) in
            let before = keys[0].name
            let current = current(&keys)
            let changed = before == current.name ? nil : keys
            if isSealing { return (current, true, changed) }
            let found = keys.first { $0.name.elementsEqual(UnsafeBufferPointer(start: name, count: 16)) }
            return (found, found?.name == current.name, changed)
        }
        if let changed { save?(Self.encoded(changed, rotationSeconds: rotationSeconds)) }
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

/// The keys as bytes: a word for the format, how often they change, and each key with the time when it was made, newest
/// first.
extension TLSTicketKeys {
    private static let format = Array("zzzkeys1".utf8)
    private static let keyBytes = 16 + 32 + 32 + 8

    private static func encoded(_ keys: [Key], rotationSeconds: Int) -> [UInt8] {
        keys.reduce(format + bytes(of: rotationSeconds)) { $0 + $1.name + $1.cipher + $1.mac + bytes(of: $1.madeAt) }
    }

    private static func decoded(_ bytes: [UInt8], rotationSeconds: Int, now: Int) -> [Key]? {
        let start = format.count + 8
        guard bytes.count == start + keyBytes || bytes.count == start + 2 * keyBytes, bytes.starts(with: format),
            number(bytes[format.count..<start]) == rotationSeconds
        else { return nil }
        let keys = stride(from: start, to: bytes.count, by: keyBytes).map { place in
            Key(
                name: Array(bytes[place..<place + 16]), cipher: Array(bytes[place + 16..<place + 48]),
                mac: Array(bytes[place + 48..<place + 80]), madeAt: number(bytes[place + 80..<place + 88]))
        }
        return keys.allSatisfy { $0.madeAt >= 0 && $0.madeAt <= now } ? keys : nil
    }

    private static func bytes(of number: Int) -> [UInt8] {
        withUnsafeBytes(of: Int64(number).littleEndian) { Array($0) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        Int(bytes.reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) })
    }
}
