import Testing
import ZzzAppABI

@testable import Zzz

@Suite struct PresenceTests {
    private let host = FakeHost()

    init() throws {
        try host.load { socket("/socket", ChatSocket.self) }
    }

    private var presence: Presence { Presence(host: host.instance?.host) }

    private struct Meta: Codable, Equatable { var mood: String }

    private func joined() throws -> FakeChannel {
        let channel = try #require(FakeChannel(host, "room:present", socketState: #"ChatSocket:{"user":1}"#))
        channel.join()
        _ = channel.takeCalls()
        return channel
    }

    @Test func listing() throws {
        host.channels.states["room:one"] = """
            {"1":{"metas":[{"mood":"good","phx_ref":"a"},{"mood":"bad","phx_ref":"b"}]},"2":{"metas":[{"phx_ref":"c"}]}}
            """
        #expect(try presence.get("1", in: "room:one", as: Meta.self) == [Meta(mood: "good"), Meta(mood: "bad")])
        #expect(try presence.get("3", in: "room:one", as: Meta.self) == [])
        #expect(try presence.list("room:empty", as: Meta.self) == [:])
        #expect(throws: DecodingError.self) { try presence.list("room:one", as: Meta.self) }
    }

    @Test(arguments: [100, 400, 5000]) func aListOfAnySize(_ count: Int) throws {
        let entries = (0..<count).map { #""\#($0)":{"metas":[{"mood":"m","phx_ref":"r"}]}"# }
        host.channels.states["room:full"] = "{\(entries.joined(separator: ","))}"
        let list = try presence.list("room:full", as: Meta.self)
        #expect(list.count == count && list["\(count - 1)"] == [Meta(mood: "m")])
    }

    @Test func changes() throws {
        let channel = try joined()
        channel.message("mood", #"{"mood":"bad"}"#, ref: "")
        channel.message("hide", ref: "")
        #expect(
            channel.takeCalls() == [
                FakeChannel.Call(name: "update", words: ["1", #"{"mood":"bad"}"#]),
                FakeChannel.Call(name: "untrack", words: ["1"]),
            ])
    }

    private static func exchanged(_ meta: String) -> FakeChannel.Call {
        FakeChannel.Call(name: "exchange", words: ["1", meta])
    }

    @Test func updatingWithAFunction() throws {
        let channel = try joined()
        channel.metas["1"] = #"{"mood":"good"}"#
        for _ in 1...2 { #expect(channel.message("cheer", ref: "") == 0) }
        #expect(
            channel.takeCalls() == [Self.exchanged(#"{"mood":"good!"}"#), Self.exchanged(#"{"mood":"good!!"}"#)])
    }

    /// The function is called again with what another task has left.
    @Test func updatingAtOnce() throws {
        let channel = try joined()
        channel.metas["1"] = #"{"mood":"good"}"#
        channel.beforeExchange = {
            channel.metas["1"] = #"{"mood":"bad"}"#
            channel.beforeExchange = {}
        }
        channel.message("cheer", ref: "")
        #expect(channel.takeCalls() == [Self.exchanged(#"{"mood":"bad!"}"#)])
    }

    @Test(arguments: [nil, #"{"mood":"lost"}"#, #"{"mood":17}"#]) func updatingInVain(_ meta: String?) throws {
        let channel = try joined()
        channel.metas["1"] = meta
        channel.message("cheer", ref: "")
        #expect(channel.metas["1"] == meta)
        #expect(!channel.takeCalls().contains { $0.name == "exchange" })
    }

    @Test func updatingWithAnOlderDaemon() throws {
        let host = FakeHost()
        host.tableBytes[ZZZ_PRESENCE_EXTENSION] = 48
        try host.load { socket("/socket", ChatSocket.self) }
        let channel = try #require(FakeChannel(host, "room:present", socketState: #"ChatSocket:{"user":1}"#))
        channel.join()
        channel.metas["1"] = "{}"
        #expect(channel.message("mood", #"{"mood":"bad"}"#, ref: "") == 0)
        #expect(channel.message("cheer", ref: "") == HostStatus.app)
        #expect(host.log.last?.message.contains("exchange") == true)
    }

    // MARK: Fetching

    private func difference(_ topic: String, _ text: String) throws -> [FakeChannels.Broadcast] {
        let hook = try #require(host.channels.differences.first { $0.pattern == "room:*" })
        host.channels.broadcasts = []
        topic.withBytes { topic in
            text.withBytes { text in host.onThisThread { hook.callback(hook.user, topic, text) } }
        }
        return host.channels.broadcasts
    }

    @Test func onlyPatternsWithAFunctionGoThroughTheApp() {
        #expect(host.channels.differences.map(\.pattern) == ["room:*"])
    }

    @Test func differences() throws {
        let sent = try difference(
            "room:one", #"{"joins":{"2":{"metas":[{"phx_ref":"b"}]}},"leaves":{"1":{"metas":[{"phx_ref":"a"}]}}}"#)
        #expect(
            sent == [
                FakeChannels.Broadcast(
                    topic: "room:one", event: "presence_diff",
                    payload: #"{"joins":{"2":{"metas":[{"phx_ref":"b"}],"name":"user 2"}},"#
                        + #""leaves":{"1":{"metas":[{"phx_ref":"a"}],"name":"user 1"}}}"#)
            ])
    }

    @Test(arguments: [
        ("room:broken", #"{"joins":{"2":{"metas":[]}},"leaves":{}}"#), ("room:one", #"{"joins":{},"leaves":{}}"#),
        ("room:one", "not JSON"),
    ])
    func whatCannotBeAddedToIsSentAsItIs(_ topic: String, _ text: String) throws {
        let sent = FakeChannels.Broadcast(topic: topic, event: "presence_diff", payload: text)
        #expect(try difference(topic, text) == [sent])
    }

    @Test func fromAHandler() throws {
        let host = FakeHost()
        host.channels.states["room:one"] = #"{"1":{"metas":[{"mood":"good"}]}}"#
        try host.load { get("/who") { context in "\(try context.presence.list("room:one", as: Meta.self).keys)" } }
        #expect(host.get("/who").text == #"["1"]"#)
    }
}
