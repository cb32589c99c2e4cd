import Glibc
import Logging
import ZzzConfig
import ZzzIO
import ZzzServer
import ZzzSupervisor
import ZzzTLS

/// TLS of a place: made anew by each reload, so that renewed certificates are read, except for the keys of tickets.
struct ListenerTLS: Sendable {
    let context: TLSContext
    let tickets: TLSTicketKeys?
    /// Where the keys are kept for the next process; nil when nobody keeps it.
    let ticketFile: TicketFile?

    /// - Parameters:
    ///   - before: what the place has had.
    ///   - makeFile: the file of the process before this one, or a new one.
    init(
        _ settings: TLSSettings, before: ListenerTLS?, makeFile: () -> TicketFile?, refusesExpired: Bool
    ) throws(TLSContextError) {
        let rotation = settings.ticketRotation.milliseconds / 1000
        if !settings.tickets {
            (tickets, ticketFile) = (nil, nil)
        } else if let known = before?.tickets, known.rotationSeconds == rotation {
            (tickets, ticketFile) = (known, before?.ticketFile)
        } else {
            let file = before?.ticketFile ?? makeFile()
            var save: (@Sendable ([UInt8]) -> Void)?
            if let file { save = { file.write($0) } }
            ticketFile = file
            tickets = TLSTicketKeys(rotationSeconds: rotation, saved: file?.read(), save: save)
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
                tls, before: present[settings.address], makeFile: { ticketFile(of: settings.address) },
                refusesExpired: refusingExpired)
        }
        return prepared
    }

    private func ticketFile(of address: ListenAddress) -> TicketFile? {
        guard keeper != nil else { return nil }
        let inherited = takeInherited(named: SocketName.tickets(address.description))
        for more in inherited.dropFirst() { Glibc.close(more.descriptor) }
        return inherited.first.map { TicketFile(adopting: $0.descriptor) } ?? TicketFile()
    }

    /// Has the supervisor keep the files with the keys of tickets, and no others.
    func keepTickets(_ before: TLSByAddress, _ after: TLSByAddress) {
        for (address, tls) in before where tls.ticketFile != nil && after[address]?.ticketFile == nil {
            keeper?.remove(SocketName.tickets(address.description))
        }
        for (address, tls) in after {
            guard let file = tls.ticketFile, !file.isKept.exchange(true, ordering: .relaxed) else { continue }
            keeper?.remove(SocketName.tickets(address.description))
            keeper?.store(SocketName.tickets(address.description), [file.descriptor])
        }
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
        givesSendKeys = KernelTLS.isThere
        handshakeTimeoutMilliseconds = UInt64(settings.handshakeTimeout.milliseconds)
        maximumHandshakeBytes = settings.handshakeBytes.bytes
    }
}
