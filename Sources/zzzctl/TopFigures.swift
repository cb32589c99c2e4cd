import ZzzControl

/// What the daemon said at one moment.
struct TopSample {
    var status: StatusReport
    var metrics: MetricsReport
}

/// What happened between two samples, per second.
struct TopFigures {
    /// Requests, errors and times of a route, or of all routes of an app.
    struct Traffic {
        var perSecond = 0.0
        var errorsPerSecond = 0.0
        var bytesPerSecond = 0.0
        var median: Double?
        var p99: Double?
    }

    struct Loop {
        var report: LoopReport
        /// The part of the time that it did not wait.
        var busy: Double
        var perSecond: Double
        /// In the time between the samples.
        var handOffs: Int
    }

    struct App {
        var report: AppReport
        var traffic: Traffic
    }

    struct Route {
        var report: MetricsReport.Route
        var traffic: Traffic
    }

    let status: StatusReport
    let residentBytes: Int
    /// Of the histograms, in seconds.
    let latencyBounds: [Double]
    /// Processors that were busy with it: 1 for a whole one.
    let cpu: Double
    let perSecond: Double
    let errorsPerSecond: Double
    let loops: [Loop]
    let apps: [App]
    let routes: [Route]

    /// nil when the two are not of one process, or no time has passed between them.
    init?(from earlier: TopSample, to later: TopSample) {
        let seconds = later.metrics.seconds - earlier.metrics.seconds
        guard seconds > 0, earlier.status.pid == later.status.pid else { return nil }
        func rate(_ before: Int, _ after: Int) -> Double { Double(max(0, after - before)) / seconds }
        status = later.status
        residentBytes = later.metrics.residentBytes
        latencyBounds = later.metrics.latencyBounds
        cpu = max(0, later.metrics.cpuSeconds - earlier.metrics.cpuSeconds) / seconds
        perSecond = rate(earlier.status.requests.total, later.status.requests.total)
        errorsPerSecond = rate(earlier.status.requests.serverErrors, later.status.requests.serverErrors)
        loops = later.status.loops.map { loop in
            let before = earlier.status.loops.first { $0.index == loop.index } ?? loop
            return Loop(
                report: loop, busy: min(1, max(0, loop.busySeconds - before.busySeconds) / seconds),
                perSecond: rate(before.requests, loop.requests), handOffs: max(0, loop.handOffs - before.handOffs))
        }
        let changes = RouteChanges(from: earlier.metrics, to: later.metrics, seconds: seconds)
        routes = changes.routes
        apps = later.status.apps.map { App(report: $0, traffic: changes.traffic(ofApp: $0.name)) }
    }
}

/// The routes' part of it.
private struct RouteChanges {
    private struct Name: Hashable {
        var app, method, pattern: String

        init(_ route: MetricsReport.Route) {
            (app, method, pattern) = (route.app, route.method, route.pattern)
        }
    }

    private let seconds: Double
    private let bounds: [Double]
    private(set) var routes: [TopFigures.Route] = []
    private var latencies: [String: LatencyReport] = [:]

    init(from earlier: MetricsReport, to later: MetricsReport, seconds: Double) {
        self.seconds = seconds
        bounds = later.latencyBounds
        var before: [Name: MetricsReport.Route] = [:]
        for route in earlier.routes { before[Name(route)] = route }
        for route in later.routes {
            let old = before[Name(route)]
            let latency = route.latency.since(old?.latency)
            latencies[route.app, default: LatencyReport(counts: [], sumSeconds: 0)] += latency
            func rate(_ count: (MetricsReport.Route) -> Int) -> Double {
                Double(max(0, count(route) - (old.map(count) ?? 0))) / seconds
            }
            var traffic = TopFigures.Traffic(
                perSecond: rate(\.requests.total), errorsPerSecond: rate(\.errors), bytesPerSecond: rate(\.bodyBytes))
            set(latency, in: &traffic)
            routes.append(TopFigures.Route(report: route, traffic: traffic))
        }
    }

    func traffic(ofApp app: String) -> TopFigures.Traffic {
        var sum = TopFigures.Traffic()
        for route in routes where route.report.app == app {
            sum.perSecond += route.traffic.perSecond
            sum.errorsPerSecond += route.traffic.errorsPerSecond
            sum.bytesPerSecond += route.traffic.bytesPerSecond
        }
        if let latency = latencies[app] { set(latency, in: &sum) }
        return sum
    }

    private func set(_ latency: LatencyReport, in traffic: inout TopFigures.Traffic) {
        traffic.median = latency.quantile(0.5, bounds: bounds)
        traffic.p99 = latency.quantile(0.99, bounds: bounds)
    }
}
