import Glibc
import ZzzConfig
import ZzzControl
import ZzzHost
import ZzzLog
import ZzzSupervisor

/// The program: reads the command line, and does one of four things.
@main
enum Zzzd {
    static func main() {
        // A child that validates an app does that and ends, before anything else is set up.
        ProbeWorker.runIfAsked(version: ZzzVersion.text)
        let options: CommandLineOptions
        do throws(CommandLineOptions.Mistake) {
            options = try CommandLineOptions(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("zzzd: \(error.text)\n\n\(CommandLineOptions.usage)", to: STDERR_FILENO)
            exit(2)
        }
        switch options.action {
        case .help: print(CommandLineOptions.usage, to: STDOUT_FILENO)
        case .version: print("zzzd \(ZzzVersion.text)", to: STDOUT_FILENO)
        case .probe(let file): exit(ProbeWorker.run(file: file, version: ZzzVersion.text))
        case .check: exit(check(options.configurationFile))
        // Without the destructors of the apps' libraries: a frozen thread may hold what they wait for.
        case .serve: _exit(serve(options))
        }
    }

    /// Validates the configuration and says what is wrong with it.
    private static func check(_ file: String?) -> Int32 {
        do throws(ConfigFailure) {
            let settings = try ConfigReader.besideThisProgram(file: file).read()
            let files = settings.files.isEmpty ? "no file: the defaults" : settings.files.joined(separator: ", ")
            print("the configuration is valid (\(files))", to: STDOUT_FILENO)
            return 0
        } catch {
            print(error.description, to: STDERR_FILENO)
            return 1
        }
    }

    /// Serves, when a supervisor has started this process or none is wanted; otherwise is the supervisor.
    private static func serve(_ options: CommandLineOptions) -> Int32 {
        let link = SupervisorLink.takeFromEnvironment()
        guard link != nil || !options.isSupervised else { return supervise() }
        do throws(StartFailure) {
            let daemon = try Daemon(configurationFile: options.configurationFile, link: link)
            return daemon.run()
        } catch {
            print("zzzd: \(error.text)", to: STDERR_FILENO)
            link?.reportFailure(error.text)
            return 1
        }
    }

    private static func supervise() -> Int32 {
        let sockets = SocketActivation.takeFromEnvironment()
        let supervisor = Supervisor(
            arguments: CommandLine.arguments, sockets: sockets.map { .init(name: $0.name, descriptor: $0.descriptor) })
        // The little that it does takes few of the pages that its start took.
        ImagePages.releaseAll()
        return supervisor.run()
    }

    /// One line, or several, on a descriptor; what cannot be written is lost, as there is nobody to tell.
    private static func print(_ text: String, to descriptor: Int32) {
        var line = text + "\n"
        line.withUTF8 { bytes in
            guard let base = bytes.baseAddress else { return }
            _ = write(descriptor, base, bytes.count)
        }
    }
}

/// Why the daemon cannot start: for people.
struct StartFailure: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}
