import Glibc
import ZzzConfig
import ZzzJSON

/// `zzz-config [--config FILE]`: prints the checked configuration as JSON, or its errors.
@main
enum ZzzConfigProgram {
    private static let usage = """
        usage: zzz-config [--config FILE]

        Reads FILE (default: \(ConfigReader.defaultFile), which may be missing) and conf.d/*.toml beside it.
        Prints the settings as JSON and ends with 0; or prints one line per error on standard error and ends with 1.

        """

    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    /// The exit status: 0 success, 1 an error in the configuration, 2 wrong usage.
    private static func run(_ arguments: [String]) -> Int32 {
        var file: String?
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--config":
                guard let path = rest.popFirst() else { return wrongUsage("--config needs a file") }
                file = path
            case let text where text.hasPrefix("--config="): file = String(text.dropFirst("--config=".count))
            case "--help", "-h":
                write(usage, to: STDOUT_FILENO)
                return 0
            default: return wrongUsage("unknown argument \(argument)")
            }
        }
        do throws(ConfigFailure) {
            let settings = try settings(file: file)
            return print(settings)
        } catch {
            write(error.description + "\n", to: STDERR_FILENO)
            return 1
        }
    }

    private static func wrongUsage(_ message: String) -> Int32 {
        write("zzz-config: \(message)\n\(usage)", to: STDERR_FILENO)
        return 2
    }

    private static func settings(file: String?) throws(ConfigFailure) -> Settings {
        var assembly = ConfigAssembly()
        let files: ConfigFiles
        do {
            files = try ConfigFiles(main: file ?? ConfigReader.defaultFile, isRequired: file != nil)
        } catch {
            throw ConfigFailure([error])
        }
        for path in files.paths {
            do throws(ConfigFailure) {
                assembly.add(file: path, table: try table(path))
            } catch {
                assembly.add(file: path, errors: error.errors)
            }
        }
        return try assembly.settings()
    }

    private static func table(_ path: String) throws(ConfigFailure) -> ConfigTable {
        let bytes: [UInt8]
        do {
            bytes = try ConfigFiles.contents(of: path)
        } catch {
            throw ConfigFailure([error])
        }
        return try TOMLReading.table(of: bytes, file: path)
    }

    private static func print(_ settings: Settings) -> Int32 {
        do {
            write(try JSONBytesEncoder().encode(settings) + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
            return 0
        } catch {
            write("error: the settings cannot be written as JSON: \(error)\n", to: STDERR_FILENO)
            return 1
        }
    }

    private static func write(_ text: String, to file: Int32) {
        write(Array(text.utf8), to: file)
    }

    private static func write(_ bytes: [UInt8], to file: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 { written += count } else if errno != EINTR { return }
        }
    }
}
