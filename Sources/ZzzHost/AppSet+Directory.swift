import Glibc
import ZzzConfig

// The apps directory: what is in it runs.

extension AppSet {
    /// The start of the daemon.
    func loadAll(trustingProbeRecords: Bool) -> [DeployOutcome] {
        trustsProbeRecords = trustingProbeRecords
        defer { trustsProbeRecords = false }
        return rescan()
    }

    /// Loads what is new or changed, and unloads what is gone.
    func rescan() -> [DeployOutcome] {
        guard let names = Directory.names(in: appsDirectory) else {
            let error = AppError(
                .environment, file: appsDirectory, reason: SystemError("opendir", appsDirectory).text,
                remedy: "make the directory, and let the daemon's user read it")
            logger.error("\(error)")
            return []
        }
        let files = names.filter(AppsDirectory.isAppFile)
        let gone = records.values.filter { isInDirectory($0.file) && !files.contains(AppPath.stem($0.file) + ".so") }
        misnamed = misnamed.filter { files.contains($0.key) }
        let outcomes = gone.map(\.name).sorted().compactMap(remove) + files.compactMap(appeared)
        showStatus()
        return outcomes
    }

    func handle(_ changes: [AppsDirectory.Change]) -> [DeployOutcome] {
        changes.flatMap { change -> [DeployOutcome] in
            switch change {
            case .appeared(let file), .replaced(let file): [appeared(file)].compactMap { $0 }
            case .removed(let file): [removed(file)].compactMap { $0 }
            case .rescan: rescan()
            }
        }
    }

    /// A file is there. nil when there is nothing to do about it.
    private func appeared(_ file: String) -> DeployOutcome? {
        let path = appsDirectory + "/" + file
        let name = AppPath.stem(file)
        guard AppName.isValid(name) else {
            guard misnamed[file] == nil else { return nil }
            let error = misnamed(path)
            logger.error("\(error)")
            misnamed[file] = AppStatus.Failure(error: error, at: Clock.seconds)
            showStatus()
            return nil
        }
        guard records[name]?.triedIdentity != FileIdentity(path: path) || records[name]?.triedIdentity == nil else {
            return outcomeOfNothing(name)
        }
        guard plan(name).isEnabled else {
            if records[name] == nil { records[name] = makeRecord(name, file: path) }
            showStatus()
            return nil
        }
        do throws(AppError) {
            if let outcome = try loadRolledBack(name, file: path) { return outcome }
            return try deploy(file: path)
        } catch {
            var outcome = DeployOutcome(app: name, action: .failed)
            outcome.generation = records[name]?.current?.generation.number
            outcome.version = records[name]?.current?.version
            outcome.error = error
            return outcome
        }
    }

    private func removed(_ file: String) -> DeployOutcome? {
        if misnamed.removeValue(forKey: file) != nil { showStatus() }
        let name = AppPath.stem(file)
        guard let record = records[name], record.file == appsDirectory + "/" + file,
            FileIdentity(path: record.file) == nil
        else { return nil }
        return remove(name)
    }

    /// The app's file is gone: the app is unloaded. It is remembered as long as it can be rolled back.
    private func remove(_ name: String) -> DeployOutcome? {
        records[name]?.triedIdentity = nil
        rollbacks.forget(name)
        guard records[name]?.site != nil else {
            records[name]?.lastError = nil
            if records[name]?.previous == nil, records[name]?.draining.isEmpty == true { records[name] = nil }
            showStatus()
            return nil
        }
        do throws(AppError) {
            return try unload(name)
        } catch {
            preconditionFailure("a running app cannot be unloaded: \(error)")
        }
    }

    private func outcomeOfNothing(_ name: String) -> DeployOutcome {
        var outcome = DeployOutcome(app: name, action: .unchanged)
        outcome.generation = records[name]?.current?.generation.number
        outcome.version = records[name]?.current?.version
        return outcome
    }

    private func isInDirectory(_ file: String) -> Bool {
        file.hasPrefix(appsDirectory + "/") && !file.dropFirst(appsDirectory.utf8.count + 1).contains("/")
    }
}
