/// What a daemon under test is started with. Everything it writes is in one temporary directory.
struct DaemonConfiguration {
    /// An app to put into the apps directory before the start.
    struct App {
        var name: String
        /// The file to copy.
        var file: String
        /// `mount`; nil for no `[app.NAME]` table at all.
        var mount: String? = "/"
        /// More lines of its table.
        var lines: [String] = []

        /// One of the example apps.
        static func example(_ name: String, mount: String? = "/", lines: [String] = []) -> App {
            App(name: name, file: Dist.app(name), mount: mount, lines: lines)
        }

        /// The app in Swift with every fault (Tests/Apps/faulty), which is never put into quarantine unless `lines` say
        /// so.
        static func faulty(mount: String = "/", lines: [String] = ["quarantine.traps = 0"]) -> App {
            App(name: "faulty", file: Dist.testApp("faulty"), mount: mount, lines: lines)
        }
    }

    var backend = Backend.epoll
    var loops = 2
    var apps: [App] = []
    var listen = ["127.0.0.1:0"]
    var watch = false
    var accessLog = false
    /// Lines of `[server]` and `[limits]`.
    var server: [String] = []
    var limits: [String] = []
    /// Appended as it is.
    var more = ""

    init(_ backend: Backend = .epoll, apps: [App] = [], limits: [String] = []) {
        self.backend = backend
        self.apps = apps
        self.limits = limits
    }

    /// The file's text for a daemon that lives in `directory`.
    func text(in directory: String) -> String {
        var lines = ["[server]", "io = \"\(backend.rawValue)\"", "loops = \(loops)"] + server
        for address in listen { lines += ["[[listen]]", "address = \"\(address)\""] }
        lines += ["[control]", "socket = \"\(directory)/control.sock\""]
        lines += ["[paths]", "state = \"\(directory)/state\"", "runtime = \"\(directory)/run\""]
        lines += ["[apps]", "directory = \"\(directory)/apps\"", "watch = \(watch)"]
        lines += ["[log]", "format = \"text\"", "access = \(accessLog)"]
        if !limits.isEmpty { lines += ["[limits]"] + limits }
        for app in apps {
            guard let mount = app.mount else { continue }
            lines += ["[app.\(app.name)]", "mount = \"\(mount)\""] + app.lines
        }
        return lines.joined(separator: "\n") + "\n" + more
    }
}
