/// Everything that may stand in a configuration file. The reading, the unknown-key hints, the sample file and
/// docs/configuration.md are all checked against this table.
enum Schema {
    /// The tables at the top level that occur once.
    static let tables: [SettingTable<Settings>] = [
        server, control, admin, paths, apps, limits, sockets, log,
    ]

    /// The names at the top level, `listen` and `app` included.
    static let topLevelNames = tables.map(\.name) + ["listen", "app"]

    static let server = SettingTable<Settings>(
        name: "server", documentation: "How the daemon runs.",
        keys: [
            SettingKey(
                "io", .choice, \.server.io,
                "The kernel interface of the loops. `auto` takes the faster one that the kernel allows."),
            SettingKey(
                "loops", .integer(0...1024), \.server.loops,
                "How many loops serve connections, each on a thread of its own. 0 means one per core."),
            SettingKey(
                "drain_timeout", .timeSpan(.zero...(.hours(24))), \.server.drainTimeout,
                "How long open requests may take to finish when the daemon stops or an app is replaced or unloaded."),
            SettingKey(
                "watchdog", .timeSpanOrZero(TimeSpan.seconds(2)...(.hours(1))), \.server.watchdog,
                "A server process in which nothing goes on for this long is ended and followed by a fresh one. With "
                    + "`\"0s\"` only systemd watches over it."),
            SettingKey(
                "stall_limit", .timeSpan(TimeSpan(milliseconds: 1)...(.seconds(10))), \.server.stallLimit,
                "App code that holds a loop longer than this loses the loop to another thread, but not its request."),
            SettingKey(
                "app_threads", .integer(4...16384), \.server.appThreads,
                "How many threads run loops, or app code that was taken off a loop. Frozen ones count."),
            SettingKey(
                "frozen_threads", .integer(1...4096), \.server.frozenThreads,
                "How many threads may be frozen by faults before the server process is replaced by a fresh one, which "
                    + "is asked for at 7/8 of it."),
        ])

    static let control = SettingTable<Settings>(
        name: "control", documentation: "The socket that `zzzctl` uses.",
        keys: [
            SettingKey("socket", .socketPath, \.control.socket, "The path of the unix socket."),
            SettingKey(
                "mode", .fileMode, \.control.mode, "The socket's file permissions, in octal."),
            SettingKey(
                "group", .groupName, \.control.group,
                "The group that owns the socket. Its members may give commands, as may root and the daemon's user."),
        ])

    static let admin = SettingTable<Settings>(
        name: "admin", documentation: "The listener for health checks and metrics.",
        keys: [
            SettingKey(
                "address", .adminAddress, \.admin.address,
                "An address as in `[[listen]]`, or `off`. Unset, it is the unix socket `admin.sock` in "
                    + "`paths.runtime`."),
            SettingKey(
                "mode", .fileMode, \.admin.mode, "The permissions of a unix socket's file, in octal."),
        ])

    static let paths = SettingTable<Settings>(
        name: "paths", documentation: "The directories the daemon writes to.",
        keys: [
            SettingKey("state", .absolutePath, \.paths.state, "What must survive a restart."),
            SettingKey(
                "runtime", .absolutePath, \.paths.runtime,
                "What need not survive a restart: sockets, private copies of the app files."),
        ])

    static let apps = SettingTable<Settings>(
        name: "apps", documentation: "Where apps come from.",
        keys: [
            SettingKey(
                "directory", .absolutePath, \.apps.directory,
                "The directory of the apps: each file `NAME.so` in it is the app NAME."),
            SettingKey(
                "watch", .boolean, \.apps.watch,
                "Whether a file that is renamed into the directory, over another or out of it is deployed, reloaded "
                    + "or unloaded at once."),
        ])

    static let log = SettingTable<Settings>(
        name: "log", documentation: "The log and the access log. Both go to stderr or to the journal.",
        keys: [
            SettingKey("level", .choice, \.log.level, "The least severe level that is written."),
            SettingKey(
                "format", .choice, \.log.format,
                "How records are written. `auto` takes the journal when stderr is connected to it, else text."),
            SettingKey("access", .boolean, \.log.access, "Whether every request is logged."),
            SettingKey(
                "filter_parameters", .list(.partOfParameterName, atMost: 64), \.log.filterParameters,
                "What the access log hides: the values of the query's parameters whose names have one of these in "
                    + "them, in whatever case."),
        ])

    /// `[[listen]]`
    static let listen = SettingTable<ListenSettings>(
        name: "", documentation: "One listener each. With none, the daemon listens on 127.0.0.1:8080.",
        keys: [
            SettingKey(
                "address", .listenAddress, \.address,
                "`ADDRESS:PORT`, `[IPV6]:PORT` or `unix:/PATH`. Port 0 lets the kernel choose; status shows which."
            ).required(),
            SettingKey(
                "backlog", .integer(1...65535), \.backlog,
                "How many connections the kernel queues for the daemon; net.core.somaxconn caps it."),
            SettingKey(
                "reuse_port", .boolean, \.reusePort,
                "Whether each loop has a socket of its own (SO_REUSEPORT), so that the kernel spreads connections. "
                    + "Without effect on unix sockets."),
            SettingKey(
                "mode", .fileMode, \.mode,
                "The permissions of a unix socket's file, in octal. By default every local user may connect, as with a "
                    + "TCP port."),
            SettingKey(
                "proxy_protocol", .choice, \.proxyProtocol,
                "Whether the balancers in `trusted` say who the client is, by the PROXY protocol. With `accept` they "
                    + "may, with `require` they must, and nobody else can connect."),
            SettingKey(
                "trusted", .list(.addressRange), \.trusted,
                "The balancers that are believed; `unix` stands for whoever connects to a unix socket."),
        ])
}
