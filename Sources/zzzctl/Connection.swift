import ArgumentParser
import Glibc
import ZzzControl
import ZzzJSON

/// The options of every command that talks to the daemon, and the talking.
struct Connection: ParsableArguments {
    /// The socket when neither `--socket` nor ZZZ_SOCKET names one.
    static let defaultSocket = "/run/zzz/control.sock"

    @Option(
        help: ArgumentHelp("The daemon's control socket (default: ZZZ_SOCKET or \(defaultSocket)).", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("How long the daemon may take to answer.", valueName: "seconds"))
    var timeout = 60.0

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        guard timeout > 0, timeout <= 86400 else { throw ValidationError("--timeout must be from 0 to 86400 seconds") }
    }

    /// The socket that counts.
    var path: String {
        if let socket { return socket }
        let variable = getenv("ZZZ_SOCKET").map { String(cString: $0) } ?? ""
        return variable.isEmpty ? Self.defaultSocket : variable
    }

    /// Sends a command and returns its result: as the daemon sent it, and as the type that is known here.
    func call<Result: Decodable>(
        _ command: ControlCommand, arguments: [String: String] = [:], as type: Result.Type
    ) throws(CommandFailure) -> (value: JSONValue, result: Result) {
        do throws(ControlClientError) {
            var client = try ControlClient(path: path, timeout: .seconds(timeout))
            let value = try client.call(command, arguments: arguments, as: JSONValue.self)
            return (value, try Self.decode(type, value))
        } catch {
            throw CommandFailure(error, socket: path)
        }
    }

    /// Decoding by way of JSON, so that `--json` shows also what a newer daemon says and this zzzctl does not know.
    private static func decode<Result: Decodable>(
        _ type: Result.Type, _ value: JSONValue
    ) throws(ControlClientError) -> Result {
        do {
            return try JSONBytesDecoder().decode(type, from: JSONBytesEncoder().encode(value))
        } catch {
            throw .notAResponse("\(error)")
        }
    }

    /// Sends a command and prints its result, as JSON or as `text` says.
    func show<Result: Decodable>(
        _ command: ControlCommand, app: String? = nil, as type: Result.Type, text: (Result) -> String
    ) throws(CommandFailure) -> Result {
        try show(command, arguments: app.map { ["app": $0] } ?? [:], as: type, text: text)
    }

    func show<Result: Decodable>(
        _ command: ControlCommand, arguments: [String: String], as type: Result.Type, text: (Result) -> String
    ) throws(CommandFailure) -> Result {
        let (value, result) = try call(command, arguments: arguments, as: type)
        Output.write(json ? try Output.json(value) : text(result))
        return result
    }
}
