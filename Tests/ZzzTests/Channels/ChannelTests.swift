import Testing
import ZzzAppABI

@testable import Zzz

private typealias Call = FakeChannel.Call

/// What a synchronous channel does with the events of the host's.
@Suite struct ChannelTests {
    private let host = FakeHost()
    private var journal: Journal { host.channels.journal }

    init() throws {
        try host.load { socket("/socket", ChatSocket.self) }
    }

    private func channel(_ topic: String, user: Int = 1) throws -> FakeChannel {
        try #require(FakeChannel(host, topic, socketState: #"ChatSocket:{"user":\#(user)}"#))
    }

    private func joined(_ topic: String = "room:one", user: Int = 1) throws -> FakeChannel {
        let channel = try channel(topic, user: user)
        channel.join()
        #expect(channel.joinStatus == 0)
        _ = channel.takeCalls()
        return channel
    }

    // MARK: Joining

    @Test func definitions() {
        #expect(host.channels.definitions.map(\.pattern) == ["room:lobby", "room:*", "slow:*"])
        let lobby = host.channels.definitions[0]
        #expect(lobby.timeoutMilliseconds == 5000 && lobby.messagesPerSecond == 20 && lobby.intercepts.isEmpty)
        #expect(lobby.source.hasPrefix("ZzzTests/ChatApp.swift:"))
        #expect(host.channels.definitions[1].intercepts == ["secret"])
        #expect(host.channels.definitions[1].timeoutMilliseconds == 0)
    }

