import ArgumentParser
import Glibc
import ZzzConfig
import ZzzControl
import ZzzJSON

/// `zzzctl inspect FILE.so`: what a file is, without loading it into the daemon.
struct InspectCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Says whether the daemon would load a file, and what is in it.",
        discussion: "It needs no running daemon: it runs zzzd --probe FILE, a process of its own that loads the file.")

    @Argument(help: "The app's shared library.", completion: .file(extensions: ["so"])) var file: String

    @Flag(help: "Print the result as JSON.")
    var json = false

    var printsJSON: Bool { json }

    func run() throws {
        let (value, report) = try probe()
        Output.write(json ? try Output.json(value) : Self.text(report))
        guard report.loadable else {
            let error = report.error ?? ControlError(.loadFailed, "\(file) would not be loaded")
            Output.complain(CommandFailure(.failed, error), json: false)
            throw Finished(status: .failed)
        }
    }

    /// What `zzzd --probe` says: as it said it, and as the type that is known here.
    private func probe() throws(CommandFailure) -> (value: JSONValue, report: InspectReport) {
        let program = try Self.daemonProgram()
        let run: ProgramRun
        do {
            run = try ProgramRun.run(program, ["--probe", file], outputLimit: 16 << 20, timeout: .seconds(30))
        } catch {
            throw CommandFailure(
                .failed,
                ControlError(
                    .loadFailed, "\(program) --probe \(file): \(error)", remedy: "the file may hang while it loads"))
        }
        do {
            return (
                try JSONValue(parsing: run.output), try JSONBytesDecoder().decode(InspectReport.self, from: run.output)
            )
        } catch {
            let said = String(decoding: run.errorOutput, as: UTF8.self).split(separator: "\n").last ?? ""
            throw CommandFailure(
                .failed,
                ControlError(
                    .loadFailed, "\(program) --probe \(file) ended with status \(run.status) and no report: \(said)",
                    remedy: run.status > 128 ? "the file ended the process that loaded it" : nil))
        }
    }

    /// `zzzd` stands beside `zzzctl`, or in `../sbin` of an installation.
    private static func daemonProgram() throws(CommandFailure) -> String {
        let directory = ConfigReader.ownDirectory() ?? "."
        let candidates = ["\(directory)/zzzd", "\(directory)/../sbin/zzzd"]
        guard let program = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw CommandFailure(
                .failed, ControlError(.internalError, "zzzd is missing beside zzzctl", remedy: "reinstall Zzz"))
        }
        return program
    }

    static func text(_ report: InspectReport) -> String {
        var lines = ["file      \(report.file)", "loadable  \(report.loadable ? "yes" : "no")"]
        if let name = report.name { lines.append("name      \(name)") }
        if let version = report.version { lines.append("version   \(version)") }
        if let runtime = report.runtime { lines.append("runtime   \(runtime)") }
        if let abi = report.abi { lines.append("abi       \(abi) (this daemon: \(report.hostABI))") }
        if let bytes = report.bytes { lines.append("size      \(bytes) bytes") }
        let text = lines.map { TextTable.printable($0) + "\n" }.joined()
        guard let routes = report.routes, !routes.isEmpty else { return text }
        var table = TextTable(("METHOD", .left), ("PATTERN", .left), ("NAME", .left))
        for route in routes { table.add(route.method, route.pattern, route.name ?? "") }
        return text + "\n" + table.text
    }
}

/// `zzzctl check [--config FILE]`
struct CheckCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks the configuration that a reload would read, and changes nothing.",
        discussion: "With --config it checks that file, and needs no running daemon.")

    @Option(
        help: ArgumentHelp("Check this file, with conf.d/*.toml beside it.", valueName: "file"), completion: .file())
    var config: String?

    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        let report: CheckReport
        if let config {
            report = try Self.check(file: config)
            Output.write(connection.json ? try Output.json(report) : Self.text(report))
        } else {
            report = try connection.show(.check, as: CheckReport.self, text: Self.text)
        }
        guard report.valid else {
            if !connection.json { Output.complain(Self.complaints(report)) }
            throw Finished(status: .failed)
        }
    }

    private static func check(file: String) throws(CommandFailure) -> CheckReport {
        do throws(ConfigFailure) {
            let settings = try ConfigReader.besideThisProgram(file: file).read()
            return CheckReport(valid: true, files: settings.files, errors: [])
        } catch {
            return CheckReport(
                valid: false, files: [],
                errors: error.errors.map { error in
                    CheckReport.Problem(
                        file: error.location?.file, line: error.location?.line, column: error.location?.column,
                        message: error.message)
                })
        }
    }

    static func text(_ report: CheckReport) -> String {
        guard report.valid else { return "" }
        return report.files.isEmpty
            ? "no files: everything is a default\n"
            : report.files.map { TextTable.printable("\($0): ok") + "\n" }.joined()
    }

    /// One line per error, in the form that editors and compilers share.
    static func complaints(_ report: CheckReport) -> String {
        report.errors.map { problem in
            let place = [problem.file, problem.line.map(String.init), problem.column.map(String.init)]
            let prefix = place.compactMap { $0 }.joined(separator: ":")
            let line = (prefix.isEmpty ? "" : prefix + ": ") + "error: \(problem.message)"
            return TextTable.printable(line) + "\n"
        }.joined()
    }
}
