import CLinux
import ZzzHost
import ZzzIO
import ZzzServer

/// Hands the deployer's tables to the server, and watches sites that were replaced until nothing of them is in flight.
final class ServerPublisher: SitePublisher {
    private let server: Server
    private let ledger: RouteLedger

    init(_ server: Server, _ ledger: RouteLedger) {
        self.server = server
        self.ledger = ledger
    }

    func publish(_ table: SiteTable) {
        ledger.adopt(table)
        server.publish(table)
    }

    func whenDrained(_ site: Site, deadline: Duration, _ done: @escaping @Sendable (_ isDrained: Bool) -> Void) {
        // Mostly nothing is in flight any more, and no thread is needed.
        if site.activity.totals.unfinished == 0 { return done(true) }
        let end = zzz_linux_monotonic_ns() + deadline.nanoseconds
        let watch: @Sendable () -> Void = {
            while site.activity.totals.unfinished > 0, zzz_linux_monotonic_ns() < end { Pause.milliseconds(2) }
            done(site.activity.totals.unfinished == 0)
        }
        // Without a thread the deployer waits itself.
        if !DetachedThread.start("drain \(site.name)", watch) { watch() }
    }
}
