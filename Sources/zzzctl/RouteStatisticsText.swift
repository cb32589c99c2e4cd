import ZzzControl

/// What routes have done since the daemon started, for people: `zzzctl routes --stats`.
enum RouteStatisticsText {
    static func text(_ report: MetricsReport) -> String {
        var table = TextTable(
            ("METHOD", .left), ("PATTERN", .left), ("APP", .left), ("REQUESTS", .right), ("2XX", .right),
            ("3XX", .right), ("4XX", .right), ("5XX", .right), ("CUT", .right), ("P50", .right), ("P99", .right),
            ("TRAPS", .right), ("HAND-OFFS", .right), ("TIMEOUTS", .right))
        for route in report.routes where !route.method.isEmpty || route.requests.total > 0 {
            let requests = route.requests
            func quantile(_ part: Double) -> String {
                let bounds = report.latencyBounds
                return Quantity.latency(route.latency.quantile(part, bounds: bounds), bounds: bounds)
            }
            table.add(
                route.method, route.pattern.isEmpty ? "(no route)" : route.pattern, route.app, "\(requests.total)",
                "\(requests.successful)", "\(requests.redirected)", "\(requests.clientErrors)",
                "\(requests.serverErrors)", "\(route.cut)", quantile(0.5), quantile(0.99), "\(route.traps)",
                "\(route.handOffs)", "\(route.timeouts)")
        }
        return table.isEmpty ? "no routes\n" : table.text
    }
}
