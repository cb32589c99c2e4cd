import ArgumentParser
import Glibc
import ZzzControl
import ZzzJSON

/// `zzzctl status`
struct StatusCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows what the daemon is, does and has done.")

    @OptionGroup var connection: Connection

    @Flag(help: "Show it again and again, with rates; with --json one line each time.")
    var watch = false

    @Option(help: ArgumentHelp("The time between two looks with --watch.", valueName: "seconds"))
    var interval = 2.0

    var printsJSON: Bool { connection.json }

    func validate() throws {
        guard interval >= 0.1, interval <= 86400 else {
            throw ValidationError("--interval must be from 0.1 to 86400 seconds")
        }
    }

    func run() throws {
        guard watch else {
            _ = try connection.show(.status, as: StatusReport.self) { StatusText(report: $0).text }
            return
        }
        var previous: StatusReport?
        while true {
            let (value, report) = try connection.call(.status, as: StatusReport.self)
            if connection.json {
                Output.write(String(decoding: try JSONBytesEncoder().encode(value), as: UTF8.self) + "\n")
            } else {
                // Home, then clear to the end of the screen (ECMA-48): it flickers less than clearing first.
                let home = isatty(STDOUT_FILENO) == 1 ? "\u{1B}[H\u{1B}[J" : ""
                Output.write(home + StatusText(report: report, previous: previous, seconds: interval).text)
            }
            previous = report
            usleep(UInt32(interval * 1_000_000))
        }
    }
}
