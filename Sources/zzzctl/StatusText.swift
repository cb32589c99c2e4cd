import ZzzControl

/// A status report for people.
struct StatusText {
    var report: StatusReport
    /// The report before, to compute rates from.
    var previous: StatusReport?
    /// The time between the two.
    var seconds = 0.0

    var text: String {
        [summary, listeners, loops, AppsText(apps: report.apps).text, stores]
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var summary: String {
        let connections = report.connections
        let requests = report.requests
        var lines = [
            "zzzd \(report.version)  \(report.state.rawValue)  pid \(report.pid)  up \(Self.age(report.uptimeSeconds))",
            "backend      \(report.backend.name) (\(report.backend.reason))",
            "config       \(report.config.file ?? "none: all defaults"), loaded \(report.config.loadedAt)",
            "connections  \(connections.active) active, \(connections.idle) idle, limit \(connections.limit) "
                + "(reached \(connections.limitReached) times), \(connections.accepted) accepted, "
                + "\(connections.closed) closed",
            "requests     \(requests.total)\(rate)  (2xx \(requests.successful), 3xx \(requests.redirected), "
                + "4xx \(requests.clientErrors), 5xx \(requests.serverErrors))",
        ]
        if let sockets = report.sockets {
            lines.append(
                "sockets      \(sockets.open) open, \(sockets.channels) channels, "
                    + "\(sockets.received) messages in\(rate(\.received)), \(sockets.sent) out\(rate(\.sent)), "
                    + "\(sockets.moved) moved, \(sockets.failed) failed")
        }
        if let supervisor = report.supervisor { lines.insert(Self.line(supervisor), at: 1) }
        if let address = report.adminAddress { lines.append("admin        \(address)") }
        if let error = report.config.lastError {
            lines.append("config error (the configuration before it stays in force):")
            lines += error.split(separator: "\n").map { "  \($0)" }
        }
        return lines.map { TextTable.printable($0) + "\n" }.joined()
    }

    private static func line(_ supervisor: SupervisorReport) -> String {
        var line = "supervisor   pid \(supervisor.pid), \(supervisor.restarts) restarts"
        if let end = supervisor.lastEnd {
            line += ", the last after \(end)"
            if let time = supervisor.lastEndAt { line += " at \(time)" }
        }
        return line
    }

    private var rate: String {
        guard let previous, seconds > 0, previous.pid == report.pid else { return "" }
        return ", \(Int(Double(report.requests.total - previous.requests.total) / seconds))/s"
    }

    private func rate(_ path: KeyPath<SocketCountsReport, Int>) -> String {
        guard let now = report.sockets, let previous, seconds > 0, previous.pid == report.pid else { return "" }
        let before = previous.sockets?[keyPath: path] ?? 0
        return " (\(Int(Double(now[keyPath: path] - before) / seconds))/s)"
    }

    private var listeners: String {
        var table = TextTable(("LISTENER", .left), ("STATE", .left), ("ACCEPTED", .right))
        for listener in report.listeners {
            let address = listener.address + (listener.isInherited ? " (from systemd)" : "")
            table.add(address, listener.state.rawValue, "\(listener.accepted)")
        }
        return table.isEmpty ? "" : table.text + certificates
    }

    private var certificates: String {
        var table = TextTable(("CERTIFICATE", .left), ("LISTENER", .left), ("EXPIRES", .left), ("FILE", .left))
        for listener in report.listeners {
            for certificate in listener.certificates ?? [] {
                table.add(
                    TextTable.printable(certificate.name), listener.address, "\(certificate.expires)",
                    TextTable.printable(certificate.file))
            }
        }
        return table.isEmpty ? "" : "\n" + table.text
    }

    private var loops: String {
        var table = TextTable(
            ("LOOP", .right), ("BACKEND", .left), ("CONNECTIONS", .right), ("REQUESTS", .right), ("TURNS", .right),
            ("BUSY", .right), ("HAND-OFFS", .right), ("LONGEST STALL", .right))
        for loop in report.loops {
            table.add(
                "\(loop.index)", loop.backend, "\(loop.connections)", "\(loop.requests)", "\(loop.turns)",
                "\(Int((loop.busyRatio * 100).rounded()))%", "\(loop.handOffs)",
                Quantity.time(loop.longestStallMilliseconds / 1000))
        }
        return table.isEmpty ? "" : table.text + threads
    }

    private var threads: String {
        let threads = report.threads
        return "threads: \(threads.running) running, \(threads.spare) spare, \(threads.stalled) stalled, "
            + "\(threads.frozen) frozen, limit \(threads.limit)\n"
    }

    /// What apps keep in the daemon's memory.
    private var stores: String {
        var table = TextTable(
            ("STORE", .left), ("ENTRIES", .right), ("MEMORY", .right), ("HITS", .right), ("MISSES", .right),
            ("EVICTIONS", .right))
        for app in report.apps {
            guard let store = app.store else { continue }
            table.add(
                app.name, "\(store.entries)", Quantity.bytes(Double(store.bytes)), "\(store.hits)", "\(store.misses)",
                "\(store.evictions)")
        }
        return table.isEmpty ? "" : table.text
    }

    /// The two largest units of a time: `2h 3m`.
    static func age(_ seconds: Int) -> String {
        let units = [("d", seconds / 86400), ("h", seconds / 3600 % 24), ("m", seconds / 60 % 60), ("s", seconds % 60)]
        guard let first = units.firstIndex(where: { $0.1 > 0 }) else { return "0s" }
        return units[first...].prefix(2).filter { $0.1 > 0 }.map { "\($0.1)\($0.0)" }.joined(separator: " ")
    }
}

/// Apps for people: a table, and below it what is wrong with some of them.
struct AppsText {
    var apps: [AppReport]

    var text: String {
        guard !apps.isEmpty else { return "no apps\n" }
        var table = TextTable(
            ("APP", .left), ("STATE", .left), ("GENERATION", .right), ("VERSION", .left), ("MOUNT", .left),
            ("HOSTS", .left), ("ROUTES", .right), ("REQUESTS", .right), ("ERRORS", .right), ("TRAPS", .right),
            ("IN FLIGHT", .right))
        for app in apps {
            table.add(
                app.name, app.state.rawValue, "\(app.generation)", app.version, app.mount,
                app.hosts.isEmpty ? "*" : app.hosts.joined(separator: ","), "\(app.routes)", "\(app.requests)",
                "\(app.errors)", "\(app.traps)", "\(app.inFlight)")
        }
        return table.text + apps.flatMap(notes).map { $0 + "\n" }.joined()
    }

    private func notes(_ app: AppReport) -> [String] {
        var notes: [String] = []
        if let error = app.lastError {
            notes.append("\(app.name): \(error.reason)")
            if !error.remedy.isEmpty { notes.append("  remedy: \(error.remedy)") }
        }
        if let quarantine = app.quarantine {
            notes.append(
                "\(app.name): out of service since \(quarantine.since), for too many traps "
                    + "(zzzctl crashes \(app.name))")
            notes.append("  remedy: correct it, then zzzctl reload \(app.name)")
        }
        for draining in app.drainingGenerations {
            notes.append(
                "\(app.name): generation \(draining.generation) (\(draining.version)) is draining, "
                    + "\(draining.inFlight) in flight")
        }
        return notes.map(TextTable.printable)
    }
}
