import Glibc
import Testing
import ZzzIO
import ZzzTLS

@testable import ZzzServer

/// Balancers that say who the client is. What a header may be is tested in ZzzIOTests.
@Suite struct ProxyTests {
    private static let loopback = AddressRange("127.0.0.0/8").map { [$0] } ?? []
    private static let elsewhere = AddressRange("192.0.2.0/24").map { [$0] } ?? []
    private static let required = ProxyPolicy(isRequired: true, trusted: loopback)
    private static let accepted = ProxyPolicy(isRequired: false, trusted: loopback)

    /// Answers with the client's address.
    private static let whoami = TestRoute.get("/") { request, _ in
        request.respond(request.peer().map { "\($0)" } ?? "nobody")
    }

    private static let line = Array("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n".utf8)
    private static let signature = Array("\r\n\r\n\0\r\nQUIT\n".utf8)
    private static let binary = signature + [0x21, 0x11, 0, 12, 192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB]
    private static let local = signature + [0x20, 0, 0, 0]

    private static func refused(_ server: TestServer, _ reason: ProxyRefusal) -> UInt64 {
        server.statistics.reduce(0) { $0 + $1.proxy.refused(reason) }
    }

    private static func headers(_ server: TestServer) -> UInt64 {
        server.statistics.reduce(0) { $0 + $1.proxy.headers }
    }

    private static func own(_ client: Client) throws -> String { try SocketAddress.local(of: client.fd).description }

    /// Sends bytes without TLS, and expects that the connection ends with nothing said.
    private static func expectRefusal(
        _ server: TestServer, _ bytes: [UInt8], _ reason: ProxyRefusal, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let before = refused(server, reason)
        let client = try Client(server.address)
        _ = client.sendSome(bytes)
        try client.expectEnd(location)
        client.close()
        #expect(server.eventually { refused(server, reason) == before + 1 }, sourceLocation: location)
    }

    @Test(arguments: Setup.all)
    func anAppSeesTheClientThatTheBalancerNames(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.required) { server in
            for header in [Self.line, Self.binary] {
                let client = try server.client(preamble: [header])
                for _ in 0..<3 { #expect(try client.get("/").text == "192.0.2.1:56324") }
            }
            #expect(Self.headers(server) == 2)
        }
    }

