import COpenSSL
import Glibc

/// What OpenSSL sees instead of a socket: the bytes that were fed, and a function that takes what is to be sent.
struct TLSWire {
    typealias Emit = @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer, Int) -> Void

    /// What was fed and not read yet; borrowed from whoever feeds.
    var input: UnsafeRawPointer?
    var inputCount = 0
    /// The peer will send no more.
    var hasEnded = false
    let emit: Emit
    let receiver: UnsafeMutableRawPointer?
    /// Stays empty unless the context keeps secrets.
    var sendSecret = TLSSendSecret()

    /// A BIO over `wire`, which must outlive it.
    static func bio(over wire: UnsafeMutablePointer<TLSWire>) -> OpaquePointer? {
        guard let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, wire)
        BIO_set_init(bio, 1)
        return bio
    }

    /// Never freed: the process has one. BIO_meth_new(3).
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        // nonisolated(unsafe): written here once, and only read by OpenSSL.
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "zzz") else { return nil }
        BIO_meth_set_write(method) { bio, bytes, count in
            guard let bytes, count > 0, let wire = TLSWire.of(bio) else { return 0 }
            wire.pointee.emit(wire.pointee.receiver, bytes, Int(count))
            return count
        }
        BIO_meth_set_read(method) { bio, bytes, count in TLSWire.read(bio, bytes, count) }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()

    /// Of a session.
    static func of(ssl: OpaquePointer?) -> UnsafeMutablePointer<TLSWire>? {
        SSL_get_rbio(ssl).flatMap { of($0) }
    }

    private static func of(_ bio: OpaquePointer?) -> UnsafeMutablePointer<TLSWire>? {
        BIO_get_data(bio)?.assumingMemoryBound(to: TLSWire.self)
    }

    private static func read(_ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int32) -> Int32 {
        guard let bytes, count > 0, let wire = of(bio) else { return 0 }
        zzz_tls_bio_clear_retry(bio)
        guard wire.pointee.inputCount > 0, let input = wire.pointee.input else {
            if wire.pointee.hasEnded { return 0 }
            zzz_tls_bio_retry(bio)
            return -1
        }
        let taken = min(Int(count), wire.pointee.inputCount)
        memcpy(bytes, input, taken)
        wire.pointee.input = input + taken
        wire.pointee.inputCount -= taken
        return Int32(taken)
    }
}
