import ZzzServer

/// What serves the sites: the deployer hands it each new table.
public protocol SitePublisher: Sendable {
    /// Puts a table in the place of the one before. Returns when every loop has it, so that no new request goes to a
    /// site that is not in it.
    func publish(_ table: SiteTable)

    /// Calls `done` once, on any thread: with true as soon as nothing of the site is in flight any more, or with false
    /// at the deadline. The site is not in the published table.
    func whenDrained(_ site: Site, deadline: Duration, _ done: @escaping @Sendable (_ isDrained: Bool) -> Void)
}
