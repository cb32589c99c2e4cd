import ZzzConfig
import ZzzIO
import ZzzTLS

/// Certificates that were renewed are read when their files change.
extension Daemon {
    /// Begins to look at the files, every second. Before the main loop runs.
    func watchCertificates() {
        let period: UInt64 = 1_000_000_000
        loop.addTimer(
            after: period, repeating: period, { _, context, _ in Daemon.from(context).lookAtCertificates() }, context)
    }

    private func lookAtCertificates() {
        let files = CertificateWatch.Snapshot(state.withLock { $0.settings.listen })
        guard stopping == nil, state.withLock({ $0.certificates.look(files) }) else { return }
        // On a thread of its own: a reload may be under way.
        DetachedThread.start("certificates") { [self] in renewCertificates() }
    }

    private func renewCertificates() {
        administration.withLock { _ in
            let listen = state.withLock { $0.settings.listen }
            do {
                let tls = try listeners.prepareTLS(listen, refusingExpired: true)
                try listeners.commit(try listeners.plan(listen, tls: tls))
                logger.notice("certificates have changed, and were read again")
            } catch {
                logger.error("certificates have changed and are not used, the old ones stay: \(error)")
            }
        }
    }
}
