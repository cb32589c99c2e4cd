import Testing

@testable import Zzz

/// What `connect` may know of a request.
@Suite struct ConnectInfoTests {
    private struct Nosy: ChannelSocket {
        var seen: String

        static func connect(_ request: SocketRequest) throws -> Nosy? {
            let parts: [String?] = [
                request.peerAddress?.text, request.xHeaders.map { "\($0.name)=\($0.value)" }.joined(separator: ","),
                request.uri, request.userAgent,
                request.traceContext.map { "\($0.name)=\($0.value)" }.joined(separator: ","),
                request.session.flatMap { $0["user", as: String.self] },
            ]
            return Nosy(seen: parts.map { $0 ?? "-" }.joined(separator: "|"))
        }

        static var channels: [ChannelRoute<Nosy>] { [] }
    }

    private static let headers = [
        ("X-Real-IP", "10.0.0.1"), ("User-Agent", "curl"), ("TraceParent", "00-1"), ("tracestate", "a=b"),
        ("Cookie", "secret=1"), ("x-b", "2"),
    ]

    private func seen(_ info: Set<ConnectInfo>) throws -> String {
        let host = FakeHost()
        try host.load { socket("/socket", Nosy.self) { $0.connectInfo = info } }
        host.get("/socket/websocket?vsn=2.0.0", headers: Self.headers)
        return try #require(host.channels.sockets.first?.state)
    }

    @Test(
        arguments: [
            ([], "-||-|-||-"), ([.peerAddress], "127.0.0.1||-|-||-"),
            ([.xHeaders], "-|x-real-ip=10.0.0.1,x-b=2|-|-||-"),
            ([.uri, .userAgent], "-||http://example.com/socket/websocket?vsn=2.0.0|curl||-"),
            ([.traceContext], "-||-|-|traceparent=00-1,tracestate=a=b|-"),
        ] as [(Set<ConnectInfo>, String)])
    func onlyWhatIsListed(_ info: Set<ConnectInfo>, _ expected: String) throws {
        #expect(try seen(info) == #"Nosy:{"seen":"\#(expected)"}"#)
    }

    // MARK: Sessions

    private struct SignedIn: App {
        let info: Set<ConnectInfo>
        var secretKeyBase: [String] { [String(repeating: "s", count: 64)] }

        func routes() -> [Route] {
            scope(through: [Pipeline { Session() }]) {
                get("/sign-in") { context in
                    context.session["user"] = "ada"
                    return context.csrfToken
                }
                socket("/socket", Nosy.self) { $0.connectInfo = info }
            }
        }
    }

    private func user(_ info: Set<ConnectInfo>, token: (String) -> String) throws -> String {
        let host = FakeHost()
        try host.load(SignedIn(info: info))
        let page = host.get("/sign-in")
        let cookie = try #require(page.header("Set-Cookie")?.prefix { $0 != ";" })
        host.get("/socket/websocket?_csrf_token=\(token(page.text))", headers: [("Cookie", String(cookie))])
        return try #require(host.channels.sockets.first?.state)
    }

    @Test func aSessionNeedsItsToken() throws {
        #expect(try user([.session]) { $0 }.hasSuffix(#"|ada"}"#))
        #expect(try user([.session]) { _ in "" }.hasSuffix(#"|-"}"#))
        #expect(try user([.session]) { String($0.reversed()) }.hasSuffix(#"|-"}"#))
        #expect(try user([]) { $0 }.hasSuffix(#"|-"}"#))
    }
}
