import Testing
import ZzzAppABI
import ZzzIO

@testable import ZzzServer

/// Replacing what answers while requests are in flight.
@Suite struct PublishTests {
    @Test(arguments: Setup.all)
    func theOldSiteStaysUntilItsRequestsHaveEnded(_ setup: Setup) throws {
        let waiting = Probe<[(Request, Head)]>([])
        let gone = Probe(false)
        func routes(_ text: String) -> [TestRoute] {
            [
                .get("/") { request, _ in request.respond(text) },
                .get("/wait/:name") { request, head in
                    request.retain()
                    waiting.update { $0.append((request, head)) }
                },
                .stream("/body") { request, _ in StreamedBodyTests.Reader().start(request) },
            ]
        }
        var old: Site? = try TestApp.site(name: "old", generation: 1, gone: gone, routes("old"))
        let new = try TestApp.site(name: "new", generation: 2, routes("new"))
        weak let weakOld = old
        let activity = old!.activity
        try TestServer.run(setup, site: new) { server in
            server.server.publish(try SiteTable(sites: [old!]))
            old = nil
            let clients = try (0..<6).map { _ in try server.client() }
            for (index, client) in clients.enumerated() {
                try client.send("GET /wait/%41\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
                try #require(waiting.wait { $0.count == index + 1 })
            }
            let reading = try server.client()
            try reading.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
            #expect(server.eventually { activity.totals.inFlight == 7 })

            server.server.publish(try SiteTable(sites: [new]))
            let answer = try server.get("/")
            #expect(answer.text == "new")
            #expect(weakOld != nil)
            for index in 0..<6 {
                #expect(gone.current == false)
                let (request, head) = waiting.current[index]
                #expect(head.params == ["A\(index)"])
                // The first are answered and released, of the others some are retained beyond their response, or lose
                // their client.
                if index == 2 { clients[2].reset() } else { request.respond("old \(index)") }
                if index != 2 { #expect(try clients[index].receiveResponse().text == "old \(index)") }
                if index < 4 { request.release() }
            }
            try reading.send("cd")
            #expect(try reading.receiveResponse().text == "abcd")
            // The one that lost its client may be another loop's, which hears of it by and by.
            #expect(server.eventually { activity.totals.inFlight == 2 })
            #expect(gone.current == false)
            for (request, _) in waiting.current[4...] { request.release() }
            #expect(gone.awaitValue(true))
            #expect(weakOld == nil)
            #expect(activity.totals.inFlight == 0)
            #expect(activity.totals.requests == 7)
            #expect(new.activity.totals.requests == 1)
        }
    }

    /// Under load, no request fails, and each is answered by the one or the other.
    @Test(arguments: Setup.all)
    func publishingLosesNoRequest(_ setup: Setup) throws {
        let link = ServerLink()
        @Sendable func site(_ generation: Int, gone: Probe<Int>) throws -> Site {
            final class Counter: Sendable {
                let gone: Probe<Int>
                init(_ gone: Probe<Int>) { self.gone = gone }
                deinit { gone.update { $0 += 1 } }
            }
            let counter = Counter(gone)
            return try TestApp.site(generation: UInt64(generation), [
                .get("/now") { request, _ in
                    _ = counter
                    request.respond("\(generation)")
                },
                .get("/later") { request, _ in
                    request.retain()
                    link.post(loop: request.loop!) {
                        request.respond("\(generation)")
                        request.release()
                    }
                },
            ])
        }
        let gone = Probe(0)
        let stop = Probe(false)
        try TestServer.run(setup, site: try site(0, gone: gone)) { server in
            link.server = server.server
            let clients = try (0..<4).map { _ in try server.client() }
            let threads = clients.map { client in
                TestThread {
                    do {
                        var last = 0
                        while !stop.current {
                            try client.send(
                                "GET /now HTTP/1.1\r\nHost: a\r\n\r\nGET /later HTTP/1.1\r\nHost: a\r\n\r\n")
                            for _ in 0..<2 {
                                let answer = try client.receiveResponse()
                                let generation = Int(answer.text) ?? -1
                                if answer.status != 200 || generation < last { Issue.record("\(answer) after \(last)") }
                                last = generation
                            }
                        }
                    } catch {
                        Issue.record(error)
                    }
                }
            }
            for generation in 1...100 {
                server.server.publish(try SiteTable(sites: [try site(generation, gone: gone)]))
            }
            stop.set(true)
            for thread in threads { thread.join() }
            let answer = try server.get("/now")
            #expect(answer.text == "100")
            // All but the first, which the test holds, and the one that serves.
            #expect(gone.wait { $0 == 99 }, "\(gone.current) of 99 are gone")
        }
    }

    @Test(arguments: Setup.single)
    func theSameSiteMayBePublishedAgain(_ setup: Setup) throws {
        let waiting = Probe<Request?>(nil)
        let site = try TestApp.site([
            .get("/") { request, _ in request.respond("here") },
            .get("/wait") { request, _ in
                request.retain()
                waiting.set(request)
            },
        ])
        try TestServer.run(setup, site: site) { server in
            let client = try server.client()
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            try #require(waiting.wait { $0 != nil })
            server.server.publish(SiteTable.empty)
            #expect(try server.get("/").status == 404)
            server.server.publish(try SiteTable(sites: [site]))
            #expect(try server.get("/").text == "here")
            waiting.current!.respond("waited")
            waiting.current!.release()
            #expect(try client.receiveResponse().text == "waited")
            #expect(try client.get("/").text == "here")
        }
    }
}
