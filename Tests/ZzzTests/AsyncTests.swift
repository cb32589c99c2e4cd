import Synchronization
import Testing

@testable import Zzz

/// Async handlers: tasks on the request's loop.
@Suite struct AsyncTests {
    @Test func aHandlerThatDoesNotSuspendAnswersWithinTheCall() throws {
        let host = FakeHost()
        try host.load { get("/") { (context: Context) async throws -> String in "at once" } }
        let request = host.get("/")
        #expect(request.text == "at once")
        #expect(host.postedCount == 0)
        #expect(request.onClosed == nil)
        #expect(request.retains == 0)
    }

    @Test func aHandlerThatSleepsKeepsTheRequestUntilItEnds() throws {
        let host = FakeHost()
        try host.load {
            get("/:name") { context in
                try await context.sleep(for: .milliseconds(5))
                return "slept, \(try context.params.require("name"))"
            }
        }
        let request = host.get("/anna")
        #expect(!request.hasBegun)
        #expect(request.retains == 1)
        #expect(request.onClosed != nil)
        host.advance(microseconds: 4999)
        #expect(!request.hasBegun)
        host.advance(microseconds: 1)
        #expect(request.text == "slept, anna")
        #expect(request.retains == 0)
        // The timer's call ran the handler on: nothing went through the mailbox.
        #expect(host.postedCount == 0)
    }

    @Test func manySleepsInOneHandler() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                for _ in 0..<100 { try await context.sleep(for: .microseconds(1)) }
                return "done"
            }
        }
        let request = host.get("/")
        for _ in 0..<99 { host.advance(microseconds: 1) }
        #expect(!request.hasBegun)
        host.advance(microseconds: 1)
        #expect(request.text == "done")
        #expect(request.retains == 0)
    }

    @Test func yieldingGoesThroughTheMailbox() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                await Task.yield()
                return "yielded"
            }
        }
        #expect(host.get("/").text == "yielded")
        // Otherwise a handler that yields in a loop would keep the loop to itself.
        #expect(host.postedCount >= 1)
    }

    @Test func childTasksRunOnTheLoopToo() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                async let left = Self.number(1)
                async let right = Self.number(2)
                return "\(await left + right)"
            }
        }
        let request = host.get("/")
        #expect(request.text == "3")
        #expect(request.retains == 0)
        #expect(host.postedCount >= 2)
    }

    private static func number(_ number: Int) async -> Int {
        await Task.yield()
        return number
    }

    @Test func anErrorAfterSuspendingIsRendered() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context -> String in
                try await context.sleep(for: .milliseconds(1))
                throw Abort(.forbidden, "no")
            }
        }
        let request = host.get("/")
        host.advance(microseconds: 1000)
        #expect(request.status == 403)
        #expect(request.retains == 0)
    }

    @Test func aHandlerThatSuspendsAndDoesNotAnswerIs500() throws {
        let host = FakeHost()
        try host.load { get("/") { context in try await context.sleep(for: .milliseconds(1)) } }
        let request = host.get("/")
        host.advance(microseconds: 1000)
        #expect(request.status == 500)
        #expect(host.log.first?.message.contains("returned without answering") == true)
    }

    // MARK: Cancellation

    @Test func theTaskIsCancelledWhenTheClientLeaves() throws {
        let host = FakeHost()
        let ending = Mutex("")
        try host.load {
            get("/") { context in
                do {
                    try await context.sleep(for: .seconds(3600))
                } catch {
                    ending.withLock { $0 = "\(error) \(Task.isCancelled)" }
                    throw error
                }
            }
        }
        let request = host.get("/")
        request.clientLeaves()
        #expect(ending.withLock { $0 } == "CancellationError() true")
        #expect(request.retains == 0)
        #expect(host.cancelledTimers == 1)
        #expect(host.timers.isEmpty)
        // That is no failure: nobody has to know.
        #expect(host.log.isEmpty)
        #expect(!request.hasBegun)
    }

    @Test func aSleepThatBeginsAfterTheCancellationEndsAtOnce() throws {
        let host = FakeHost()
        let ends = Mutex(0)
        try host.load {
            get("/") { context in
                try? await context.sleep(for: .seconds(1))
                try? await context.sleep(for: .seconds(1))
                ends.withLock { $0 += 1 }
            }
        }
        let request = host.get("/")
        request.clientLeaves()
        #expect(ends.withLock { $0 } == 1)
        #expect(request.retains == 0)
    }

    @Test func aSleepCancelledFromAnotherThreadLetsTheTimerRunOut() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                do { try await context.sleep(for: .seconds(1)) } catch { return "cancelled" }
                return "slept"
            }
        }
        let request = host.get("/")
        host.isOnLoop = false
        request.clientLeaves()
        #expect(host.cancelledTimers == 0)
        #expect(host.timers.count == 1)
        host.isOnLoop = true
        host.advance(microseconds: 1_000_000)
        #expect(host.timers.isEmpty)
        #expect(request.retains == 0)
    }

    @Test func aCancellationOfTheAppsOwnIsAFailure() throws {
        let host = FakeHost()
        try host.load { get("/") { (context: Context) async throws -> String in throw CancellationError() } }
        #expect(host.get("/").status == 500)
        #expect(host.log.count == 1)
    }

    // MARK: The host's limits

    @Test func aFullMailboxDoesNotLoseTheTask() async throws {
        let host = FakeHost()
        host.postStatus = HostStatus.limit
        let (finished, continuation) = AsyncStream<Void>.makeStream()
        try host.load {
            get("/") { context in
                await Task.yield()
                context.text("done elsewhere")
                continuation.finish()
            }
        }
        let request = host.get("/")
        for await _ in finished {}
        #expect(request.text == "done elsewhere")
    }

    @Test func blockingWorkComesBackToTheLoop() throws {
        let host = FakeHost()
        try host.load {
            get("/:n") { context in
                let number = try context.params.require("n", as: Int.self)
                return "\(try await context.blocking { try Self.half(number) })"
            }
        }
        #expect(host.get("/8").text == "4")
        let odd = host.get("/7")
        #expect(odd.status == 400)
        #expect(odd.retains == 0)
    }

    private static func half(_ number: Int) throws -> Int {
        guard number.isMultiple(of: 2) else { throw Abort(.badRequest, "odd") }
        return number / 2
    }
}
