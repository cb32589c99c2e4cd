import Synchronization
import Testing
import ZzzServer

@testable import ZzzHost

/// A server that serves nothing: it keeps what it was given, and drains when the test says so.
final class FakePublisher: SitePublisher {
    private struct Waiting: Sendable {
        let site: Site
        let done: @Sendable (Bool) -> Void
    }

    private struct State: Sendable {
        var tables: [SiteTable] = []
        var waiting: [Waiting] = []
        var drainsAtOnce = false
    }

    private let state = Mutex(State())

    func publish(_ table: SiteTable) {
        state.withLock { $0.tables.append(table) }
    }

    func whenDrained(_ site: Site, deadline: Duration, _ done: @escaping @Sendable (_ isDrained: Bool) -> Void) {
        let isAtOnce = state.withLock { state in
            if !state.drainsAtOnce { state.waiting.append(Waiting(site: site, done: done)) }
            return state.drainsAtOnce
        }
        if isAtOnce { done(true) }
    }

    /// From now on nothing is ever in flight.
    func drainAtOnce() { state.withLock { $0.drainsAtOnce = true } }

    /// Answers everything that waits to be drained, as of now.
    func drain(isDrained: Bool = true) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for entry in waiting { entry.done(isDrained) }
    }

    var tableCount: Int { state.withLock { $0.tables.count } }

    /// "blog 2 /blog" for each site of the last table, by name.
    var published: [String] {
        let sites = state.withLock { $0.tables.last?.sites ?? [] }
        return sites.map { "\($0.name) \($0.generation) \($0.mount.isEmpty ? "/" : $0.mount)" }.sorted()
    }

    /// "blog 1" for each site that waits to be drained.
    var draining: [String] { state.withLock { $0.waiting.map { "\($0.site.name) \($0.site.generation)" } } }
}
