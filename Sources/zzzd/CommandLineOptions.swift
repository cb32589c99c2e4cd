/// What the command line asks for. There is no parser library in the daemon: it would cost memory for five options.
struct CommandLineOptions {
    enum Action {
        case serve
        case check
        case version
        case help
        case probe(String)
    }

    /// What is wrong with a command line.
    struct Mistake: Error {
        let text: String
    }

    static let usage = """
        Usage: zzzd [--config FILE] [--no-supervisor | --check | --version | --help]

          --config FILE   read FILE instead of /etc/zzz/zzz.toml, and the conf.d directory beside it
          --no-supervisor serve in this process, for debugging: when it dies, nobody starts it again
          --check         validate the configuration, say what is wrong with it, and end
          --version       print the version and end
          --probe FILE    validate an app's shared library, print what it is as JSON, and end

        Without an option that ends it, zzzd serves in the foreground until SIGTERM. zzzctl(1) talks to it.
        """

    private(set) var action = Action.serve
    private(set) var configurationFile: String?
    private(set) var isSupervised = true

    init(_ arguments: [String]) throws(Mistake) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let (name, attached) = Self.split(argument)
            switch name {
            case "--config", "-c": configurationFile = try Self.value(of: name, attached, &rest)
            case "--probe": action = .probe(try Self.value(of: name, attached, &rest))
            case "--no-supervisor": isSupervised = false
            case "--check": action = .check
            case "--version": action = .version
            case "--help", "-h": action = .help
            default: throw Mistake(text: "unknown option \(argument)")
            }
        }
    }

    /// "--config=FILE" as its two parts.
    private static func split(_ argument: String) -> (String, String?) {
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    private static func value(
        of name: String, _ attached: String?, _ rest: inout ArraySlice<String>
    ) throws(Mistake) -> String {
        guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
            throw Mistake(text: "\(name) needs a file")
        }
        return value
    }
}
