import Glibc
import Testing
import ZzzAppABI

@testable import ZzzServer

/// What is counted for each route, and when a response counts as ended.
@Suite struct RouteActivityTests {
    private static let tick = LatencyBounds(nanosecondsPerTick: 1)

    @Test func eachRouteHasARowAndTheUnmatchedHaveOne() {
        let activity = RouteActivity(routeCount: 2, bounds: Self.tick)
        for (route, status) in [(-1, 404), (0, 200), (0, 204), (0, 301), (1, 503), (1, 0), (1, 101)] {
            activity.ended(route: route, loop: 3, status: UInt16(status), ticks: 7, bodyBytes: 10)
        }
        #expect(activity.totals(route: -1).responses == [0, 0, 0, 0, 1, 0])
        #expect(activity.totals(route: 0).responses == [0, 0, 2, 1, 0, 0])
        #expect(activity.totals(route: 1).responses == [1, 1, 0, 0, 0, 1])
        #expect(activity.totals(route: 1).errors == 2 && activity.totals(route: 1).requests == 3)
        #expect(activity.totals(route: 0).bodyBytes == 30)
        #expect(activity.totals(route: 0).latency.sumNanoseconds == 21)
    }

    @Test func loopsAddUp() {
        let activity = RouteActivity(routeCount: 1, bounds: Self.tick)
        for loop in [0, 1, SiteActivity.maximumLoops - 1] {
            activity.ended(route: 0, loop: loop, status: 200, ticks: 600_000, bodyBytes: 1)
        }
        let totals = activity.totals(route: 0)
        #expect(totals.requests == 3 && totals.bodyBytes == 3)
        #expect(totals.latency.counts[1] == 3 && totals.latency.sumNanoseconds == 1_800_000)
    }

    @Test func aNegativeTimeIsNone() {
        let activity = RouteActivity(routeCount: 1, bounds: Self.tick)
        activity.ended(route: 0, loop: 0, status: 200, ticks: 5 &- 9, bodyBytes: 0)
        activity.ended(route: 0, loop: 0, status: 101, ticks: nil, bodyBytes: 0)
        let totals = activity.totals(route: 0)
        #expect(totals.requests == 2 && totals.latency.count == 1 && totals.latency.counts[0] == 1)
        #expect(totals.latency.sumNanoseconds == 0)
    }

    @Test func anyThreadCountsWhatIsRare() {
        let activity = RouteActivity(routeCount: 1, bounds: Self.tick)
        let threads = (0..<4).map { _ in
            TestThread {
                for stall in 1...100 { activity.countHandOff(route: 0, stalledNanoseconds: UInt64(stall)) }
                activity.countFault(route: 0)
                activity.countTimeout(route: -1)
            }
        }
        for thread in threads { thread.join() }
        var totals = activity.totals(route: 0)
        #expect(totals.handOffs == 400 && totals.longestStallNanoseconds == 100 && totals.faults == 4)
        #expect(totals.timeouts == 0 && activity.totals(route: -1).timeouts == 4)
        totals += totals
        #expect(totals.handOffs == 800 && totals.longestStallNanoseconds == 100 && totals.faults == 8)
    }

    @Test(arguments: Setup.all)
    func responsesAreCountedWhereTheyEnd(_ setup: Setup) throws {
        let streaming = Probe<Request?>(nil)
        let routes: [TestRoute] = [
            .get("/fast") { request, _ in request.respond("12345") },
            .get("/slow") { request, _ in
                usleep(2_000)
                request.respond("", status: 503)
            },
            .get("/cut") { request, _ in
                request.retain()
                request.begin()
                streaming.set(request)
            },
        ]
        try TestServer.run(setup, routes) { server in
            let activity = server.site.routeActivity
            let client = try server.client()
            for _ in 0..<3 { #expect(try client.get("/fast").status == 200) }
            #expect(try client.get("/slow").status == 503)
            #expect(try client.get("/nothing").status == 404)
            #expect(try client.ask("POST /fast HTTP/1.1\r\nHost: a\r\n\r\n").status == 405)
            #expect(activity.totals(route: 0).responses == [0, 0, 3, 0, 0, 0])
            #expect(activity.totals(route: 0).bodyBytes == 15)
            let slow = activity.totals(route: 1)
            #expect(slow.responses == [0, 0, 0, 0, 0, 1] && slow.latency.counts[0...1].allSatisfy { $0 == 0 })
            #expect(slow.latency.count == 1 && slow.latency.sumNanoseconds >= 2_000_000)
            #expect(activity.totals(route: -1).responses == [0, 0, 0, 0, 2, 0])

            let leaver = try server.client()
            try leaver.send("GET /cut HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(streaming.wait { $0 != nil })
            #expect(activity.totals(route: 2).requests == 0)
            // One that only closed might still read: with its head taken, a reset is what says that it does not.
            _ = try leaver.receiveHead()
            leaver.reset()
            #expect(server.eventually { activity.totals(route: 2).responses == [1, 0, 0, 0, 0, 0] })
            streaming.current?.release()
        }
    }
}
