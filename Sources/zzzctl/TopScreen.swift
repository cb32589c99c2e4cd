import ZzzControl

/// What `top` shows: lines for people, made of figures. It knows no terminal; styles are asked for by name.
struct TopScreen {
    /// By what the routes are sorted, with the key that asks for it.
    enum Order: UInt8, CaseIterable {
        case requests = 114  // r
        case errors = 101  // e
        case median = 109  // m
        case p99 = 112  // p
        case bytes = 98  // b
        case name = 110  // n

        var title: String {
            switch self {
            case .requests: "req/s"
            case .errors: "err/s"
            case .median: "p50"
            case .p99: "p99"
            case .bytes: "bytes/s"
            case .name: "name"
            }
        }
    }

    /// A line, and how it looks on a terminal.
    struct Line {
        enum Style: String {
            case plain = ""
            /// Titles of a table.
            case title = "\u{1B}[7m"
            case strong = "\u{1B}[1m"
            case faint = "\u{1B}[2m"
            case warning = "\u{1B}[33m"
            case bad = "\u{1B}[31m"
        }

        var text: String
        var style = Style.plain

        /// Cut to that many columns; with `style` in ECMA-48's words.
        func rendered(columns: Int, isStyled: Bool) -> String {
            let text = style == .title && isStyled ? text.padded(to: columns) : text
            let cut = String(text.prefix(columns))
            return isStyled && style != .plain ? style.rawValue + cut + "\u{1B}[0m" : cut
        }
    }

    var figures: TopFigures
    var order = Order.requests
    /// How many loops are shown; the others are summed up in one line.
    private static let loopRows = 8

    var lines: [Line] {
        [header, loops, apps, routes].joined(separator: [Line(text: "")]).map { $0 }
    }

    /// One line about the keys.
    static func footer(_ order: Order, note: String) -> Line {
        let keys = Order.allCases.map { "\(Character(Unicode.Scalar($0.rawValue))) \($0.title)" }
        let text = "q quit   sort by: " + keys.joined(separator: "  ") + "   now: \(order.title)"
        return Line(text: note.isEmpty ? text : note, style: note.isEmpty ? .faint : .bad)
    }

    // MARK: Parts

    private var header: [Line] {
        let status = figures.status
        let connections = status.connections
        let threads = status.threads
        let requests = "requests     \(Quantity.rate(figures.perSecond))/s, "
            + "\(Quantity.rate(figures.errorsPerSecond))/s with 5xx"
        var lines = [
            Line(
                text: "zzzd \(status.version)  \(status.state.rawValue)  pid \(status.pid)  "
                    + "up \(StatusText.age(status.uptimeSeconds))  \(status.backend.name)", style: .strong),
            Line(text: requests, style: figures.errorsPerSecond > 0 ? .warning : .plain),
            Line(
                text: "connections  \(connections.active) active, \(connections.idle) idle, "
                    + "limit \(connections.limit)     cpu \(Quantity.percent(figures.cpu))     "
                    + "memory \(Quantity.bytes(Double(figures.residentBytes)))"),
            Line(
                text: "threads      \(threads.running) running, \(threads.spare) spare, \(threads.stalled) stalled, "
                    + "\(threads.frozen) frozen of \(threads.limit)",
                style: threads.frozen > 0 ? .bad : threads.stalled > 0 ? .warning : .plain),
        ]
        if status.config.lastError != nil {
            lines.append(Line(text: "the configuration was not reloaded: zzzctl status says why", style: .bad))
        }
        return lines
    }

    private var loops: [Line] {
        var table = TextTable(
            ("LOOP", .right), ("BUSY", .left), ("", .right), ("REQ/S", .right), ("CONNECTIONS", .right),
            ("HAND-OFFS", .right), ("LONGEST STALL", .right))
        for loop in figures.loops.prefix(Self.loopRows) {
            table.add(
                "\(loop.report.index)", Self.bar(loop.busy), Quantity.percent(loop.busy),
                Quantity.rate(loop.perSecond), "\(loop.report.connections)", "\(loop.report.handOffs)",
                Quantity.time(loop.report.longestStallMilliseconds / 1000))
        }
        var lines = Self.lines(table) { row in
            let loop = figures.loops[row]
            return loop.handOffs > 0 ? .warning : loop.busy > 0.9 ? .strong : .plain
        }
        let more = figures.loops.count - Self.loopRows
        if more > 0 { lines.append(Line(text: "      and \(more) more", style: .faint)) }
        return lines
    }

