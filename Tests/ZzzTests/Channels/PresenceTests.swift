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
