import Synchronization
import ZzzServer

/// What each route of each app has done over all generations, so that counters never go back when an app is replaced.
///
/// Every site that is published gets an entry. When its generation is gone and nothing can count there any more, its
/// figures are added to those of the series they belong to. How many series there are is bounded: the routes beyond
/// that share one series of their app.
final class RouteLedger: Sendable {
    /// What the figures are kept for: one app, one set of methods, one pattern with the app's mount.
    struct Key: Hashable, Sendable {
        var app: String
        /// `GET`, `GET,POST`, `*`; empty where there is no route.
        var method: String
        /// Empty for requests that no route matched.
        var pattern: String

        static func unmatched(_ app: String) -> Key { Key(app: app, method: "", pattern: "") }
        static func other(_ app: String) -> Key { Key(app: app, method: "", pattern: "(other)") }
    }

    /// How many routes are told apart.
    static let maximumSeries = 2000

    /// One generation that serves, or finishes.
    private struct Entry {
        /// nil when the generation is gone: nothing is counted any more.
        weak var site: Site?
        let activity: RouteActivity
        /// The series of each row: those of the routes, and last the one of unmatched requests.
        var keys: [Key]
    }

    private struct State {
        var entries: [Entry] = []
        /// The routes that are told apart.
        var known: Set<Key> = []
        /// What generations that are gone have done.
        var past: [Key: RouteTotals] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int = RouteLedger.maximumSeries) {
        self.limit = limit
    }

    /// Takes the sites that are new in a table. Called before the table is published.
    func adopt(_ table: SiteTable) {
        state.withLock { state in
            Self.fold(&state)
            let new = table.sites.filter { site in !state.entries.contains { $0.activity === site.routeActivity } }
            let wanted = Set(new.flatMap(Self.keys))
            if state.known.union(wanted).count > limit { Self.forget(&state, except: wanted) }
            for site in new {
                let keys = Self.keys(of: site).map { known($0, &state) } + [.unmatched(site.name)]
                state.entries.append(Entry(site: site, activity: site.routeActivity, keys: keys))
            }
        }
    }

    /// What each route would be counted as, were there no limit.
    private static func keys(of site: Site) -> [Key] {
        site.routes.map { route in
            let methods = route.methods == .all ? "*" : route.methods.names.joined(separator: ",")
            return Key(app: site.name, method: methods, pattern: site.fullPattern(of: route))
        }
    }

    /// The figures of every series now, those without a request included, in the order of app, pattern and method.
    func series() -> [(key: Key, totals: RouteTotals)] {
        let sums = state.withLock { state in
            Self.fold(&state)
            var sums = state.past
            for entry in state.entries { Self.add(entry, to: &sums) }
            return sums
        }
        return sums.sorted { left, right in
            (left.key.app, left.key.pattern, left.key.method) < (right.key.app, right.key.pattern, right.key.method)
        }.map { ($0.key, $0.value) }
    }

    /// The series of a route: its own, or when there are too many the one that its app has for them.
    private func known(_ key: Key, _ state: inout State) -> Key {
        if state.known.contains(key) { return key }
        guard state.known.count < limit else { return .other(key.app) }
        state.known.insert(key)
        return key
    }

    /// Makes room: routes that no generation has any more are counted with the others of their app.
    private static func forget(_ state: inout State, except wanted: Set<Key>) {
        let living = wanted.union(state.entries.flatMap(\.keys))
        for key in state.known where !living.contains(key) {
            state.known.remove(key)
            guard let totals = state.past.removeValue(forKey: key) else { continue }
            state.past[.other(key.app), default: RouteTotals()] += totals
        }
    }

    /// Adds up what is final.
    private static func fold(_ state: inout State) {
        for entry in state.entries where entry.site == nil { add(entry, to: &state.past) }
        state.entries.removeAll { $0.site == nil }
    }

    private static func add(_ entry: Entry, to sums: inout [Key: RouteTotals]) {
        for (index, key) in entry.keys.enumerated() {
            let row = index == entry.keys.count - 1 ? -1 : index
            sums[key, default: RouteTotals()] += entry.activity.totals(route: row)
        }
    }
}

extension Site {
    /// A route's pattern below the site's mount.
    func fullPattern(of route: Route) -> String {
        mount + (route.pattern.text == "/" && !mount.isEmpty ? "" : route.pattern.text)
    }
}
