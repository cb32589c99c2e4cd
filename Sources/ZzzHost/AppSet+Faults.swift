import ZzzConfig
import ZzzServer

// Faults in apps: a generation whose code has faulted is replaced by a fresh copy of the same code, since its locks and
// actors may be stuck. An app that faults again and again is taken out of service.

extension AppSet {
    /// A generation's code has faulted.
    func faulted(_ generation: Generation) {
        let name = generation.app
        guard records[name] != nil else { return }
        let quarantine = settings.settings(forApp: name).quarantine
        let window = Int(quarantine.window.milliseconds) * 1_000_000
        records[name]?.faults.add(now: Clock.monotonicNanoseconds, generation: generation.number)
        let isTooMuch = records[name]?.faults.reaches(quarantine.traps, within: window) ?? false
        guard records[name]?.current != nil else { return showStatus() }
        if isTooMuch {
            putIntoQuarantine(name, "\(quarantine.traps) faults within \(quarantine.window)", quarantine.window)
        } else if records[name]?.current?.generation === generation {
            replaceTainted(name)
        } else {
            showStatus()
        }
    }

    /// A fresh copy of the code that runs.
    private func replaceTainted(_ name: String) {
        guard let current = records[name]?.current else { return }
        let number = current.generation.number
        do throws(AppError) {
            let app = try prepare(name, source: current.copy, plan: current.plan, isKnownCode: true)
            let candidate = Candidate(app: app, action: .reloaded, isSameCode: true)
            try commit(candidate)
            logger.notice(
                "app \(name): generation \(number) has faulted, a fresh copy runs",
                metadata: ["app": .string(name), "generation": .stringConvertible(app.generation.number)])
        } catch {
            logger.warning("app \(name): generation \(number) has faulted, and goes on without a fresh copy")
            record(error)
        }
    }

    /// The app answers 503 until somebody reloads it.
    private func putIntoQuarantine(_ name: String, _ why: String, _ window: TimeSpan) {
        guard let current = records[name]?.current else { return }
        let error = AppError(
            app: name, file: records[name]?.file ?? "", reason: "in quarantine after \(why)",
            remedy: "correct the app (zzzctl crashes \(name) shows where it fails), then zzzctl reload \(name)")
        do {
            let site = try Site(
                name: name, generation: current.generation.number, mount: current.plan.mount,
                hosts: try current.plan.hostPatterns(), routes: [],
                retryAfterSeconds: max(Int(window.milliseconds) / 1000, 1))
            let table = try makeTable([], instead: [name: site])
            records[name]?.quarantine = AppRecord.Quarantine(site: site, since: Clock.seconds)
            retire([name], table: table)
        } catch {
            preconditionFailure("an app's own place conflicts: \(error)")
        }
        record(error)
    }
}

/// When an app has faulted lately.
struct FaultHistory {
    /// As far as a quarantine can look back.
    static let capacity = 10_000

    /// All since the daemon started.
    private(set) var total = 0
    /// On the monotonic clock, in nanoseconds, oldest first.
    private var times: [Int] = []
    /// Faults of earlier generations are counted and held against nobody.
    private var firstGeneration: UInt64 = 0

    mutating func add(now: Int, generation: UInt64) {
        total += 1
        guard generation >= firstGeneration else { return }
        times.append(now)
        if times.count > Self.capacity { times.removeFirst(times.count - Self.capacity) }
    }

    /// Whether the last `count` faults happened within `window` nanoseconds.
    func reaches(_ count: Int, within window: Int) -> Bool {
        guard count > 0, times.count >= count, let last = times.last else { return false }
        return last - times[times.count - count] <= window
    }

    /// Somebody has looked after the app: what its generations before `generation` did counts no more.
    mutating func forgive(before generation: UInt64) {
        times = []
        firstGeneration = generation
    }
}