    @Test(arguments: Setup.single)
    func theAccessLogSeesItToo(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], configure: { $0.logsAccess = true }, proxy: Self.required) { server in
            let client = try server.client(preamble: [Self.line])
            #expect(try client.get("/").status == 200)
            #expect(server.eventually { server.events.accesses.current.map(\.peer) == ["192.0.2.1"] })
        }
    }

    @Test(arguments: Setup.single)
    func aBalancerSpeaksForItself(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.required) { server in
            for header in [Self.local, Array("PROXY UNKNOWN\r\n".utf8)] {
                let client = try server.client(preamble: [header])
                #expect(try client.get("/").text == Self.own(client))
            }
        }
    }

    @Test(arguments: Setup.single)
    func aHeaderMayComeInPieces(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.accepted) { server in
            for header in [Self.line, Self.binary] {
                let bytes = try server.client(preamble: header.map { [$0] })
                #expect(try bytes.get("/").text == "192.0.2.1:56324")
            }
        }
    }

    /// Wherever header and request are cut, and together with what follows.
    @Test(arguments: Setup.singlePlain)
    func aHeaderAndARequestCutAnywhere(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.required) { server in
            let all = Self.binary + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            for cut in 0..<all.count {
                let client = try server.client(preamble: [Array(all[..<cut]), Array(all[cut...])])
                #expect(try client.receiveResponse().text == "192.0.2.1:56324")
                client.close()
            }
        }
    }

    @Test(arguments: Setup.single)
    func whoDoesWithoutAHeaderSpeaksForItself(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.accepted) { server in
            let client = try server.client()
            #expect(try client.get("/").text == Self.own(client))
            #expect(Self.headers(server) == 0)
        }
    }

    /// "P" and an empty line are the beginning of a header as well as of a request.
    @Test(arguments: Setup.singlePlain)
    func whatOnlyBeginsLikeAHeaderIsARequest(_ setup: Setup) throws {
        let post = TestRoute.post("/") { request, head in request.respond(head.body) }
        try TestServer.run(setup, [Self.whoami, post], proxy: Self.accepted) { server in
            let requests = [
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            ]
            for request in requests {
                let client = try server.client(preamble: request.utf8.map { [$0] })
                #expect(try client.receiveResponse().status == 200)
            }
        }
    }

    @Test(arguments: Setup.single)
    func whoIsNoBalancerIsNotBelieved(_ setup: Setup) throws {
        let policy = ProxyPolicy(isRequired: false, trusted: Self.elsewhere)
        try TestServer.run(setup, [Self.whoami], proxy: policy) { server in
            let client = try server.client()
            #expect(try client.get("/").text == Self.own(client))
            // The header is what it is without the protocol: no request, and no handshake.
            let liar = try Client(server.address)
            try liar.send(Self.line + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            #expect(!String(decoding: liar.receiveToEnd(), as: UTF8.self).contains("192.0.2.1"))
            liar.close()
            #expect(Self.headers(server) == 0)
        }
    }

    @Test(arguments: Setup.single)
    func whereAHeaderIsRequiredNobodyElseConnects(_ setup: Setup) throws {
        let policy = ProxyPolicy(isRequired: true, trusted: Self.elsewhere)
        try TestServer.run(setup, [Self.whoami], proxy: policy) { server in
            try Self.expectRefusal(server, Self.line, .untrusted)
            #expect(server.total(\.accepted) == 1 && server.total(\.closed) == 1)
        }
    }

    @Test(arguments: Setup.single)
    func whatIsNoHeaderEndsTheConnection(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.required) { server in
            try Self.expectRefusal(server, Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), .missing)
            try Self.expectRefusal(server, [0x16, 3, 1, 0, 5], .missing)
            try Self.expectRefusal(server, Array("PROXY TCP4 a b c d\r\n".utf8), .malformed)
            try Self.expectRefusal(server, Self.signature + [0x31, 0, 0, 0], .malformed)
            try Self.expectRefusal(server, [UInt8](Self.line[..<6]) + [UInt8](repeating: 0x61, count: 120), .malformed)
            #expect(try server.client(preamble: [Self.line]).get("/").text == "192.0.2.1:56324")
        }
    }

    @Test(arguments: Setup.single)
    func aHeaderIsLimitedLikeThoseOfARequest(_ setup: Setup) throws {
        func header(_ count: Int) -> [UInt8] {
            let rest = count - 16
            return Self.signature + [0x20, 0, UInt8(rest >> 8), UInt8(rest & 0xFF)] + [UInt8](repeating: 0, count: rest)
        }
        let configure = { (configuration: inout Server.Configuration) in
            configuration.limits.parser.headerBytes = 20_000
        }
        try TestServer.run(setup, [Self.whoami], configure: configure, proxy: Self.required) { server in
            // More than a read buffer holds, too.
            for count in [19_999, 20_000] {
                #expect(try server.client(preamble: [header(count)]).get("/").status == 200)
            }
            try Self.expectRefusal(server, header(20_001), .too_large)
        }
    }

    @Test(arguments: Setup.single)
    func aSlowHeaderIsCut(_ setup: Setup) throws {
        try TestServer.run(
            setup, [Self.whoami], configure: { $0.limits.headerDeadlineMilliseconds = 200 },
            tls: { $0.handshakeTimeoutMilliseconds = 200 }, proxy: Self.required
        ) { server in
            try Self.expectRefusal(server, [], .timeout)
            try Self.expectRefusal(server, [UInt8](Self.line[..<20]), .timeout)
        }
    }

    /// The header does not buy more time for what follows it.
    @Test(arguments: Setup.single)
    func aHeaderAloneIsCutToo(_ setup: Setup) throws {
        try TestServer.run(
            setup, [Self.whoami], configure: { $0.limits.headerDeadlineMilliseconds = 200 },
            tls: { $0.handshakeTimeoutMilliseconds = 200 }, proxy: Self.required
        ) { server in
            let client = try Client(server.address, preamble: [Self.line])
            try client.expectEnd()
            client.close()
            #expect(Self.refused(server, .timeout) == 0)
        }
    }

    @Test(arguments: Setup.single)
    func aBalancerMayLookWhetherThePortIsOpen(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.required) { server in
            try Client(server.address).close()
            #expect(server.eventually { server.total(\.closed) == 1 })
            let client = try Client(server.address, preamble: [[UInt8](Self.line[..<10])])
            client.shutdownWrite()
            try client.expectEnd()
            client.close()
            #expect(server.eventually { Self.refused(server, .closed) == 1 })
            #expect(ProxyRefusal.allCases.reduce(0) { $0 + Self.refused(server, $1) } == 1)
        }
    }

    @Test(arguments: Setup.single)
    func drainingDoesNotWaitForAHeader(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.required) { server in
            let client = try Client(server.address, preamble: [[UInt8](Self.line[..<10])])
            #expect(server.eventually { server.server.openConnections == 1 })
            server.server.beginDraining()
            try client.expectEnd()
            client.close()
        }
    }

    @Test(arguments: Setup.single)
    func aNewPolicyIsForNewConnections(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.whoami], proxy: Self.required) { server in
            let old = try server.client(preamble: [Self.line])
            #expect(try old.get("/").text == "192.0.2.1:56324")
            var transport = Transport()
            if setup.usesTLS { transport.tls = try TestCertificate.context() }
            server.server.apply(transport, to: server.listening)
            let client = try server.client()
            #expect(try client.get("/").text == Self.own(client))
            #expect(try old.get("/").text == "192.0.2.1:56324")
        }
    }

    @Test func whoConnectsToAUnixSocketIsTrustedWhenSaidSo() throws {
        for trusts in [true, false] {
            let policy = ProxyPolicy(isRequired: false, trusted: [], trustsUnixSockets: trusts)
            #expect(policy.trusts(SocketAddress(.unnamed)) == trusts)
            #expect(try !policy.trusts(.parse("127.0.0.1:1")))
        }
    }
}
