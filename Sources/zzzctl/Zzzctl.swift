import ArgumentParser
import Glibc
import ZzzControl

/// `zzzctl`: the command line of the daemon.
@main
struct Zzzctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zzzctl",
        abstract: "Shows and controls a running zzzd.",
        discussion: """
            Exit status: 0 success; 1 the command failed; 2 wrong usage; 3 no daemon answers at the socket; \
            4 this user may not give commands; 5 the daemon did not answer in time.
            """,
        version: "zzzctl \(ZzzVersion.text)",
        subcommands: [
            StatusCommand.self, TopCommand.self, AppsCommand.self, RoutesCommand.self, SocketsCommand.self,
            ChannelsCommand.self, PresenceCommand.self, CrashesCommand.self,
            ReloadCommand.self, RollbackCommand.self, UnloadCommand.self, InspectCommand.self, CheckCommand.self,
            UpgradeCommand.self, StopCommand.self,
        ])

    static func main() {
        Glibc.exit(run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Runs the command that the arguments name.
    static func run(_ arguments: [String]) -> ExitStatus {
        var command: any ParsableCommand
        do {
            command = try parseAsRoot(socketLast(arguments))
        } catch {
            return explain(error)
        }
        do {
            try command.run()
            return .success
        } catch let finished as Finished {
            return finished.status
        } catch let failure as CommandFailure {
            Output.complain(failure, json: (command as? any JSONPrinting)?.printsJSON ?? false)
            return failure.status
        } catch {
            return explain(error)
        }
    }

    /// `zzzctl --socket PATH status` is `zzzctl status --socket PATH`: the option belongs to the commands, and people
    /// write it in both places.
    static func socketLast(_ arguments: [String]) -> [String] {
        guard let first = arguments.first else { return arguments }
        if first.hasPrefix("--socket=") { return Array(arguments.dropFirst()) + [first] }
        guard first == "--socket", arguments.count > 2 else { return arguments }
        return Array(arguments.dropFirst(2)) + arguments.prefix(2)
    }

    /// Prints help, the version, or what is wrong with the arguments.
    private static func explain(_ error: any Error) -> ExitStatus {
        let isCleanExit = exitCode(for: error).isSuccess
        let text = fullMessage(for: error) + "\n"
        if isCleanExit { Output.write(text) } else { Output.complain(text) }
        return isCleanExit ? .success : .usage
    }
}

/// A command that knows whether it was asked for JSON.
protocol JSONPrinting {
    var printsJSON: Bool { get }
}