    private var apps: [Line] {
        var table = TextTable(
            ("APP", .left), ("STATE", .left), ("GENERATION", .right), ("VERSION", .left), ("REQ/S", .right),
            ("ERR/S", .right), ("P50", .right), ("P99", .right), ("IN FLIGHT", .right), ("TRAPS", .right),
            ("HAND-OFFS", .right))
        for app in figures.apps {
            let report = app.report
            table.add(
                row: [report.name, report.state.rawValue, "\(report.generation)", report.version]
                    + cells(app.traffic)
                    + ["\(report.inFlight)", "\(report.traps)", "\(report.handOffs)"])
        }
        return Self.lines(table) { row in
            let app = figures.apps[row]
            switch app.report.state {
            case .failed, .quarantined: return .bad
            case .running: return app.traffic.errorsPerSecond > 0 ? .warning : .plain
            case .loading, .draining, .unloaded: return .faint
            }
        }
    }

    private var routes: [Line] {
        let sorted = figures.routes.filter { $0.report.requests.total > 0 }.sorted(by: precedes)
        var table = TextTable(
            ("METHOD", .left), ("ROUTE", .left), ("APP", .left), ("REQ/S", .right), ("ERR/S", .right),
            ("P50", .right), ("P99", .right), ("BYTES/S", .right), ("REQUESTS", .right))
        for route in sorted {
            let pattern = route.report.pattern.isEmpty ? "(no route)" : route.report.pattern
            table.add(
                row: [route.report.method, pattern, route.report.app] + cells(route.traffic)
                    + [Quantity.bytes(route.traffic.bytesPerSecond), "\(route.report.requests.total)"])
        }
        guard !sorted.isEmpty else { return [Line(text: "no requests yet", style: .faint)] }
        return Self.lines(table) { row in
            let traffic = sorted[row].traffic
            return traffic.errorsPerSecond > 0 ? .warning : traffic.perSecond > 0 ? .plain : .faint
        }
    }

    private func precedes(_ left: TopFigures.Route, _ right: TopFigures.Route) -> Bool {
        func key(_ route: TopFigures.Route) -> Double {
            switch order {
            case .requests: route.traffic.perSecond
            case .errors: route.traffic.errorsPerSecond
            case .median: route.traffic.median ?? 0
            case .p99: route.traffic.p99 ?? 0
            case .bytes: route.traffic.bytesPerSecond
            case .name: 0
            }
        }
        func name(_ route: TopFigures.Route) -> (String, String, String) {
            (route.report.app, route.report.pattern, route.report.method)
        }
        return key(left) == key(right) ? name(left) < name(right) : key(left) > key(right)
    }

    private func cells(_ traffic: TopFigures.Traffic) -> [String] {
        [
            Quantity.rate(traffic.perSecond), Quantity.rate(traffic.errorsPerSecond),
            Quantity.latency(traffic.median, bounds: figures.latencyBounds),
            Quantity.latency(traffic.p99, bounds: figures.latencyBounds),
        ]
    }

    /// The titles, and the rows in the styles that `style` gives them.
    private static func lines(_ table: TextTable, style: (Int) -> Line.Style) -> [Line] {
        table.lines.enumerated().map { index, text in
            Line(text: text, style: index == 0 ? .title : style(index - 1))
        }
    }

    /// `[||||||||            ]`
    private static func bar(_ part: Double) -> String {
        let full = Int((part * 20).rounded())
        return "[" + String(repeating: "|", count: full) + String(repeating: " ", count: 20 - full) + "]"
    }
}

extension String {
    fileprivate func padded(to columns: Int) -> String {
        self + String(repeating: " ", count: max(0, columns - count))
    }
}
