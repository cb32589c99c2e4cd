import ArgumentParser
import Glibc
import ZzzControl

/// `zzzctl upgrade`
struct UpgradeCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Starts a new server process, and lets it take over when it is ready.",
        discussion: """
            No connection is refused meanwhile, and what the old process began it finishes. When the new one does not \
            get ready, it is ended, the old one goes on, and zzzctl says why and ends with status 1.
            """)

    @Option(
        help: ArgumentHelp(
            "The zzzd to start (default: the file that the running one was started from).", valueName: "path"))
    var binary: String?

    @Option(help: ArgumentHelp("How long the new process may take to get ready.", valueName: "seconds"))
    var readyWithin = 30.0

    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func validate() throws {
        guard (0.1...3600).contains(readyWithin) else {
            throw ValidationError("--ready-within must be from 0.1 to 3600 seconds")
        }
    }

    func run() throws {
        var arguments = ["ready_within": "\(readyWithin)"]
        if let binary { arguments["binary"] = try Self.absolute(binary) }
        var connection = connection
        connection.timeout = max(connection.timeout, readyWithin + 15)
        _ = try connection.show(.upgrade, arguments: arguments, as: UpgradeReport.self, text: Self.text)
    }

    static func text(_ report: UpgradeReport) -> String {
        let versions = report.version == report.oldVersion ? "" : ", was \(report.oldVersion)"
        return TextTable.printable(
            "zzzd \(report.version)\(versions), runs \(report.binary): pid \(report.pid) serves, in "
                + "\(report.milliseconds) ms; pid \(report.oldPid) finishes what it began") + "\n"
    }

    /// The daemon has another working directory.
    private static func absolute(_ path: String) throws(CommandFailure) -> String {
        if path.hasPrefix("/") { return path }
        guard let directory = getcwd(nil, 0) else {
            throw CommandFailure(
                .failed,
                ControlError(.internalError, "no working directory: \(String(cString: strerror(errno)))",
                    remedy: "give an absolute path"))
        }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }
}
