import Testing
import ZzzControl
@testable import zzzctl

/// What `top` makes of two looks at the daemon.
@Suite struct TopTests {
    private static let bounds = [0.001, 0.01, 0.1]

    private static func route(_ pattern: String, _ count: Int, _ errors: Int, _ latency: [Int]) -> MetricsReport.Route {
        var route = MetricsReport.Route(app: "blog", method: "GET", pattern: pattern)
        route.requests = RequestsReport(total: count, successful: count - errors, serverErrors: errors)
        route.bodyBytes = count * 1024
        route.latency = LatencyReport(counts: latency, sumSeconds: 0)
        return route
    }

    private static func sample(
        _ seconds: Double, busySeconds: Double, requests: Int, cpuSeconds: Double, _ routes: [MetricsReport.Route]
    ) -> TopSample {
        var status = FakeService.report
        status.loops[0].busySeconds = busySeconds
        status.loops[0].requests = requests
        status.requests.total = requests
        return TopSample(
            status: status,
            metrics: MetricsReport(
                seconds: seconds, residentBytes: 12 << 20, cpuSeconds: cpuSeconds, latencyBounds: bounds,
                routes: routes))
    }

    private static let earlier = sample(10, busySeconds: 5, requests: 100, cpuSeconds: 1, [
        route("/a", 100, 0, [100, 0, 0, 0]), route("/b", 10, 0, [10, 0, 0, 0]),
    ])
    private static let later = sample(12, busySeconds: 6, requests: 300, cpuSeconds: 2.5, [
        route("/a", 200, 0, [100, 100, 0, 0]), route("/b", 20, 4, [10, 0, 10, 0]), route("/new", 2, 0, [2, 0, 0, 0]),
    ])

    @Test func `makes rates of differences`() throws {
        let figures = try #require(TopFigures(from: Self.earlier, to: Self.later))
        #expect(figures.perSecond == 100 && figures.cpu == 0.75)
        #expect(figures.loops[0].busy == 0.5 && figures.loops[0].perSecond == 100)
        let routes = figures.routes.map(\.traffic)
        #expect(routes.map(\.perSecond) == [50, 5, 1] && routes.map(\.errorsPerSecond) == [0, 2, 0])
        // Only what came in between counts: nothing below 1 ms on /a.
        #expect(try #require(routes[0].median) > 0.001)
        #expect(abs(try #require(routes[0].p99) - 0.00991) < 1e-9)
        #expect(routes[0].bytesPerSecond == 50 * 1024)
        let blog = try #require(figures.apps.first { $0.report.name == "blog" })
        #expect(blog.traffic.perSecond == 56 && blog.traffic.errorsPerSecond == 2)
        #expect(try #require(blog.traffic.p99) > 0.01)
    }

    @Test func `makes nothing of two processes, or of no time`() {
        var restarted = Self.later
        restarted.status.pid += 1
        #expect(TopFigures(from: Self.earlier, to: restarted) == nil)
        #expect(TopFigures(from: Self.later, to: Self.later) == nil)
    }

    @Test(arguments: [
        (TopScreen.Order.requests, ["/a", "/b", "/new"]), (.errors, ["/b", "/a", "/new"]), (.p99, ["/b", "/a", "/new"]),
        (.median, ["/b", "/a", "/new"]), (.bytes, ["/a", "/b", "/new"]), (.name, ["/a", "/b", "/new"]),
    ])
    func `sorts routes`(order: TopScreen.Order, patterns: [String]) throws {
        let figures = try #require(TopFigures(from: Self.earlier, to: Self.later))
        let lines = TopScreen(figures: figures, order: order).lines.map(\.text)
        let routes = lines.filter { $0.hasPrefix("GET") }.map { String($0.split(separator: " ")[1]) }
        #expect(routes == patterns)
    }

    @Test func `cuts lines to the screen and styles them only there`() {
        let line = TopScreen.Line(text: "0123456789", style: .bad)
        #expect(line.rendered(columns: 4, isStyled: false) == "0123")
        #expect(line.rendered(columns: 4, isStyled: true) == "\u{1B}[31m0123\u{1B}[0m")
        #expect(TopScreen.Line(text: "ab").rendered(columns: 4, isStyled: true) == "ab")
        let title = TopScreen.Line(text: "ab", style: .title)
        #expect(title.rendered(columns: 4, isStyled: true) == "\u{1B}[7mab  \u{1B}[0m")
    }

    @Test(arguments: [
        (0, "0"), (0.000_000_4, "0.4 µs"), (0.000_085, "85 µs"), (0.0025, "2.5 ms"), (0.999, "999 ms"),
        (1.25, "1.25 s"),
        (123.4, "123 s"),
    ] as [(Double, String)])
    func `writes times`(seconds: Double, text: String) {
        #expect(Quantity.time(seconds) == text)
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (12.25 * 1_048_576, "12.3 MiB"),
    ] as [(Double, String)])
    func `writes bytes`(count: Double, text: String) {
        #expect(Quantity.bytes(count) == text)
    }

    @Test func `a quantile lies on a line between the bounds`() {
        let bounds = [1.0, 2, 4]
        #expect(LatencyReport(counts: [0, 0, 0, 0], sumSeconds: 0).quantile(0.5, bounds: bounds) == nil)
        #expect(LatencyReport(counts: [10, 0, 0, 0], sumSeconds: 0).quantile(0.5, bounds: bounds) == 0.5)
        #expect(LatencyReport(counts: [5, 5, 0, 0], sumSeconds: 0).quantile(0.5, bounds: bounds) == 1)
        #expect(LatencyReport(counts: [0, 0, 10, 0], sumSeconds: 0).quantile(0.5, bounds: bounds) == 3)
        #expect(LatencyReport(counts: [0, 0, 0, 10], sumSeconds: 0).quantile(0.5, bounds: bounds) == 4)
        #expect(LatencyReport(counts: [1], sumSeconds: 0).quantile(0.5, bounds: bounds) == nil)
    }
}
