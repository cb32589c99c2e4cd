import ArgumentParser
import ZzzControl

/// `zzzctl reload [APP]`
struct ReloadCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Reloads the configuration and every app, or one app.",
        discussion: "What fails leaves what ran before running, and makes zzzctl end with status 1.")

    @Argument(help: "The app; without one the configuration and every app are reloaded.") var app: String?
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        let report = try connection.show(.reload, app: app, as: ReloadReport.self, text: Self.text)
        let failed = report.apps.filter { $0.action == .failed }
        guard failed.isEmpty else {
            // The result is on standard output already, also as JSON: this is for standard error and the status.
            for change in failed {
                let error = change.error ?? ControlError(.loadFailed, "no reason given")
                let named = ControlError(error.code, "\(change.app): \(error.message)", remedy: error.remedy)
                Output.complain(CommandFailure(.failed, named), json: false)
            }
            throw Finished(status: .failed)
        }
    }

    static func text(_ report: ReloadReport) -> String {
        var text = report.configurationApplied ? "configuration applied\n" : ""
        for key in report.needsRestart {
            text += TextTable.printable("\(key) takes effect at the next start") + "\n"
        }
        for change in report.apps where change.action != .failed { text += ChangeText.line(change) }
        return text
    }
}

/// `zzzctl rollback APP`
struct RollbackCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Goes back to the generation of an app before the one that runs.")

    @Argument(help: "The app.") var app: String
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        _ = try connection.show(.rollback, app: app, as: AppChange.self, text: ChangeText.line)
    }
}

/// `zzzctl unload APP`
struct UnloadCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "unload", abstract: "Lets an app finish its requests, and unloads it.",
        discussion: "Its file stays: reload loads it again.")

    @Argument(help: "The app.") var app: String
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        _ = try connection.show(.unload, app: app, as: AppChange.self, text: ChangeText.line)
    }
}

/// `zzzctl stop`
struct StopCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Lets the daemon finish its requests, and ends it.",
        discussion: "zzzctl does not wait for the end. Under systemd use systemctl stop zzzd.")

    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        _ = try connection.show(.stop, as: StopReport.self) { report in
            let seconds = Double(report.drainMilliseconds) / 1000
            return "zzzd (pid \(report.pid)) is stopping; open requests have \(seconds) s\n"
        }
    }
}

/// One line about what happened to an app.
enum ChangeText {
    static func line(_ change: AppChange) -> String {
        var line = "\(change.app) \(change.action.rawValue)"
        if let generation = change.generation { line += ": generation \(generation)" }
        if let version = change.version { line += ", version \(version)" }
        if let replaced = change.replaced { line += ", was generation \(replaced)" }
        if let milliseconds = change.milliseconds { line += ", in \((milliseconds * 10).rounded() / 10) ms" }
        return TextTable.printable(line) + "\n"
    }
}
