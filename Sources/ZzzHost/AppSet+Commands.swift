import Glibc
import ZzzConfig
import ZzzServer

// The commands on one app. Each either takes effect whole, or throws and changes nothing.

extension AppSet {
    func deploy(file: String) throws(AppError) -> DeployOutcome {
        let name = AppPath.stem(file)
        guard file.hasSuffix(".so"), AppName.isValid(name) else { throw misnamed(file) }
        if let record = records[name], record.file != file,
            record.current != nil || FileIdentity(path: record.file) != nil
        {
            let error = AppError(
                app: name, file: file, reason: "the name \(name) is taken by \(record.file)",
                remedy: "give the file another name")
            logger.error("\(error)")
            throw error
        }
        if records[name] == nil { records[name] = makeRecord(name, file: file) }
        records[name]?.file = file
        return try replace(name, source: file, action: nil)
    }

    func reload(_ name: String) throws(AppError) -> DeployOutcome {
        guard let record = records[name] else {
            let file = "\(appsDirectory)/\(name).so"
            guard AppName.isValid(name), FileIdentity(path: file) != nil else { throw unknown(name) }
            return try deploy(file: file)
        }
        return try replace(name, source: record.file, action: nil)
    }

    func rollback(_ name: String) throws(AppError) -> DeployOutcome {
        guard let record = records[name] else { throw unknown(name) }
        guard let previous = record.previous else {
            throw AppError(
                .noPreviousGeneration, app: name, reason: "no generation with other code ran before this one",
                remedy: "put the file of the version that you want in its place")
        }
        return try replace(name, source: previous.copy, action: .rolledBack)
    }

    func unload(_ name: String) throws(AppError) -> DeployOutcome {
        guard let record = records[name] else { throw unknown(name) }
        guard record.site != nil else {
            throw AppError(.notFound, app: name, reason: "is not running", remedy: "see zzzctl apps")
        }
        let current = record.current
        let clock = ContinuousClock()
        let began = clock.now
        do {
            swap([], removed: [name], table: try makeTable([], removed: [name]))
        } catch {
            preconditionFailure("fewer sites conflict: \(error)")
        }
        var outcome = DeployOutcome(app: name, action: .unloaded)
        outcome.replaced = current?.generation.number
        outcome.duration = began.duration(to: clock.now)
        log(outcome)
        return outcome
    }

    func shutdown() {
        for name in records.keys.sorted() {
            guard let current = records[name]?.current else { continue }
            let isIdle = current.site.activity.totals.unfinished == 0
            if loader.quiesce(current), isIdle { loader.stop(current) }
        }
    }

    /// The file, or a kept copy, in the place of what runs. A failure is logged and kept.
    ///
    /// - Parameter action: nil for what the file is loaded or reloaded for.
    private func replace(
        _ name: String, source: String, action: DeployOutcome.Action?
    ) throws(AppError) -> DeployOutcome {
        let clock = ContinuousClock()
        let began = clock.now
        do throws(AppError) {
            let plan = plan(name)
            guard plan.isEnabled else {
                throw AppError(
                    app: name, file: records[name]?.file ?? source, reason: "is disabled in the configuration",
                    remedy: "set enabled = true in [app.\(name)]")
            }
            // Before the file is read: a change after this is seen as one.
            if action != .rolledBack { records[name]?.triedIdentity = FileIdentity(path: source) }
            let app = try prepare(name, source: source, plan: plan)
            let old = records[name]?.current
            let candidate = Candidate(
                app: app, action: action ?? (old == nil ? .loaded : .reloaded),
                isSameCode: old.map { ImageStore.haveSameContent($0.copy, app.copy) } ?? false)
            try commit(candidate)
            records[name]?.faults.forgive(before: app.generation.number)
            // Going back twice is going forward again.
            setRolledBack(name, action == .rolledBack && records[name]?.isRolledBack == false)
            let outcome = outcome(candidate, replaced: old, duration: began.duration(to: clock.now))
            log(outcome)
            return outcome
        } catch {
            record(error)
            throw error
        }
    }

    /// Whether what runs is not the code of the file: remembered beyond the end of the daemon.
    private func setRolledBack(_ name: String, _ isRolledBack: Bool) {
        records[name]?.isRolledBack = isRolledBack
        showStatus()
        guard isRolledBack, let code = records[name]?.current?.copy, let passedOver = records[name]?.triedIdentity
        else {
            return rollbacks.forget(name)
        }
        do throws(AppError) {
            try rollbacks.remember(name, code: code, insteadOf: passedOver)
        } catch {
            logger.warning("\(error.about(app: name, file: records[name]?.file ?? ""))")
        }
    }

    /// At the start of the daemon: the code that somebody has rolled back to, in the place of the file; nil when the
    /// file counts.
    func loadRolledBack(_ name: String, file: String) throws(AppError) -> DeployOutcome? {
        guard records[name] == nil, let identity = FileIdentity(path: file),
            let code = rollbacks.code(name, insteadOf: identity)
        else { return nil }
        logger.notice(
            "app \(name) was rolled back: the code before \(file) is loaded, until that changes or is reloaded")
        records[name] = makeRecord(name, file: file)
        records[name]?.triedIdentity = identity
        return try replace(name, source: code, action: .rolledBack)
    }

    func commit(_ candidate: Candidate) throws(AppError) {
        let table: SiteTable
        do throws(SiteTableConflict) {
            table = try makeTable([candidate])
        } catch {
            loader.discard(candidate.app)
            throw conflict(error)
        }
        try start([candidate])
        swap([candidate], table: table)
    }

    func outcome(_ candidate: Candidate, replaced: LoadedApp?, duration: Duration) -> DeployOutcome {
        var outcome = DeployOutcome(app: candidate.app.generation.app, action: candidate.action)
        outcome.generation = candidate.app.generation.number
        outcome.replaced = replaced?.generation.number
        outcome.version = candidate.app.version
        outcome.duration = duration
        return outcome
    }

    /// Names both apps, and the newcomer's file.
    func conflict(_ error: SiteTableConflict) -> AppError {
        let path = error.mount.isEmpty ? "/" : error.mount
        let place = (error.host.map { "host \($0)" } ?? "every host") + " and path \(path)"
        return AppError(
            app: error.second, file: records[error.second]?.file ?? "",
            reason: "\(place) belong to app \(error.first) already",
            remedy: "give one of them another mount or other hosts, in [app.\(error.second)] or [app.\(error.first)]")
    }

    private func unknown(_ name: String) -> AppError {
        AppError(
            .notFound, app: name, reason: "no app of that name",
            remedy: "see zzzctl apps, or put \(name).so into \(appsDirectory)")
    }

    func misnamed(_ file: String) -> AppError {
        AppError(
            file: file, reason: "its name is not that of an app",
            remedy: "name it NAME.so, NAME being at most \(AppName.longest) lower-case letters, digits, \"_\", \"-\", "
                + "a letter or digit first")
    }
}
