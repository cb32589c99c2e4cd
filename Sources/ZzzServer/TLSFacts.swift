import ZzzAppABI
import ZzzTLS

/// What an app is told about the TLS of its request's connection: bytes that stay where they are. All requests of a
/// connection share them, and each keeps them for as long as it lives.
public final class TLSFacts: Sendable {
    private let flags: UInt32
    private let version: ImmutableBytes
    private let cipher: ImmutableBytes
    private let serverName: ImmutableBytes
    private let subject: ImmutableBytes
    private let fingerprint: ImmutableBytes
    private let certificate: ImmutableBytes

    fileprivate init(_ session: borrowing TLSSession) {
        let client = session.peer
        flags =
            (session.isResumed ? UInt32(ZZZ_TLS_RESUMED) : 0)
            | (client?.isVerified == true ? UInt32(ZZZ_TLS_CLIENT_VERIFIED) : 0)
        version = ImmutableBytes(Array(session.version.utf8))
        cipher = ImmutableBytes(Array(session.cipher.utf8))
        serverName = ImmutableBytes(Array((session.serverName ?? "").utf8))
        subject = ImmutableBytes(Array((client?.subject ?? "").utf8))
        fingerprint = ImmutableBytes(client?.fingerprint ?? [])
        certificate = ImmutableBytes(client?.certificate ?? [])
    }

    /// Fills in what lies within the struct's `size`, which stays.
    public func fill(_ tls: UnsafeMutablePointer<zzz_tls>) {
        tls.pointee.flags = flags
        tls.pointee.protocol = zzz_bytes(version.buffer)
        tls.pointee.cipher = zzz_bytes(cipher.buffer)
        tls.pointee.server_name = zzz_bytes(serverName.buffer)
        tls.pointee.client_subject = zzz_bytes(subject.buffer)
        tls.pointee.client_fingerprint = zzz_bytes(fingerprint.buffer)
        tls.pointee.client_certificate = zzz_bytes(certificate.buffer)
    }
}

extension TLSSession {
    /// What apps may know of it, once the handshake is over.
    func facts() -> TLSFacts { TLSFacts(self) }
}
