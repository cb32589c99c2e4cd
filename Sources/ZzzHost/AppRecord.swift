import ZzzServer
import ZzzStore

/// What the deployer knows of one app. A value of the deploy thread's.
struct AppRecord {
    /// A generation's code, kept to go back to.
    struct Previous: Equatable {
        let number: UInt64
        let copy: String
    }

    /// A generation that was replaced or unloaded.
    struct Draining {
        let app: LoadedApp
        /// Seconds since 1970.
        let since: Int
        /// Its quiesce never returned, so its stop is not called.
        let isStuck: Bool
    }

    /// The app was taken out of service since it faulted too often.
    struct Quarantine {
        /// What answers in its place.
        let site: Site
        /// Seconds since 1970.
        let since: Int
    }

    let name: String
    /// What the app keeps in the daemon: the same for all its generations, also when none runs for a while.
    let store: MemoryStore
    /// The file in the apps directory.
    var file: String
    /// The file as it was when it was last tried, whatever came of it.
    var triedIdentity: FileIdentity?
    var current: LoadedApp?
    var previous: Previous?
    var draining: [Draining] = []
    var quarantine: Quarantine?
    var faults = FaultHistory()
    var lastError: AppStatus.Failure?
    var isLoading = false
    var isRolledBack = false
    private(set) var lastNumber: UInt64 = 0
    /// Every copy that is on disk for this app.
    private var copies: Set<String> = []
    private var pastTotals = AppStatus.Totals()
    private var retiredCount = 0

    init(name: String, file: String, store: StoreLimits) {
        self.name = name
        self.file = file
        self.store = MemoryStore(store)
    }

    /// What answers its requests.
    var site: Site? { current?.site ?? quarantine?.site }

    /// The number for the next attempt. A number is never used again, since the dynamic linker loads no path twice.
    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    /// `app` runs now. Returns what ran before.
    ///
    /// - Parameter isSameCode: whether the old and the new one differ in settings only. Then there is nothing new to
    ///   roll back to, and what was kept for that stays.
    mutating func replaceCurrent(with app: LoadedApp?, isSameCode: Bool) -> LoadedApp? {
        let old = current
        if let app { copies.insert(app.copy) }
        if let old, !isSameCode { previous = Previous(number: old.generation.number, copy: old.copy) }
        current = app
        lastError = nil
        return old
    }

    /// A drained generation has been stopped.
    mutating func retire(_ app: LoadedApp) {
        draining.removeAll { $0.app.generation === app.generation }
        pastTotals.add(app.site.activity.totals)
        retiredCount += 1
    }

    /// The copies that nothing needs any more; they are forgotten.
    mutating func takeUnneededCopies() -> [String] {
        var needed = Set(draining.map(\.app.copy))
        if let current { needed.insert(current.copy) }
        if let previous { needed.insert(previous.copy) }
        let unneeded = copies.subtracting(needed)
        copies.formIntersection(needed)
        return Array(unneeded)
    }

    /// Everything about the app but what its requests change from moment to moment.
    func entry(plan: SitePlan) -> StatusEntry {
        var status = AppStatus(name: name, file: file, state: state, mount: plan.mount)
        if let current {
            status.version = current.version
            status.runtime = current.generation.image.descriptor.runtime
            status.generation = current.generation.number
            status.routeCount = current.site.routes.count
            status.loadedAt = current.loadedAt
        }
        status.mount = current?.plan.mount ?? plan.mount
        status.hosts = current?.plan.hosts ?? plan.hosts
        status.lastError = lastError
        status.previousGeneration = previous?.number
        status.isRolledBack = isRolledBack
        status.retiredGenerations = retiredCount
        status.faults = faults.total
        status.quarantinedAt = quarantine?.since
        status.retryAfterSeconds = quarantine?.site.retryAfterSeconds
        return StatusEntry(
            status: status, store: store, site: current?.site,
            draining: draining.map { ($0.app.site, $0.app.version, $0.since) }, pastTotals: pastTotals)
    }

    private var state: AppStatus.State {
        if current != nil { return .running }
        if quarantine != nil { return .quarantined }
        if isLoading { return .loading }
        if !draining.isEmpty { return .draining }
        return lastError == nil ? .unloaded : .failed
    }
}

/// An app's status but for the counts, which are read when somebody asks.
struct StatusEntry: Sendable {
    let status: AppStatus
    /// Nil for a file whose name is no app's.
    let store: MemoryStore?
    let site: Site?
    let draining: [(site: Site, version: String, since: Int)]
    let pastTotals: AppStatus.Totals

    var now: AppStatus {
        var now = status
        now.totals = pastTotals
        if let store { now.store = store.statistics }
        for site in [site].compactMap({ $0 }) + draining.map(\.site) {
            now.totals.add(site.activity.totals)
        }
        now.draining = draining.map { entry in
            AppStatus.Draining(
                generation: entry.site.generation, version: entry.version,
                inFlight: entry.site.activity.totals.inFlight, since: entry.since)
        }
        return now
    }
}
