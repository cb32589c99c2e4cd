import Testing
import ZzzChannels

@Suite struct SocketChannelsTests {
    /// A socket whose app serves `room:*`.
    struct Socket {
        var channels = SocketChannels(limit: 3)
        var last: UInt64 = 0
        private let pattern = TopicPattern("room:*")

        mutating func receive(
            _ event: String, _ topic: String = "room:1", joinRef: String? = nil, ref: String? = "9"
        ) -> SocketChannels.Action {
            last += 1
            let message = ChannelHead(joinRef: joinRef, ref: ref, topic: topic, event: event)
            return channels.receive(message, newChannel: last) { pattern?.matches($0) == true }
        }
    }

    @Test func aHeartbeatIsAnswered() {
        var socket = Socket()
        #expect(
            socket.receive("heartbeat", "phoenix", ref: "4")
                == .reply(joinRef: nil, ref: "4", status: "ok", reason: nil))
    }

    @Test func aChannelsLife() {
        var socket = Socket()
        #expect(socket.receive("phx_join", joinRef: "1", ref: "1") == .join(channel: 1, joinRef: "1", replacing: nil))
        #expect(socket.receive("msg", joinRef: "1") == .handle(channel: 1))
        #expect(socket.receive("msg", joinRef: nil) == .handle(channel: 1))
        #expect(socket.receive("msg", joinRef: "") == .handle(channel: 1), "a binary message has no null")
        #expect(socket.receive("msg", joinRef: "0") == .drop, "of an earlier join")
        #expect(socket.receive("phx_leave", joinRef: "0") == .drop)
        #expect(socket.receive("phx_leave", joinRef: "1", ref: "7") == .leave(channel: 1, ref: "7"))
        #expect(socket.channels.remove(1)?.topic == "room:1")
        #expect(socket.channels.count == 0)
        #expect(
            socket.receive("msg", joinRef: "1", ref: "8")
                == .reply(joinRef: "1", ref: "8", status: "error", reason: "unmatched topic"))
        #expect(socket.receive("phx_leave", ref: "8") == .reply(joinRef: nil, ref: "8", status: "ok", reason: nil))
    }

    @Test func aTopicThatNobodyServes() {
        var socket = Socket()
        #expect(
            socket.receive("phx_join", "lobby", joinRef: "1", ref: "1")
                == .reply(joinRef: nil, ref: "1", status: "error", reason: "unmatched topic"))
    }

    @Test func aSecondJoinReplacesTheFirst() {
        var socket = Socket()
        _ = socket.receive("phx_join", joinRef: "1", ref: "1")
        #expect(socket.receive("phx_join", joinRef: "5", ref: "5") == .join(channel: 2, joinRef: "5", replacing: 1))
        #expect(socket.channels.count == 1)
        #expect(socket.channels[1] == nil)
        #expect(socket.channels[topic: "room:1"]?.channel == 2)
        #expect(socket.receive("msg", joinRef: "1") == .drop)
    }

    @Test func withoutAJoinRefTheRefIsIt() {
        var socket = Socket()
        #expect(socket.receive("phx_join", ref: "3") == .join(channel: 1, joinRef: "3", replacing: nil))
    }

    @Test func theLimitIsExact() {
        var socket = Socket()
        for number in 1...3 {
            #expect(
                socket.receive("phx_join", "room:\(number)", joinRef: "1")
                    == .join(channel: UInt64(number), joinRef: "1", replacing: nil))
        }
        #expect(
            socket.receive("phx_join", "room:4", joinRef: "1")
                == .reply(joinRef: "1", ref: "9", status: "error", reason: "too many channels joined"))
        // To join again is no further channel.
        #expect(socket.receive("phx_join", "room:3", joinRef: "2") == .join(channel: 5, joinRef: "2", replacing: 3))
    }

    @Test(arguments: [
        ("room:*", "room:1", true), ("room:*", "room:", true), ("room:*", "room", false), ("room:1", "room:1", true),
        ("room:1", "room:12", false), ("*", "anything", true), ("room:*", "Room:1", false),
    ])
    func patterns(_ pattern: String, _ topic: String, _ matches: Bool) throws {
        #expect(try #require(TopicPattern(pattern)).matches(topic) == matches)
    }

    @Test(arguments: ["", "a*b", "**", String(repeating: "a", count: 256)])
    func whatIsNoPattern(_ text: String) { #expect(TopicPattern(text) == nil) }
}