    @Test func joining() throws {
        let channel = try channel("room:one")
        #expect(channel.join() == 0)
        #expect(channel.joinStatus == 0)
        #expect(channel.joinResponse == "")
        #expect(channel.user != nil)
        #expect(channel.takeOutcomes() == [])
        let other = try self.channel("room:two")
        other.join(#"{"after":3}"#)
        #expect(other.joinResponse == #"{"after":3}"#)
    }

    @Test(arguments: [
        ("closed", #"{"reason":"unauthorized"}"#), ("odd", #"{"code":7}"#), ("missing", #"{"reason":"no such room"}"#),
        ("crash", #"{"reason":"join crashed"}"#),
    ])
    func refusals(_ room: String, _ response: String) throws {
        let channel = try channel("room:\(room)")
        #expect(channel.join() == 0)
        #expect(channel.joinStatus == HostStatus.app)
        #expect(channel.joinResponse == response)
        #expect(channel.user == nil)
        #expect(channel.terminate(ZZZ_CHANNEL_REFUSED) == 0)
        #expect(host.log.contains { $0.message.contains("join: crashed") } == (room == "crash"))
    }

    @Test func parametersOfAnotherType() throws {
        let channel = try channel("room:one")
        channel.join(#"{"after":"x"}"#)
        #expect(channel.joinStatus == HostStatus.app)
        #expect(channel.joinResponse.hasPrefix(#"{"reason":"the payload could not be read: "#))
    }

    @Test(arguments: ["Other:{\"user\":1}", "", "ChatSocketX:{}"])
    func anotherKindOfSocket(_ state: String) throws {
        let channel = try #require(FakeChannel(host, "room:one", socketState: state))
        channel.join()
        #expect(channel.joinStatus == HostStatus.app)
        #expect(channel.joinResponse == #"{"reason":"unmatched topic"}"#)
    }

    @Test(arguments: [#"ChatSocket:{"name":1}"#, "ChatSocket:", "ChatSocket"])
    func aStateOfAnotherFormat(_ state: String) throws {
        let channel = try #require(FakeChannel(host, "room:one", socketState: state))
        channel.join()
        #expect(channel.joinResponse == #"{"reason":"join crashed"}"#)
    }

    @Test func theClientLeavesBeforeItHasJoined() throws {
        let channel = try channel("room:one")
        channel.isGone = true
        #expect(channel.join() == 0)
        #expect(journal.take() == ["deinit"])
    }

    @Test func afterTheJoin() throws {
        host.channels.states["room:present"] = #"{"1":{"metas":[{"mood":"good","phx_ref":"a"}]}}"#
        let channel = try channel("room:present")
        channel.join()
        #expect(
            channel.takeCalls() == [
                Call(name: "join", words: [""]),
                Call(name: "track", words: ["1", #"{"mood":"good"}"#]),
                Call(
                    name: "push",
                    words: [
                        "presence_state", #"{"1":{"metas":[{"mood":"good","phx_ref":"a"}],"name":"user 1"}}"#,
                    ]),
                Call(name: "subscribe", words: ["news"], flags: UInt32(ZZZ_PUBSUB_SHARED)),
            ])
    }

    @Test func whatFailsAfterTheJoinEndsTheChannel() throws {
        let channel = try channel("room:present")
        channel.presenceStatus = HostStatus.conflict
        #expect(channel.join() == HostStatus.app)
        #expect(host.log.contains { $0.message.contains("joined: track: 1 is tracked already") })
    }

    // MARK: Messages

    @Test func replies() throws {
        let channel = try joined()
        for (event, payload, reply) in [
            ("echo", #"{"a":[1]}"#, Call(name: "reply", words: ["7", "ok", #"{"a":[1]}"#])),
            ("ping", "{}", Call(name: "reply", words: ["7", "ok", "{}"])),
            ("count", "{}", Call(name: "reply", words: ["7", "counted", #"{"count":1}"#])),
            ("refuse", "{}", Call(name: "reply", words: ["7", "error", #"{"reason":"not here"}"#])),
            ("x", "{}", Call(name: "reply", words: ["7", "error", #"{"reason":"there is no x in room:one"}"#])),
        ] {
            #expect(channel.message(event, payload, ref: "7") == 0)
            #expect(channel.takeCalls() == [reply])
        }
    }

    @Test func nobodyWaitsForAReply() throws {
        let channel = try joined()
        for event in ["echo", "ping", "count", "refuse", "x", "later"] {
            #expect(channel.message(event, ref: "") == 0)
        }
        #expect(channel.takeCalls() == [])
        #expect(channel.message("now") == 0)
        #expect(channel.takeCalls() == [])
    }

    @Test func bytes() throws {
        let channel = try joined()
        channel.message("echo", "\u{1}\u{2}", isBinary: true)
        channel.message("bytes", "abc", isBinary: true)
        channel.message("shout", "abc", isBinary: true)
        let binary = UInt32(ZZZ_CHANNEL_BINARY)
        #expect(
            channel.takeCalls() == [
                Call(name: "reply", words: ["1", "ok", "\u{1}\u{2}"], flags: binary),
                Call(name: "push", words: ["bytes", "abc"], flags: binary),
                Call(name: "reply", words: ["1", "error", "\u{1}\u{2}"], flags: binary),
                Call(name: "reply", words: ["1", "error", #"{"reason":"the payload is not JSON"}"#]),
            ])
    }

    @Test func aReplyLater() throws {
        let channel = try joined()
        channel.message("later", ref: "3")
        #expect(channel.takeCalls() == [])
        channel.message("now", ref: "4")
        #expect(channel.takeCalls() == [Call(name: "reply", words: ["3", "ok", #"{"late":true}"#])])
    }

    @Test func broadcasts() throws {
        let channel = try joined()
        channel.message("shout", #"{"text":"hi"}"#, ref: "")
        channel.message("pass", #"{"text":"hi"}"#, ref: "")
        channel.message("pass", "hi", ref: "", isBinary: true)
        #expect(
            channel.takeCalls() == [
                Call(name: "broadcast", words: ["shout", #"{"text":"HI"}"#], flags: UInt32(ZZZ_CHANNEL_FROM)),
                Call(name: "broadcast", words: ["passed", #"{"text":"hi"}"#]),
                Call(name: "broadcast", words: ["passed", "hi"], flags: UInt32(ZZZ_CHANNEL_BINARY)),
            ])
    }

    @Test func aBadPayloadIsTheClientsMistake() throws {
        let channel = try joined()
        for payload in [#"{"text":7}"#, "[]", "{", ""] {
            #expect(channel.message("shout", payload) == 0)
            let call = try #require(channel.takeCalls().first)
            #expect(call.words[1] == "error" && call.words[2].contains("the payload could not be read"))
        }
    }

    @Test func anErrorEndsTheChannel() throws {
        let channel = try joined()
        #expect(channel.message("crash") == HostStatus.app)
        #expect(channel.takeCalls() == [])
        let record = try #require(host.log.last)
        #expect(record.message.contains("handleIn: crashed") && record.message.contains("ChatApp.swift:"))
        #expect(record.fields["channel"] == "room:*")
        channel.terminate(ZZZ_CHANNEL_FAILED)
        #expect(journal.take() == ["terminate failed", "deinit"])
    }

    @Test func aChannelThatIsGoneIsNoError() throws {
        let channel = try joined()
        channel.isGone = true
        #expect(channel.message("ping") == 0)
        #expect(host.log.isEmpty)
    }

    @Test func stoppingAndKicking() throws {
        let channel = try joined()
        channel.message("stop", ref: "")
        channel.message("kick", ref: "")
        #expect(channel.takeCalls() == [Call(name: "stop")])
        #expect(host.channels.disconnected == ["user:2"])
    }

    // MARK: Topics

    @Test func subscriptions() throws {
        let channel = try joined()
        #expect(channel.info("news", "flash", "[1]") == 0)
        #expect(channel.info("news", "crash") == HostStatus.app)
        channel.message("unsubscribe", ref: "")
        #expect(
            channel.takeCalls() == [
                Call(name: "push", words: ["news/flash", "[1]"]),
                Call(name: "unsubscribe", words: ["news"], flags: UInt32(ZZZ_PUBSUB_SHARED)),
            ])
    }

    @Test func interceptedEvents() throws {
        let channel = try joined()
        channel.broadcast("secret", "[1]")
        channel.broadcast("secret", "b", isBinary: true)
        let other = try joined(user: 2)
        other.broadcast("secret", "[1]")
        #expect(
            channel.takeCalls() == [
                Call(name: "push", words: ["secret", "[1]"]),
                Call(name: "push", words: ["secret", "b"], flags: UInt32(ZZZ_CHANNEL_BINARY)),
            ])
        #expect(other.takeCalls() == [])
    }

    @Test func whatAChannelDoesNotHave() throws {
        let channel = try joined("room:lobby")
        channel.message("x", ref: "2")
        channel.info("t", "e")
        channel.broadcast("y", "[2]")
        #expect(
            channel.takeCalls() == [
                Call(name: "reply", words: ["2", "error", #"{"reason":"there is no event x"}"#]),
                Call(name: "push", words: ["y", "[2]"]),
            ])
        #expect(channel.handOver() == 0)
        #expect(channel.terminate(ZZZ_CHANNEL_LEFT) == 0)
    }

    // MARK: The end

    @Test(arguments: [
        (ZZZ_CHANNEL_LEFT, ["terminate left"]), (ZZZ_CHANNEL_CLOSED, ["terminate closed"]),
        (ZZZ_CHANNEL_STOPPED, ["terminate stopped"]), (ZZZ_CHANNEL_SHUTDOWN, ["terminate shutdown"]),
        (ZZZ_CHANNEL_REPLACED, []), (ZZZ_CHANNEL_FAILED, ["terminate failed"]), (99, ["terminate failed"]),
    ])
    func theEnd(_ reason: Int, _ lines: [String]) throws {
        let channel = try joined()
        #expect(channel.terminate(reason) == 0)
        #expect(journal.take() == lines + ["deinit"])
    }

    @Test func aReferenceOutlivesItsChannel() throws {
        let channel = try joined()
        let link = JoinedChannel(try #require(host.instance).channelDefinitions[1].kinds[0], channel.handle)
        try link.push("a", [1])
        channel.terminate(ZZZ_CHANNEL_CLOSED)
        let error = #expect(throws: HostError.self) { try link.push("a", [1]) }
        #expect(error?.isGone == true)
    }

    // MARK: Moving

    @Test func moving() throws {
        let old = try joined()
        old.message("count")
        old.message("count")
        #expect(old.handOver() == 0)
        let state = try #require(old.state)
        #expect(state == (2, #"{"count":2}"#))
        old.terminate(ZZZ_CHANNEL_REPLACED)
        #expect(journal.take() == ["deinit"])
        let new = try channel("room:present")
        new.join(moved: state)
        // Nothing is tracked or pushed again.
        #expect(new.takeCalls() == [Call(name: "join", words: [""])])
        new.message("count")
        #expect(new.takeCalls() == [Call(name: "reply", words: ["1", "counted", #"{"count":3}"#])])
    }

    @Test(arguments: [
        (1, #"{"number":5}"#, 6), (2, #"{"count":5}"#, 6), (3, #"{"count":5}"#, 1), (2, #"{"number":5}"#, 1),
        (2, "{", 1), (1, "[]", 1),
    ])
    func statesOfOtherVersions(_ version: UInt32, _ bytes: String, _ count: Int) throws {
        let channel = try channel("room:one")
        channel.join(moved: (version, bytes))
        #expect(channel.joinStatus == 0)
        _ = channel.takeCalls()
        channel.message("count")
        #expect(channel.takeCalls() == [Call(name: "reply", words: ["1", "counted", #"{"count":\#(count)}"#])])
    }

    @Test func movingWithoutAState() throws {
        let broken = try joined("room:broken")
        #expect(broken.handOver() == 0)
        #expect(broken.state == nil)
        #expect(host.log.contains { $0.message.contains("handOver: nothing to hand over") })
        let channel = try channel("room:present")
        channel.join(isMoved: true)
        #expect(channel.takeCalls() == [Call(name: "join", words: [""])])
        let refused = try self.channel("room:closed")
        refused.join(isMoved: true)
        #expect(refused.joinStatus == HostStatus.app)
    }
}
