import Glibc
import ZzzJSON

/// A running `zzzd`, the real one, with a directory of its own. It ends with its owner at the latest.
final class DaemonProcess {
    let directory: TemporaryDirectory
    let configuration: DaemonConfiguration
    private let process: ChildProcess
    private let programs: (zzzd: String, zzzctl: String)

    /// Starts a daemon, as users do with a supervisor, and waits until it says that it is running. `socket` is passed
    /// as systemd passes sockets (sd_listen_fds(3)).
    init(
        _ configuration: DaemonConfiguration, environment: [String: String] = [:], passing socket: Int32? = nil,
        isSupervised: Bool = true, programs: (zzzd: String, zzzctl: String) = (Dist.zzzd, Dist.zzzctl)
    ) throws {
        guard Files.exists(programs.zzzd) else { throw SystemFailure("no \(programs.zzzd): run scripts/build first") }
        self.programs = programs
        self.configuration = configuration
        directory = try TemporaryDirectory()
        for name in ["apps", "state", "run"] { try Files.makeDirectory(directory.path + "/" + name) }
        for app in configuration.apps {
            try Files.write(try Files.read(app.file), to: directory.path + "/apps/\(app.name).so")
        }
        try Files.write(configuration.text(in: directory.path), to: directory.path + "/zzz.toml")
        var command = [programs.zzzd, "--config", directory.path + "/zzz.toml"]
        if !isSupervised { command.append("--no-supervisor") }
        if socket != nil { command = ["/bin/sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\""] + command }
        process = try ChildProcess(
            command, name: "zzzd", in: directory, environment: environment, passing: socket)
        try waitUntilRunning()
    }

    private func waitUntilRunning() throws {
        try eventually("zzzd is running") {
            if let status = try process.poll() { throw SystemFailure("zzzd ended with \(status): \(log)") }
            guard Files.exists(controlSocket) else { return false }
            let result = try zzzctl("status", "--json")
            return result.status == .code(0) && result.json["state"]?.stringValue == "running"
        }
    }

    /// Nobody is left behind: a server process would finish its requests first when its supervisor has gone.
    deinit {
        // `try?`: a process that has been reaped has no children any more.
        guard (try? process.poll()) == .some(nil) else { return }
        let path = "/proc/\(pid)/task/\(pid)/children"
        let servers = ((try? Files.text(path)) ?? "").split(separator: " ").compactMap { pid_t($0) }
        kill(pid, SIGKILL)
        for server in servers { kill(server, SIGKILL) }
    }

    /// The process that was started: the supervisor.
    var pid: pid_t { process.pid }

    /// The process that serves, as status shows it.
    func serverPid() throws -> pid_t {
        guard let pid = try status()["pid"]?.intValue else { throw SystemFailure("no pid in status") }
        return pid_t(pid)
    }

    /// Waits until another process than that one serves.
    func awaitAnotherServer(than old: pid_t) throws {
        try eventually("another process serves") {
            // `try?`: one that is dying leaves a command without an answer.
            guard let status = try? status() else { return false }
            return status["pid"]?.intValue != Int(old) && status["state"]?.stringValue == "running"
        }
    }

    var controlSocket: String { directory.path + "/control.sock" }
    var configurationFile: String { directory.path + "/zzz.toml" }

    /// What it has written to stderr so far.
    var log: String { process.standardError }

    // MARK: Clients

    /// The port of its first TCP listener, as status shows it.
    func port() throws -> UInt16 {
        for listener in try status()["listeners"]?.arrayValue ?? [] {
            let address = listener["address"]?.stringValue ?? ""
            if let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) {
                return port
            }
        }
        throw SystemFailure("no TCP listener in status")
    }

    /// A connection to its first listener.
    func client(limit: Duration = .seconds(20), receiveBufferBytes: Int32? = nil) throws -> RawClient {
        let client = try RawClient(port: try port(), limit: limit, receiveBufferBytes: receiveBufferBytes)
        client.owner = self
        return client
    }

    /// The response to one request on a connection of its own.
    func get(_ target: String) throws -> RawResponse {
        let client = try client()
        try client.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return try client.response()
    }

    // MARK: Control

    /// Runs `zzzctl` against it.
    func zzzctl(_ arguments: String...) throws -> ControlResult {
        let command = [programs.zzzctl] + arguments + ["--socket", controlSocket]
        return ControlResult(try CommandResult.of(command, in: directory))
    }

    /// What `zzzctl status --json` prints.
    func status() throws -> JSONValue {
        let result = try zzzctl("status", "--json")
        guard result.status == .code(0) else { throw SystemFailure("zzzctl status: \(result.errors)") }
        return result.json
    }

    /// The app's part of the status.
    func app(_ name: String) throws -> JSONValue? {
        try status()["apps"]?.arrayValue?.first { $0["name"]?.stringValue == name }
    }

    /// Where the app's file is, or would be.
    func appFile(_ name: String) -> String {
        directory.path + "/apps/\(name).so"
    }

    // MARK: Its end

    func send(_ signal: Int32) throws {
        try process.send(signal)
    }

    /// Waits for its end.
    func wait(within limit: Duration = .seconds(30)) throws -> ChildProcess.ExitStatus {
        try process.wait(within: limit)
    }

    /// Whether it still runs.
    func isRunning() throws -> Bool {
        try process.poll() == nil
    }
}

/// What `zzzctl` printed.
struct ControlResult {
    let status: ChildProcess.ExitStatus
    let output: String
    let errors: String

    init(_ result: CommandResult) {
        (status, output, errors) = (result.status, result.output, result.errors)
    }

    /// The output as JSON; null when it is none.
    var json: JSONValue {
        (try? JSONValue(parsing: output)) ?? .null
    }
}
