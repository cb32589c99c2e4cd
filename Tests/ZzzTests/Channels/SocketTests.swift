import Testing
import ZzzAppABI

@testable import Zzz

/// How a socket for channels is opened.
@Suite struct SocketTests {
    private func host(_ configure: @escaping @Sendable (inout SocketOptions) -> Void = { _ in }) throws -> FakeHost {
        let host = FakeHost()
        try host.load { socket("/socket", ChatSocket.self, configure) }
        return host
    }

    @Test func routes() throws {
        let all = try host().routes.map { "\(Zzz.MethodSet(bits: $0.methods).names) \($0.pattern)" }
        #expect(
            all == [
                #"["GET"] /socket/websocket"#, #"["GET", "POST"] /socket/longpoll"#, #"["OPTIONS"] /socket/longpoll"#,
            ])
        #expect(try host { $0.isLongPoll = false }.routes.map(\.pattern) == ["/socket/websocket"])
        #expect(Set(try host { $0.isWebSocket = false }.routes.map(\.pattern)) == ["/socket/longpoll"])
    }

    @Test func accepting() throws {
        let host = try host {
            $0.channels = 5
            $0.messagesPerSecond = 10
            $0.subprotocols = ["phoenix", "other"]
            $0.connection.messageBytes = 1000
            $0.connection.fragments = 3
            $0.connection.queuedBytes = 2000
            $0.connection.pingAfter = .seconds(1)
            $0.connection.idleTimeout = .seconds(2)
            $0.connection.whenSlow = .drop
            $0.connection.compression = .keepingClientContext
        }
        let request = host.get("/socket/websocket?vsn=2.0.0&user=7")
        #expect(request.status == 101 && !request.isAborted && request.retains == 0)
        let socket = try #require(host.channels.sockets.first)
        #expect(!socket.isPoll && socket.version == "2.0.0" && socket.id == "user:7")
        #expect(socket.state == #"ChatSocket:{"user":7}"#)
        #expect(socket.channels == 5 && socket.messagesPerSecond == 10)
        let connection = socket.connection
        #expect(connection.subprotocols == "phoenix, other")
        #expect(connection.messageBytes == 1000 && connection.fragments == 3 && connection.queuedBytes == 2000)
        #expect(connection.pingAfterMilliseconds == 1000 && connection.idleTimeoutMilliseconds == 2000)
        #expect(
            Int(connection.flags)
                == ZZZ_SOCKET_COMPRESS | ZZZ_SOCKET_KEEP_CLIENT_CONTEXT | ZZZ_SOCKET_DROP_WHEN_SLOW)
    }

    @Test func theDaemonsDefaults() throws {
        let host = try host()
        host.get("/socket/websocket?user=7")
        let socket = try #require(host.channels.sockets.first)
        #expect(socket.version == "" && socket.channels == 0 && socket.messagesPerSecond == 0)
        #expect(socket.connection.messageBytes == 0 && socket.connection.flags == 0)
        #expect(socket.connection.subprotocols == "phoenix")
    }

    @Test func refusing() throws {
        let host = try host()
        #expect(host.get("/socket/websocket").status == 403)
        let throttled = host.get("/socket/websocket?name=throttled")
        #expect(throttled.status == 429 && throttled.text == "Later.\n")
        #expect(host.channels.sockets.isEmpty)
    }

    /// The host has answered a request that is none for a socket.
    @Test func noHandshake() throws {
        let host = try host()
        host.channels.acceptStatus = (HostStatus.invalid, "no Upgrade")
        let request = host.get("/socket/websocket?user=1")
        #expect(request.status == 400 && !request.isAborted)
        #expect(host.log.map(\.message) == ["ZzzTests/SocketTests.swift:10: no socket: no Upgrade"])
    }

    @Test func theHostRefuses() throws {
        let host = try host()
        host.channels.acceptStatus = (HostStatus.limit, "too many sockets")
        #expect(host.get("/socket/websocket?user=1").status == 500)
        host.channels.acceptStatus = (HostStatus.gone, "the client has left")
        #expect(host.get("/socket/websocket?user=1").isAborted)
    }

    // MARK: Tokens

    @Test(arguments: [
        ("phoenix, base64url.bearer.phx.Nw", 101), ("base64url.bearer.phx.NDI,phoenix", 101),
        ("phoenix, base64url.bearer.phx.", 403), ("phoenix, base64url.bearer.phx.%%", 403), ("phoenix", 403),
        ("base64url.bearer.phx", 403),
    ])
    func tokensOfWebSockets(_ field: String, _ status: Int) throws {
        let request = try host().get("/socket/websocket", headers: [("Sec-WebSocket-Protocol", field)])
        #expect(Int(request.status) == status)
    }

    @Test func tokensInTwoAlphabets() throws {
        for text in ["Pz8/", "Pz8_"] {
            let host = FakeHost()
            let journal = Journal()
            try host.load {
                get("/") { context in
                    journal.write(SocketRequest(context, .webSocket, SocketOptions()).token ?? "none")
                    return ""
                }
            }
            host.get("/", headers: [("Sec-WebSocket-Protocol", "base64url.bearer.phx.\(text)")])
            #expect(journal.take() == ["???"])
        }
    }

    // MARK: Long polling

    @Test func polling() throws {
        let host = try host()
        let request = host.get("/socket/longpoll?vsn=2.0.0", headers: [("X-Phoenix-AuthToken", "8")])
        #expect(request.status == 200)
        #expect(host.channels.sockets.map(\.isPoll) == [true])
        #expect(host.channels.sockets.map(\.id) == ["user:8"])
        // The host goes on with its session: nobody is asked who that is.
        let next = host.send(FakeRequest("POST", "/socket/longpoll?vsn=2.0.0&token=t", body: "[]"))
        #expect(next.status == 200 && next.retains == 0 && host.channels.sockets.count == 1)
    }

    @Test func refusedPolls() throws {
        let host = try host()
        let request = host.get("/socket/longpoll?vsn=2.0.0")
        #expect(request.status == 200 && request.text == #"{"status":403}"#)
        #expect(request.header("Cache-Control") == "no-store")
        // What the Abort says is 429, which phoenix.js does not know.
        #expect(host.get("/socket/longpoll?name=throttled").text == #"{"status":403}"#)
    }

    @Test func preflights() throws {
        let host = try host { $0.origins = .list(["https://app.example.org"]) }
        let request = host.send(
            FakeRequest(
                "OPTIONS", "/socket/longpoll",
                headers: [("Origin", "https://app.example.org"), ("Access-Control-Request-Method", "POST")]))
        #expect(request.status == 204)
        #expect(request.header("Access-Control-Allow-Origin") == "https://app.example.org")
        #expect(request.header("Access-Control-Allow-Headers")?.contains("X-Phoenix-AuthToken") == true)
        let other = FakeRequest("OPTIONS", "/socket/longpoll", headers: [("Origin", "https://evil.example.org")])
        #expect(host.send(other).status == 403)
    }

    @Test func polledPagesOfOtherOriginsMayRead() throws {
        let host = try host { $0.origins = .list(["https://app.example.org"]) }
        host.get("/socket/longpoll?user=1", headers: [("Origin", "https://app.example.org")])
        let headers = try #require(host.channels.sockets.first).connection.headers
        #expect(headers.contains { $0 == ("Access-Control-Allow-Origin", "https://app.example.org") })
    }

    // MARK: Origins

    @Test(arguments: [
        ("https://example.com", true), ("http://example.com", true), ("https://EXAMPLE.com:443", true),
        ("https://example.com:8443", false), ("https://www.example.com", false),
        ("https://example.com.evil.org", false),
        ("null", false), ("", false), ("example.com", false), ("//example.com", false), ("https://", false),
    ])
    func theSameHost(_ origin: String, _ isAllowed: Bool) throws {
        let request = try host().get("/socket/websocket?user=1", headers: [("Origin", origin)])
        #expect(request.status == (isAllowed ? 101 : 403))
    }

    @Test(arguments: [
        ("https://app.example.org", true), ("http://app.example.org", false), ("https://app.example.org:444", false),
        ("https://a.b.example.net", true), ("http://a.example.net:8080", true), ("https://example.net", false),
        ("https://a.example.net.evil.org", false), ("https://evil.org/.example.net", false),
        ("https://a.example.info:99", true), ("https://a.example.info", false), ("https://example.com", true),
        ("null", false), ("https://other.org", false),
    ])
    func aList(_ origin: String, _ isAllowed: Bool) throws {
        let host = try host {
            $0.origins = .list(["https://app.example.org", "//*.example.net", "//a.example.info:99"])
        }
        let request = host.get("/socket/websocket?user=1", headers: [("Origin", origin)])
        #expect(request.status == (isAllowed ? 101 : 403))
    }

    @Test func otherWays() throws {
        let any = try host { $0.origins = .any }
        #expect(any.get("/socket/websocket?user=1", headers: [("Origin", "https://evil.org")]).status == 101)
        let function = try host { $0.origins = .function { origin, _ in origin.hasSuffix(".dev") } }
        #expect(function.get("/socket/websocket?user=1", headers: [("Origin", "https://a.dev")]).status == 101)
        #expect(function.get("/socket/websocket?user=1", headers: [("Origin", "https://a.org")]).status == 403)
        let two = [("Origin", "https://example.com"), ("Origin", "https://example.com")]
        #expect(try host().get("/socket/websocket?user=1", headers: two).status == 403)
    }

    @Test(arguments: [
        ("same-origin", 200), ("none", 200), ("cross-site", 403), ("same-site", 403),
    ])
    func pagesThatAreNotNamed(_ site: String, _ status: Int) throws {
        let request = try host().get("/socket/longpoll?user=1", headers: [("Sec-Fetch-Site", site)])
        #expect(Int(request.status) == status)
    }

    // MARK: What an app may not say

    @Test func mistakes() throws {
        #expect(throws: StartupError.self) { try host { $0.origins = .list(["example.org"]) } }
        let session = #expect(throws: StartupError.self) { try host { $0.connectInfo = [.session] } }
        #expect(session?.description.hasSuffix("put Session before the socket") == true)
    }

    private struct Twin: ChannelSocket {
        static func connect(_ request: SocketRequest) -> Twin? { Twin() }
        static var channels: [ChannelRoute<Twin>] { [channel("room:*", TwinChannel.self)] }
    }

    private final class TwinChannel: Channel {
        init(_ join: Join<Twin>) throws { try join.respond(["twin": true]) }
        func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
            try message.reply(["twin": true])
        }
    }

    private struct Overlapping: ChannelSocket {
        static func connect(_ request: SocketRequest) -> Overlapping? { nil }
        static var channels: [ChannelRoute<Overlapping>] { [channel("room:a*", OverlappingChannel.self)] }
    }

    private final class OverlappingChannel: Channel {
        init(_ join: Join<Overlapping>) {}
    }

    private struct Double: ChannelSocket {
        static func connect(_ request: SocketRequest) -> Double? { nil }
        static var channels: [ChannelRoute<Double>] {
            [channel("a", DoubleChannel.self), channel("a", DoubleChannel.self)]
        }
    }

    private final class DoubleChannel: Channel {
        init(_ join: Join<Double>) {}
    }

    /// The same topics over two kinds of sockets are channels of two kinds.
    @Test func twoKindsOfSockets() throws {
        let host = FakeHost()
        try host.load {
            socket("/twin", Twin.self)
            socket("/again", Twin.self)
        }
        #expect(host.channels.definitions.map(\.pattern) == ["room:*"])
        let twins = FakeHost()
        try twins.load {
            socket("/slow", OnlyRooms.self)
            socket("/twin", Twin.self)
        }
        #expect(twins.channels.definitions.map(\.pattern) == ["room:*"])
        let twin = try #require(FakeChannel(twins, "room:one", socketState: "Twin:{}"))
        twin.join()
        twin.message("x")
        #expect(twin.calls.map(\.name) == ["join", "reply"] && twin.joinResponse == #"{"twin":true}"#)
        let other = try #require(FakeChannel(twins, "room:one", socketState: "OnlyRooms:{}"))
        other.join()
        other.message("x")
        #expect(other.calls.last?.words[1] == "error")
        #expect(other.terminate(ZZZ_CHANNEL_LEFT) == 0 && twin.terminate(ZZZ_CHANNEL_LEFT) == 0)
    }

    private struct OnlyRooms: ChannelSocket {
        static func connect(_ request: SocketRequest) -> OnlyRooms? { nil }
        static var channels: [ChannelRoute<OnlyRooms>] { [channel("room:*", OnlyRoomsChannel.self)] }
    }

    private final class OnlyRoomsChannel: Channel {
        init(_ join: Join<OnlyRooms>) {}
    }

    @Test func patternsThatContradict() throws {
        let overlap = #expect(throws: StartupError.self) {
            try FakeHost().load {
                socket("/one", Twin.self)
                socket("/two", Overlapping.self)
            }
        }
        #expect(overlap?.description.contains(#""room:a*" of Overlapping and "room:*" of Twin"#) == true)
        let twice = #expect(throws: StartupError.self) { try FakeHost().load { socket("/one", Double.self) } }
        #expect(twice?.description.hasSuffix("\"a\" is there twice") == true)
    }
}
