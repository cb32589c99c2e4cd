import Testing
import ZzzAppABI
import ZzzIO

@testable import ZzzServer

/// Jobs on loops, and what the server's owner asks of them.
@Suite struct JobTests {
    @Test(arguments: Setup.all)
    func jobsRunInTheOrderPosted(_ setup: Setup) throws {
        let link = ServerLink()
        let order = Probe<[Int]>([])
        let route = TestRoute.get("/") { request, _ in
            // From the loop itself: after the handler has returned.
            for index in 0..<100 { link.post(loop: request.loop!) { order.update { $0.append(index) } } }
            request.respond("\(order.current.count)")
        }
        try TestServer.run(setup, [route]) { server in
            link.server = server.server
            let answer = try server.get("/")
            #expect(answer.text == "0")
            #expect(order.wait { $0.count == 100 })
            #expect(order.current == Array(0..<100))
            order.set([])
            for index in 0..<100 { #expect(link.post(loop: 0) { order.update { $0.append(index) } }) }
            #expect(order.wait { $0.count == 100 })
            #expect(order.current == Array(0..<100))
        }
    }

    @Test(arguments: Setup.all)
    func aLoopIsReachedFromEverywhere(_ setup: Setup) throws {
        let link = ServerLink()
        let reached = Probe<[Int]>([])
        let route = TestRoute.get("/") { request, _ in
            let own = request.loop!
            #expect(link.server!.currentLoop == own)
            #expect(link.server!.onLoop(own) { loop in reached.update { $0.append(loop.index) } })
            // On its own loop at once.
            request.respond("\(reached.current == [own])")
        }
        try TestServer.run(setup, [route]) { server in
            link.server = server.server
            #expect(server.server.currentLoop == nil)
            let answer = try server.get("/")
            #expect(answer.text == "true")
            reached.set([])
            for index in 0..<setup.loops {
                #expect(server.server.onLoop(index) { loop in reached.update { $0.append(loop.index) } })
                #expect(reached.wait { $0.last == index })
            }
        }
    }

    @Test(arguments: Setup.single)
    func aFullMailboxRefusesAppsAndNotTheServer(_ setup: Setup) throws {
        let link = ServerLink()
        let isHeld = Probe(true)
        let route = TestRoute.get("/") { request, _ in request.respond("old") }
        let new = try TestApp.site(generation: 2, [.get("/") { request, _ in request.respond("new") }])
        try TestServer.run(setup, [route], configure: { $0.loop.mailboxLimit = 10 }) { server in
            link.server = server.server
            let entered = Probe(false)
            link.post(loop: 0) {
                entered.set(true)
                _ = isHeld.wait { !$0 }
            }
            try #require(entered.awaitValue(true))
            let done = Probe(0)
            var posted = 0
            while link.post(loop: 0, { done.update { $0 += 1 } }) { posted += 1 }
            #expect(posted == 10)
            // A loop that does not answer is left out, and does not hold up the others.
            let start = milliseconds()
            let publisher = TestThread {
                do { server.server.publish(try SiteTable(sites: [new])) } catch { Issue.record(error) }
            }
            #expect(milliseconds() - start < 5_000)
            isHeld.set(false)
            publisher.join()
            #expect(done.awaitValue(10))
            #expect(try server.get("/").text == "new")
        }
    }

    @Test(arguments: [IOBackend.epoll, .ioUring])
    func aSnapshotHearsFromALoopThatAnAppHolds(_ backend: IOBackend) throws {
        let link = ServerLink()
        let isHeld = Probe(true)
        try TestServer.run(Setup(backend: backend, loops: 2), []) { server in
            link.server = server.server
            link.post(loop: 1) { _ = isHeld.wait { !$0 } }
            let start = milliseconds()
            let snapshot = server.server.snapshot()
            #expect(snapshot.loops.map(\.index) == [0, 1])
            #expect(milliseconds() - start < 900)
            isHeld.set(false)
        }
    }

    @Test func answersAreWaitedForAsLongAsIsSaid() {
        let answers = LoopAnswers<Int>()
        answers.add(7)
        let start = milliseconds()
        #expect(answers.wait(for: 2, seconds: 1) == [7])
        #expect((900..<10_000).contains(milliseconds() - start))
    }
}
