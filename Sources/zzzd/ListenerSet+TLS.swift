import Glibc
import Logging
import ZzzConfig
import ZzzIO
import ZzzServer
import ZzzTLS

/// TLS of a place: made anew by each reload, so that renewed certificates are read, except for the keys of tickets.
struct ListenerTLS: Sendable {
    let context: TLSContext
    let tickets: TLSTicketKeys?

    /// - Parameter before: what the place has had.
    init(_ settings: TLSSettings, before: ListenerTLS?, refusesExpired: Bool) throws(TLSContextError) {
        if settings.tickets {
            let rotation = settings.ticketRotation.milliseconds / 1000
            let kept = before?.tickets.flatMap { $0.rotationSeconds == rotation ? $0 : nil }
            tickets = kept ?? TLSTicketKeys(rotationSeconds: rotation)
        } else {
            tickets = nil
        }
        var options = TLSOptions(settings)
        options.refusesExpired = refusesExpired
        context = try TLSContext(options, tickets: tickets)
    }
}

extension ListenerSet {
    typealias TLSByAddress = [ListenAddress: ListenerTLS]

    /// Reads the certificates of all listeners; nothing changes.
    /// - Parameter refusingExpired: false at the start, when the alternative is to serve nothing at all: clients refuse
    ///   an expired certificate by themselves.
    func prepareTLS(_ wanted: [ListenSettings], refusingExpired: Bool) throws(TLSContextError) -> TLSByAddress {
        let present = tlsByAddress
        var prepared: TLSByAddress = [:]
        for settings in wanted {
            guard let tls = settings.tls else { continue }
            prepared[settings.address] = try ListenerTLS(
                tls, before: present[settings.address], refusesExpired: refusingExpired)
        }
        return prepared
    }

    /// Says which certificates are of no use any more.
    func reportExpired(to logger: Logger) {
        for report in reports {
            for certificate in report.certificates where certificate.expires <= time(nil) {
                logger.error(
                    "the certificate has expired, and clients will refuse it: renew it and run `zzzctl reload`",
                    metadata: ["listener": "\(report.address)", "file": "\(certificate.files.certificate)"])
            }
        }
    }
}

extension TLSOptions {
    init(_ settings: TLSSettings) {
        self.init()
        certificates = settings.allCertificates.map { CertificateFiles(certificate: $0.certificate, key: $0.key) }
        minimumVersion = settings.minVersion == .v1_3 ? .v1_3 : .v1_2
        preset = settings.preset == .modern ? .modern : .compatible
        ciphers = settings.ciphers
        cipherSuites = settings.ciphersuites
        curves = settings.curves
        clientCertificates =
            switch settings.clientCertificates {
            case .off: .off
            case .optional: .optional
            case .required: .required
            }
        clientCA = settings.clientCA
        handshakeTimeoutMilliseconds = UInt64(settings.handshakeTimeout.milliseconds)
        maximumHandshakeBytes = settings.handshakeBytes.bytes
    }
}
