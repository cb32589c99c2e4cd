/// What the daemon does for each command. `ControlDispatcher` calls it, one command at a time per dispatcher.
///
/// A method that changes something returns when the change is in force (draining goes on behind it) and throws when
/// nothing was changed.
public protocol ControlService {
    func status() throws(ControlError) -> StatusReport
    func apps() throws(ControlError) -> AppsReport
    /// The routes of `app`, or of every app.
    func routes(app: String?) throws(ControlError) -> RoutesReport
    /// What the routes of `app`, or of every app, have done, with the daemon's own figures.
    func metrics(app: String?) throws(ControlError) -> MetricsReport
    /// The latest faults of `app`, or of every app.
    func crashes(app: String?) throws(ControlError) -> CrashesReport
    /// The sockets of `app`, or of every app; those with that id, or all.
    func sockets(app: String?, id: String?) throws(ControlError) -> SocketsReport
    /// The topics of `app`, or of every app.
    func channels(app: String?) throws(ControlError) -> ChannelsReport
    /// Who is in a topic of `app`'s, or of every app's.
    func presence(topic: String, app: String?) throws(ControlError) -> PresenceReport
    /// Closes the sockets with that id.
    func disconnect(id: String, app: String?) throws(ControlError) -> DisconnectReport
    /// Reloads `app`, or the configuration and every app.
    func reload(app: String?) throws(ControlError) -> ReloadReport
    func rollback(app: String) throws(ControlError) -> AppChange
    func unload(app: String) throws(ControlError) -> AppChange
    func check() throws(ControlError) -> CheckReport
    /// Lets a new server process take over, of `binary` or of the installed program.
    func upgrade(binary: String?, readyWithinMilliseconds: Int?) throws(ControlError) -> UpgradeReport
    /// Begins to stop, and returns at once.
    func stop() throws(ControlError) -> StopReport
}
