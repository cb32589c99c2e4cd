/// What the daemon can be asked over the control socket.
public enum ControlCommand: String, Codable, Sendable, CaseIterable {
    /// `StatusReport` of the whole daemon. No arguments.
    case status
    /// `AppsReport`. No arguments.
    case apps
    /// `RoutesReport` of all apps, or of the argument `app`.
    case routes
    /// `MetricsReport` of all apps, or of the argument `app`.
    case metrics
    /// `CrashesReport` of all apps, or of the argument `app`.
    case crashes
    /// `SocketsReport` of all apps, or of the argument `app`; of all sockets, or of those with the argument `id`.
    case sockets
    /// `ChannelsReport` of all apps, or of the argument `app`.
    case channels
    /// `PresenceReport` of the argument `topic`, of all apps or of the argument `app`.
    case presence
    /// Closes the sockets with the argument `id`, of all apps or of the argument `app`: `DisconnectReport`.
    case disconnect
    /// Reloads the configuration and every app, or only the argument `app`: `ReloadReport`.
    case reload
    /// Goes back to the generation before: `AppChange`. Needs the argument `app`.
    case rollback
    /// Drains and unloads: `AppChange`. Needs the argument `app`.
    case unload
    /// Checks the configuration the daemon would read at a reload, and changes nothing: `CheckReport`. No arguments.
    case check
    /// Starts a new server process, of the file `binary` or of the installed program, and lets it take over when it is
    /// ready: `UpgradeReport`. `ready_within` says how many seconds it has for that.
    case upgrade
    /// Drains and ends the daemon: `StopReport`, sent before the end. No arguments.
    case stop

    /// The names of the arguments the command takes, and whether each must be there.
    var arguments: [String: Bool] {
        switch self {
        case .status, .apps, .check, .stop: [:]
        case .routes, .metrics, .crashes, .channels, .reload: ["app": false]
        case .sockets: ["app": false, "id": false]
        case .presence: ["topic": true, "app": false]
        case .disconnect: ["id": true, "app": false]
        case .rollback, .unload: ["app": true]
        case .upgrade: ["binary": false, "ready_within": false]
        }
    }
}
