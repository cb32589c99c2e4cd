import Testing
import ZzzAppABI
import ZzzRouter

@testable import ZzzServer
@testable import zzzd

/// Counters go on over generations, and how many there are is bounded.
@Suite struct RouteLedgerTests {
    private static func site(_ app: String, _ patterns: [String], mount: String = "") throws -> Site {
        let handler: zzz_handler = { _, _, _ in }
        let routes = try patterns.map {
            Route(methods: .get, pattern: try RoutePattern($0), source: "test", handler: handler, user: nil)
        }
        return try Site(name: app, generation: 1, mount: mount, hosts: [], routes: routes)
    }

    private static func count(_ site: Site, route: Int, times: Int = 1) {
        for _ in 0..<times {
            site.routeActivity.ended(route: route, loop: 0, status: 200, ticks: 1, bodyBytes: 0)
        }
    }

    private static func requests(_ ledger: RouteLedger) -> [String: UInt64] {
        ledger.series().reduce(into: [:]) { $0["\($1.key.app) \($1.key.pattern)"] = $1.totals.requests }
    }

    @Test func `what a generation has done stays when it is gone`() throws {
        let ledger = RouteLedger()
        for number in 1...3 {
            let site = try Self.site("blog", ["/", "/a"], mount: "/blog")
            let table = try SiteTable(sites: [site])
            ledger.adopt(table)
            ledger.adopt(table)
            Self.count(site, route: 1, times: 2)
            Self.count(site, route: -1)
            let done = UInt64(number)
            #expect(Self.requests(ledger) == ["blog ": done, "blog /blog": 0, "blog /blog/a": 2 * done])
        }
        #expect(Self.requests(ledger) == ["blog ": 3, "blog /blog": 0, "blog /blog/a": 6])
    }

    @Test func `two generations that serve at once add up`() throws {
        let ledger = RouteLedger()
        let (old, new) = (try Self.site("blog", ["/a", "/old"]), try Self.site("blog", ["/new", "/a"]))
        ledger.adopt(try SiteTable(sites: [old]))
        ledger.adopt(try SiteTable(sites: [new]))
        Self.count(old, route: 0)
        Self.count(new, route: 1)
        #expect(Self.requests(ledger) == ["blog ": 0, "blog /a": 2, "blog /new": 0, "blog /old": 0])
    }

    @Test(arguments: [(2, ["blog /1": 1, "blog /2": 1]), (3, ["blog /1": 1, "blog /2": 1, "blog /3": 1])])
    func `up to the limit each route has its own series`(count: Int, expected: [String: UInt64]) throws {
        let ledger = RouteLedger(limit: 3)
        let site = try Self.site("blog", (1...count).map { "/\($0)" })
        ledger.adopt(try SiteTable(sites: [site]))
        for route in 0..<count { Self.count(site, route: route) }
        #expect(Self.requests(ledger) == expected.merging(["blog ": 0]) { $1 })
    }

    @Test func `beyond the limit they share one of their app`() throws {
        let ledger = RouteLedger(limit: 3)
        let (blog, shop) = (try Self.site("blog", ["/1", "/2"]), try Self.site("shop", ["/1", "/2", "/3"], mount: "/s"))
        ledger.adopt(try SiteTable(sites: [blog, shop]))
        for route in 0..<3 { Self.count(shop, route: route) }
        #expect(
            Self.requests(ledger) == [
                "blog ": 0, "blog /1": 0, "blog /2": 0, "shop ": 0, "shop /s/1": 1, "shop (other)": 2,
            ])
    }

    @Test func `routes that no generation has make room, and their counts are kept`() throws {
        let ledger = RouteLedger(limit: 2)
        for name in ["a", "b", "c"] {
            let site = try Self.site("blog", ["/\(name)", "/same"])
            ledger.adopt(try SiteTable(sites: [site]))
            Self.count(site, route: 0)
            Self.count(site, route: 1)
        }
        let requests = Self.requests(ledger)
        #expect(requests["blog /same"] == 3 && requests["blog /c"] == 1 && requests["blog (other)"] == 2)
    }
}
