import Testing
import ZzzAppABI

@testable import Zzz

private typealias Call = FakeChannel.Call

/// Channels whose functions await: the host waits meanwhile.
@Suite struct AsyncChannelTests {
    private let host = FakeHost()
    private var journal: Journal { host.channels.journal }

    init() throws {
        try host.load { socket("/socket", ChatSocket.self) }
    }

    private func join(_ topic: String) throws -> (FakeChannel, zzz_status) {
        let channel = try #require(FakeChannel(host, topic, socketState: #"ChatSocket:{"user":1}"#))
        return (channel, channel.join())
    }

    private func joined() throws -> FakeChannel {
        let (channel, status) = try join("slow:one")
        #expect(status == 0 && channel.joinStatus == 0)
        _ = channel.takeCalls()
        return channel
    }

    /// Lets what waits go on, on the host's loop.
    private func goOn() {
        host.channels.gate.open()
        host.drain()
    }

    @Test func aSlowJoin() throws {
        let (channel, status) = try join("slow:join")
        #expect(status == HostStatus.wait)
        #expect(channel.joinStatus == nil && channel.takeOutcomes() == [])
        goOn()
        #expect(channel.joinStatus == 0)
        #expect(channel.takeOutcomes() == [0])
    }

    @Test func aSlowRefusal() throws {
        let (channel, status) = try join("slow:refused")
        #expect(status == HostStatus.wait)
        goOn()
        #expect(channel.joinStatus == HostStatus.app && channel.joinResponse == #"{"reason":"full"}"#)
        #expect(channel.takeOutcomes() == [0])
    }

    @Test func theClientLeavesWhileItJoins() throws {
        let (channel, _) = try join("slow:join")
        channel.isGone = true
        goOn()
        #expect(channel.takeOutcomes() == [0])
        #expect(journal.take() == ["deinit"])
    }

    @Test func whatAwaitsNothingIsOverAtOnce() throws {
        let channel = try joined()
        #expect(channel.message("quick", "[1]") == 0)
        #expect(channel.takeCalls() == [Call(name: "reply", words: ["1", "ok", "[1]"])])
        #expect(channel.takeOutcomes() == [])
        #expect(host.postedCount == 0)
    }

    /// The host's bytes are gone when the function goes on: it has a copy.
    @Test func messages() throws {
        let channel = try joined()
        for (event, calls, outcome) in [
            ("echo", [Call(name: "reply", words: ["1", "ok", #"{"long":"enough to be elsewhere"}"#])], HostStatus.ok),
            ("refuse", [Call(name: "reply", words: ["1", "error", #"{"reason":"not slow:one"}"#])], HostStatus.ok),
            ("crash", [], HostStatus.app),
        ] {
            #expect(channel.message(event, #"{"long":"enough to be elsewhere"}"#) == HostStatus.wait)
            #expect(channel.takeCalls() == [] && channel.takeOutcomes() == [])
            goOn()
            #expect(channel.takeCalls() == calls)
            #expect(channel.takeOutcomes() == [outcome])
        }
        #expect(host.log.contains { $0.message.contains("handleIn: crashed") })
    }

    @Test func topicsAndTheEnd() throws {
        let channel = try joined()
        #expect(channel.info("news", "flash", "[1]") == HostStatus.wait)
        goOn()
        #expect(channel.broadcast("y", "[2]") == 0)
        #expect(
            channel.takeCalls() == [
                Call(name: "push", words: ["flash", "[1]"]), Call(name: "push", words: ["y", "[2]"]),
            ])
        #expect(channel.terminate(ZZZ_CHANNEL_LEFT) == HostStatus.wait)
        #expect(journal.take() == [])
        goOn()
        #expect(journal.take() == ["terminate left", "deinit"])
        #expect(channel.takeOutcomes() == [0, 0])
    }

    /// The host does not wait for ever: the end comes while a function goes on, which is let go first.
    @Test func whatTakesTooLong() throws {
        let channel = try joined()
        #expect(channel.message("echo") == HostStatus.wait)
        #expect(channel.terminate(ZZZ_CHANNEL_FAILED) == 0)
        #expect(journal.take() == [])
        goOn()
        #expect(journal.take() == [])
        goOn()
        #expect(journal.take() == ["terminate failed", "deinit"])
    }

    @Test func nothingIsDoneForOneThatMoves() throws {
        let channel = try joined()
        #expect(channel.handOver() == 0)
        #expect(channel.terminate(ZZZ_CHANNEL_REPLACED) == 0)
        #expect(journal.take() == ["deinit"])
    }

    @Test func aFullMailboxDoesNotStopIt() async throws {
        let channel = try joined()
        #expect(channel.message("echo", "[1]") == HostStatus.wait)
        host.postStatus = HostStatus.limit
        host.channels.gate.open()
        while channel.takeOutcomes().isEmpty { await Task.yield() }
        #expect(channel.takeCalls() == [Call(name: "reply", words: ["1", "ok", "[1]"])])
    }
}
