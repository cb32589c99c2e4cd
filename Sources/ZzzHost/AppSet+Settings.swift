import ZzzConfig
import ZzzServer
import ZzzStore

// A change of the configuration: all or nothing.

extension AppSet {
    /// What a change of the settings means for the apps.
    private struct Consequences {
        /// They run, and need a new generation.
        var changed: [(name: String, plan: SitePlan)] = []
        /// They run, and are disabled now.
        var disabled: [String] = []
        /// They do not run, and might with the new settings. When they do not, that is no reason against the settings.
        var hopeful: [(name: String, plan: SitePlan)] = []
    }

    func apply(_ new: Settings) throws(AppError) -> [DeployOutcome] {
        let clock = ContinuousClock()
        let began = clock.now
        let consequences = consequences(of: new)
        var candidates: [Candidate] = []
        var failures: [DeployOutcome] = []
        do throws(AppError) {
            try prepare(consequences, &candidates, &failures)
            try startAll(&candidates, required: consequences.changed.count, &failures)
            return adopt(new, candidates, consequences.disabled, began.duration(to: clock.now)) + failures
        } catch {
            record(error)
            throw error
        }
    }

    /// Everything that can be refused before an app is started. When it throws, the candidates are discarded.
    private func prepare(
        _ consequences: Consequences, _ candidates: inout [Candidate], _ failures: inout [DeployOutcome]
    ) throws(AppError) {
        do throws(AppError) {
            for (name, plan) in consequences.changed {
                guard let current = records[name]?.current else { preconditionFailure("app \(name) stopped running") }
                // The code that runs, not the file: a change of settings deploys nothing.
                let app = try prepare(name, source: current.copy, plan: plan)
                candidates.append(Candidate(app: app, action: .reloaded, isSameCode: true))
            }
            for (name, plan) in consequences.hopeful {
                if let candidate = revive(name, plan, &failures) { candidates.append(candidate) }
            }
            try settle(&candidates, consequences, &failures)
        } catch {
            for candidate in candidates { loader.discard(candidate.app) }
            throw error
        }
    }

    private func consequences(of new: Settings) -> Consequences {
        var result = Consequences()
        for record in records.values.sorted(by: { $0.name < $1.name }) {
            let (old, plan) = (self.plan(record.name), SitePlan(app: record.name, settings: new))
            if record.site != nil, !plan.isEnabled {
                result.disabled.append(record.name)
            } else if let current = record.current {
                if plan != current.plan { result.changed.append((record.name, plan)) }
            } else if plan.isEnabled, plan != old, !old.isEnabled || record.lastError != nil {
                result.hopeful.append((record.name, plan))
            }
        }
        return result
    }

    private func revive(_ name: String, _ plan: SitePlan, _ failures: inout [DeployOutcome]) -> Candidate? {
        guard let file = records[name]?.file else { return nil }
        records[name]?.triedIdentity = FileIdentity(path: file)
        do throws(AppError) {
            return Candidate(app: try prepare(name, source: file, plan: plan), action: .loaded, isSameCode: false)
        } catch {
            fail(name, error, &failures)
            return nil
        }
    }

    /// Leaves out the hopeful ones that conflict.
    private func settle(
        _ candidates: inout [Candidate], _ consequences: Consequences, _ failures: inout [DeployOutcome]
    ) throws(AppError) {
        while true {
            do throws(SiteTableConflict) {
                _ = try makeTable(candidates, removed: Set(consequences.disabled))
                return
            } catch {
                let error = conflict(error)
                let hopeful = candidates[consequences.changed.count...]
                guard let place = hopeful.firstIndex(where: { $0.app.generation.app == error.app }) else { throw error }
                loader.discard(candidates.remove(at: place).app)
                fail(error.app, error, &failures)
            }
        }
    }

    /// Starts those that have to, and leaves out the hopeful ones that do not want to.
    private func startAll(
        _ candidates: inout [Candidate], required: Int, _ failures: inout [DeployOutcome]
    ) throws(AppError) {
        do throws(AppError) {
            try start(Array(candidates[..<required]))
        } catch {
            for candidate in candidates[required...] { loader.discard(candidate.app) }
            throw error
        }
        var started = Array(candidates[..<required])
        for candidate in candidates[required...] {
            do throws(AppError) {
                try start([candidate])
                started.append(candidate)
            } catch {
                fail(error.app, error, &failures)
            }
        }
        candidates = started
    }

    private func fail(_ name: String, _ error: AppError, _ failures: inout [DeployOutcome]) {
        record(error)
        var outcome = DeployOutcome(app: name, action: .failed)
        outcome.error = error
        failures.append(outcome)
    }

    private func adopt(
        _ new: Settings, _ candidates: [Candidate], _ disabled: [String], _ duration: Duration
    ) -> [DeployOutcome] {
        let table: SiteTable
        do throws(SiteTableConflict) {
            table = try makeTable(candidates, removed: Set(disabled))
        } catch {
            preconditionFailure("fewer sites conflict: \(error)")
        }
        settings = new
        for record in records.values { record.store.setLimits(StoreLimits(new.settings(forApp: record.name).store)) }
        var outcomes = candidates.map { candidate in
            outcome(candidate, replaced: records[candidate.app.generation.app]?.current, duration: duration)
        }
        for name in disabled {
            var outcome = DeployOutcome(app: name, action: .unloaded)
            outcome.replaced = records[name]?.current?.generation.number
            outcome.duration = duration
            outcomes.append(outcome)
        }
        swap(candidates, removed: disabled, table: table)
        for outcome in outcomes { log(outcome) }
        return outcomes
    }
}
