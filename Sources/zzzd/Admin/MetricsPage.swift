import CLinux
import Glibc
import ZzzControl
import ZzzHost
import ZzzMetrics
import ZzzServer
import ZzzTLS

/// What /metrics answers: docs/metrics.md names every family.
struct MetricsPage {
    private var text = MetricText()
    private let daemon: Daemon

    init(_ daemon: Daemon) {
        self.daemon = daemon
        addDaemon()
        addProcess()
        addConnections(daemon.loopFigures.snapshot(of: daemon.server))
        addThreads(LoopMonitor.shared.threads, limit: daemon.state.withLock { $0.settings.server.appThreads })
        let apps = daemon.appReports
        addApps(daemon.deployer.statuses, apps)
        addStores(apps)
        addRoutes(daemon.ledger.series())
    }

    var bytes: [UInt8] { text.bytes }

    mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
        text.begin(name, .counter, help: help)
        text.add(value)
    }

    mutating func gauge(_ name: String, _ help: String, _ value: some BinaryInteger) {
        text.begin(name, .gauge, help: help)
        text.add(value)
    }

    /// A figure that the system may not tell.
    private mutating func gauge(_ name: String, _ help: String, _ value: (some BinaryInteger)?) {
        if let value { gauge(name, help, value) }
    }

    // MARK: The daemon

    private mutating func addDaemon() {
        let state = daemon.state.withLock { $0 }
        text.begin("zzz_build_info", .gauge, help: "The daemon's version; always 1.")
        text.add(1, [("version", ZzzVersion.text)])
        gauge("zzz_ready", "Whether /readyz answers 200.", daemon.unreadiness == nil ? 1 : 0)
        gauge(
            "zzz_config_last_reload_successful", "Whether the last attempt to read the configuration succeeded.",
            state.configurationError == nil ? 1 : 0)
        gauge(
            "zzz_config_last_reload_success_timestamp_seconds", "When the configuration in force was read.",
            state.configurationLoadedAt.secondsSince1970)
    }

    private mutating func addProcess() {
        let figures = ProcessFigures()
        gauge("process_start_time_seconds", "When the daemon started.", daemon.startedAt.secondsSince1970)
        text.begin("process_cpu_seconds_total", .counter, help: "Processor time of all threads.")
        text.add(figures.cpuSeconds)
        gauge("process_resident_memory_bytes", "Memory that is resident, shared or not.", figures.residentBytes)
        gauge("process_virtual_memory_bytes", "Address space.", figures.virtualBytes)
        gauge("process_open_fds", "Open file descriptors.", figures.openDescriptors)
        gauge("process_max_fds", "How many file descriptors may be open.", figures.descriptorLimit)
        gauge("process_threads", "Threads of the process.", figures.threads)
        gauge(
            "zzz_proportional_memory_bytes", "Resident memory, each shared page divided by those who share it.",
            figures.proportionalBytes)
        let heap = mallinfo2()
        text.begin("zzz_heap_bytes", .gauge, help: "Memory of the allocator (mallinfo(3)).")
        text.add(heap.uordblks + heap.hblkhd, [("state", "used")])
        text.add(heap.fordblks, [("state", "free")])
    }

    // MARK: Loops and connections

    private mutating func addConnections(_ snapshot: Server.Snapshot) {
        let open = snapshot.loops.reduce(0) { $0 + $1.connections }
        let active = min(open, snapshot.loops.reduce(0) { $0 + $1.active })
        text.begin("zzz_connections", .gauge, help: "Connections that are open.")
        text.add(active, [("state", "active")])
        text.add(open - active, [("state", "idle")])
        gauge(
            "zzz_connections_limit", "How many connections may be open.",
            daemon.state.withLock { $0.settings.limits.connections })
        func sum(_ path: KeyPath<WorkerStatistics, UInt64>) -> UInt64 {
            snapshot.loops.reduce(0) { $0 &+ $1.statistics[keyPath: path] }
        }
        counter("zzz_connections_accepted_total", "Connections accepted.", sum(\.accepted))
        counter("zzz_connections_closed_total", "Connections that have ended.", sum(\.closed))
        counter(
            "zzz_connections_limit_reached_total", "How often the limit was reached and accepting paused.",
            snapshot.limitReached)
        counter("zzz_connections_stalled_total", "Connections cut because their peer took no bytes.", sum(\.stalled))
        counter("zzz_requests_malformed_total", "Requests that broke a rule of HTTP.", sum(\.malformed))
        text.begin(
            "zzz_responses_total", .counter, help: "Responses by the class of their status, those without an app too.")
        for (digit, count) in Self.responses(snapshot.loops).enumerated() {
            text.add(count, [("code", "\(digit + 1)xx")])
        }
        text.begin("zzz_listener_accepted_total", .counter, help: "Connections accepted, by listener.")
        for listener in daemon.listeners.reports { text.add(listener.accepted, [("address", listener.address)]) }
        addProxies(snapshot.loops.map(\.statistics.proxy))
        addTLS(snapshot.loops.map(\.statistics.tls))
        addLoops(snapshot.loops)
        addSockets(snapshot.loops.map(\.sockets))
    }

    private mutating func addProxies(_ loops: [ProxyStatistics]) {
        counter(
            "zzz_proxy_headers_total", "Connections that began with a header of the PROXY protocol.",
            loops.reduce(0) { $0 &+ $1.headers })
        text.begin(
            "zzz_proxy_refusals_total", .counter, help: "Connections closed for want of a header that is right.")
        for reason in ProxyRefusal.allCases {
            text.add(loops.reduce(0) { $0 &+ $1.refused(reason) }, [("reason", reason.rawValue)])
        }
    }

    private mutating func addTLS(_ loops: [TLSStatistics]) {
        let resumed = loops.reduce(0) { $0 &+ $1.resumed }
        text.begin("zzz_tls_handshakes_total", .counter, help: "Handshakes that have succeeded.")
        text.add(loops.reduce(0) { $0 &+ $1.handshakes } &- resumed, [("resumed", "false")])
        text.add(resumed, [("resumed", "true")])
        text.begin("zzz_tls_handshake_failures_total", .counter, help: "Handshakes that have failed, by reason.")
        for reason in TLSFailure.allCases {
            text.add(loops.reduce(0) { $0 &+ $1.failed(reason) }, [("reason", reason.rawValue)])
        }
        counter(
            "zzz_tls_sessions_broken_total", "Sessions that were open and then broke the protocol.",
            loops.reduce(0) { $0 &+ $1.broken })
        counter(
            "zzz_tls_sealed_by_kernel_total", "Connections whose output was given to the kernel to seal.",
            loops.reduce(0) { $0 &+ $1.sealedByKernel })
        text.begin(
            "zzz_tls_certificate_expiry_seconds", .gauge, help: "When a certificate expires, in seconds since 1970.")
        for listener in daemon.listeners.reports {
            for certificate in listener.certificates {
                text.add(certificate.expires, [("listener", listener.address), ("name", certificate.name)])
            }
        }
    }

    private static func responses(_ loops: [Server.Snapshot.LoopSnapshot]) -> [UInt64] {
        loops.map(\.statistics.responses).reduce(into: [0, 0, 0, 0, 0]) { sums, counts in
            for (index, count) in [counts.0, counts.1, counts.2, counts.3, counts.4].enumerated() {
                sums[index] &+= count
            }
        }
    }

    private mutating func addLoops(_ loops: [Server.Snapshot.LoopSnapshot]) {
        typealias Loop = Server.Snapshot.LoopSnapshot
        func label(_ loop: Loop) -> [MetricText.Label] { [("loop", "\(loop.index)")] }
        text.begin("zzz_loop_busy_seconds_total", .counter, help: "Time that a loop did not wait for events.")
        for loop in loops { text.add(Double(loop.busyNanoseconds) / 1e9, label(loop)) }
        text.begin("zzz_loop_turns_total", .counter, help: "How often a loop has gone around.")
        for loop in loops { text.add(loop.turns, label(loop)) }
        text.begin("zzz_loop_requests_total", .counter, help: "Requests that a loop has read.")
        for loop in loops { text.add(loop.statistics.requests, label(loop)) }
        text.begin("zzz_loop_connections", .gauge, help: "Connections that a loop owns.")
        for loop in loops { text.add(loop.connections, label(loop)) }
        text.begin("zzz_loop_hand_offs_total", .counter, help: "How often a loop was taken over from app code.")
        for loop in loops { text.add(loop.statistics.handOffs, label(loop)) }
        text.begin("zzz_loop_longest_stall_seconds", .gauge, help: "The longest that app code held a loop.")
        for loop in loops {
            text.add(Double(loop.statistics.longestStallNanoseconds) / 1e9, label(loop))
        }
    }

    private mutating func addThreads(_ threads: LoopMonitor.Threads, limit: Int) {
        text.begin("zzz_threads", .gauge, help: "Threads that run loops and apps' code.")
        text.add(threads.running, [("state", "running")])
        text.add(threads.spare, [("state", "spare")])
        text.add(threads.stalled, [("state", "stalled")])
        text.add(threads.frozen, [("state", "frozen")])
        gauge("zzz_threads_limit", "How many of them there may be.", limit)
    }

    // MARK: Apps

    private mutating func addApps(_ statuses: [AppStatus], _ apps: [AppReport]) {
        func label(_ app: AppReport) -> [MetricText.Label] { [("app", app.name)] }
        text.begin("zzz_app_info", .gauge, help: "The app's version and where it is mounted; always 1.")
        for app in apps { text.add(1, [("app", app.name), ("version", app.version), ("mount", app.mount)]) }
        text.begin("zzz_app_state", .gauge, help: "1 for the state that the app is in.")
        for app in apps {
            for state in AppReport.State.allCases {
                text.add(app.state == state ? 1 : 0, [("app", app.name), ("state", state.rawValue)])
            }
        }
        text.begin("zzz_app_generation", .gauge, help: "The number of the running generation, 0 when none runs.")
        for app in apps { text.add(app.generation, label(app)) }
        text.begin("zzz_app_loads_total", .counter, help: "Generations of the app that have served.")
        for status in statuses {
            let running = status.generation == 0 ? 0 : 1
            text.add(status.retiredGenerations + status.draining.count + running, [("app", status.name)])
        }
        text.begin(
            "zzz_app_last_load_successful", .gauge, help: "Whether the last attempt to change the app succeeded.")
        for app in apps { text.add(app.lastError == nil ? 1 : 0, label(app)) }
        text.begin("zzz_app_requests_in_flight", .gauge, help: "Requests that the app is answering.")
        for app in apps { text.add(app.inFlight, label(app)) }
        text.begin("zzz_app_traps_total", .counter, help: "How often the app's code trapped or was stopped for good.")
        for app in apps { text.add(app.traps, label(app)) }
    }

    // MARK: Stores

    /// Apps that have never used their stores have no samples.
    private mutating func addStores(_ apps: [AppReport]) {
        let stores = apps.compactMap { app in app.store.map { (label: [("app", app.name)], store: $0) } }
        let families: [(name: String, kind: MetricText.Kind, help: String, path: KeyPath<AppReport.Store, Int>)] = [
            ("zzz_store_entries", .gauge, "Entries that the app keeps in the daemon.", \.entries),
            ("zzz_store_bytes", .gauge, "What the app's entries count for in its memory.", \.bytes),
            ("zzz_store_hits_total", .counter, "How often an entry was found.", \.hits),
            ("zzz_store_misses_total", .counter, "How often there was no entry.", \.misses),
            ("zzz_store_evictions_total", .counter, "Entries that were given up to make room.", \.evictions),
        ]
        for family in families {
            text.begin(family.name, family.kind, help: family.help)
            for (label, store) in stores { text.add(store[keyPath: family.path], label) }
        }
    }

    // MARK: Routes

    /// Routes that nobody has asked for have no samples: most apps have many of them.
    private mutating func addRoutes(_ all: [(key: RouteLedger.Key, totals: RouteTotals)]) {
        let series = all.filter { $0.totals.requests + $0.totals.handOffs + $0.totals.faults > 0 }
        func labels(_ key: RouteLedger.Key) -> [MetricText.Label] {
            [("app", key.app), ("route", key.pattern), ("method", key.method)]
        }
        text.begin("zzz_requests_total", .counter, help: "Requests that ended, by the class of their status.")
        for (key, totals) in series {
            for (digit, count) in totals.responses.enumerated() where digit > 1 || count > 0 {
                text.add(count, labels(key) + [("code", digit == 0 ? "cut" : "\(digit)xx")])
            }
        }
        text.begin(
            "zzz_request_duration_seconds", .histogram,
            help: "From the whole head of a request to the end of its response, as far as the handler is concerned.")
        let bounds = LatencyHistogram.boundsNanoseconds.map { Double($0) / 1e9 }
        for (key, totals) in series {
            text.add(
                bounds: bounds, counts: totals.latency.counts, sum: Double(totals.latency.sumNanoseconds) / 1e9,
                labels(key))
        }
        let counters: [(name: String, help: String, path: KeyPath<RouteTotals, UInt64>)] = [
            ("zzz_response_body_bytes_total", "Bytes of response bodies.", \.bodyBytes),
            ("zzz_hand_offs_total", "How often a loop was taken over from the route's code.", \.handOffs),
            ("zzz_request_timeouts_total", "Requests whose response did not begin in time.", \.timeouts),
            ("zzz_request_traps_total", "How often the route's code trapped or was stopped for good.", \.faults),
        ]
        for counter in counters {
            text.begin(counter.name, .counter, help: counter.help)
            for (key, totals) in series { text.add(totals[keyPath: counter.path], labels(key)) }
        }
        text.begin("zzz_route_longest_stall_seconds", .gauge, help: "The longest that the route's code held a loop.")
        for (key, totals) in series { text.add(Double(totals.longestStallNanoseconds) / 1e9, labels(key)) }
    }
}
