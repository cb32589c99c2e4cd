import Glibc
import Testing
import ZzzAppABI
import ZzzIO
import ZzzTLS

@testable import ZzzServer

/// What is special about connections over TLS. All the other suites run over TLS too: see `Setup.tls`.
@Suite struct TLSTests {
    private static let hello = TestRoute.get("/") { request, head in
        request.respond(head.has(Int(ZZZ_REQUEST_SECURE)) ? "secure" : "plain")
    }

    private static func failures(_ server: TestServer, _ reason: TLSFailure) -> UInt64 {
        server.statistics.reduce(0) { $0 + $1.tls.failed(reason) }
    }

    private static func handshakes(_ server: TestServer) -> UInt64 {
        server.statistics.reduce(0) { $0 + $1.tls.handshakes }
    }

    /// Without TLS on its side.
    private static func bareClient(_ server: TestServer) throws -> Client { try Client(server.address) }

    @Test(arguments: Setup.single)
    func anAppSeesWhetherItsRequestIsSecure(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try server.client()
            for _ in 0..<3 { #expect(try client.get("/").text == (setup.usesTLS ? "secure" : "plain")) }
            #expect(Self.handshakes(server) == (setup.usesTLS ? 1 : 0))
        }
    }

    /// As nginx does, so that somebody who forgot the s finds out.
    @Test(arguments: Setup.tls)
    func plainHTTPIsAnsweredInPlainHTTP(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try Self.bareClient(server)
            let response = try client.get("/")
            #expect(response.status == 400)
            #expect(response.text.contains("https://"))
            #expect(response.closes)
            try client.expectEnd()
            #expect(Self.failures(server, .plain_http) == 1)
            client.close()
        }
    }

    @Test(arguments: Setup.tls)
    func garbageEndsTheConnection(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try Self.bareClient(server)
            try client.send([0x16, 0x03, 0x01, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 100))
            _ = client.receiveToEnd()
            #expect(server.eventually { Self.failures(server, .malformed) == 1 })
            client.close()
            #expect(try server.get("/").text == "secure")
        }
    }

    @Test(arguments: Setup.tls)
    func aRecordThatWasChangedEndsTheConnection(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try server.client()
            #expect(try client.get("/").status == 200)
            try client.sendOnWire([0x17, 0x03, 0x03, 0x00, 0x20] + [UInt8](repeating: 0x5A, count: 32))
            _ = client.receiveToEnd()
            #expect(server.eventually { server.statistics.contains { $0.tls.broken == 1 } })
        }
    }

    @Test(arguments: Setup.tls)
    func aSlowHandshakeIsCut(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello], tls: { $0.handshakeTimeoutMilliseconds = 200 }) { server in
            let silent = try Self.bareClient(server)
            let slow = try Self.bareClient(server)
            // The begin of a record that never ends.
            for byte in [0x16, 0x03, 0x01, 0x01, 0x00] as [UInt8] { try slow.send([byte]) }
            try silent.expectEnd()
            try slow.expectEnd()
            #expect(Self.failures(server, .timeout) == 2)
            silent.close()
            slow.close()
        }
    }

    /// The bound is on all of a handshake, however it is cut into messages.
    @Test(arguments: Setup.tls)
    func aHandshakeMayNotBeHuge(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try Self.bareClient(server)
            // A ClientHello of 120,000 bytes, which OpenSSL would take.
            let body = [0x01, 0x01, 0xD4, 0xC0] + [UInt8](repeating: 0x03, count: 120_000)
            for start in stride(from: 0, to: body.count, by: 16_000) {
                let part = Array(body[start..<min(start + 16_000, body.count)])
                let header: [UInt8] = [0x16, 0x03, 0x01, UInt8(part.count >> 8), UInt8(part.count & 0xFF)]
                if client.sendSome(header + part) < part.count { break }
            }
            _ = client.receiveToEnd()
            #expect(server.eventually { Self.failures(server, .too_large) == 1 })
            client.close()
        }
    }

    /// At the limit the handshake goes on: what ends it is that the client leaves.
    @Test(arguments: Setup.tls, [0, 1])
    func theLimitOfAHandshakeIsExact(_ setup: Setup, _ more: Int) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try Self.bareClient(server)
            let limit = TLSOptions().maximumHandshakeBytes + more
            // One ClientHello of 120,000 bytes in records; no more of it than that many bytes, headers and all.
            let body = [0x01, 0x01, 0xD4, 0xC0] + [UInt8](repeating: 0x03, count: 120_000)
            var bytes: [UInt8] = []
            for start in stride(from: 0, to: body.count, by: 16_000) {
                let part = Array(body[start..<min(start + 16_000, body.count)])
                bytes += [0x16, 0x03, 0x01, UInt8(part.count >> 8), UInt8(part.count & 0xFF)] + part
            }
            #expect(client.sendSome(Array(bytes[..<limit])) == limit)
            if more == 0 {
                shutdown(client.fd, Int32(SHUT_WR))
                #expect(server.eventually { Self.failures(server, .closed) == 1 })
            }
            _ = client.receiveToEnd()
            #expect(server.eventually { Self.failures(server, .too_large) == UInt64(more) })
            client.close()
        }
    }

    @Test(arguments: Setup.tls)
    func aPeerThatLeavesInTheHandshakeIsForgotten(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try Self.bareClient(server)
            try client.send([0x16, 0x03, 0x01])
            client.close()
            #expect(server.eventually { Self.failures(server, .closed) == 1 })
        }
    }

    /// A whole request is answered, however its sender has ended.
    @Test(arguments: Setup.tls)
    func anEndWithoutCloseNotify(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            shutdown(client.fd, Int32(SHUT_WR))
            #expect(try client.receiveResponse().text == "secure")
            try client.expectEnd()
        }
    }

    @Test(arguments: Setup.tls)
    func anIdleConnectionEndsWithCloseNotify(_ setup: Setup) throws {
        try TestServer.run(
            setup, [Self.hello], configure: { $0.limits.keepAliveIdleMilliseconds = 150 }
        ) { server in
            let client = try server.client()
            #expect(try client.get("/").status == 200)
            try client.expectEnd()
            #expect(client.tls?.hasReceivedCloseNotify == true)
        }
    }

    @Test(arguments: Setup.tls)
    func theLastResponseEndsWithCloseNotify(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let client = try server.client()
            #expect(try client.get("/", "Connection: close\r\n").text == "secure")
            try client.expectEnd()
            #expect(client.tls?.hasReceivedCloseNotify == true)
        }
    }

    /// Otherwise a client would take a part for the whole (RFC 8446 section 6.1).
    @Test(arguments: Setup.tls)
    func aResponseThatWasCutHasNoCloseNotify(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            request.begin()
            _ = request.write([UInt8](repeating: 0x61, count: 100))
            request.release()
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
            _ = client.receiveToEnd()
            #expect(client.tls?.hasReceivedCloseNotify == false)
        }
    }

    @Test(arguments: Setup.tls)
    func aNewCertificateIsForNewConnections(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            let old = try server.client()
            #expect(try old.get("/").status == 200)
            server.server.apply(
                Transport(tls: try TestCertificate.context { $0.minimumVersion = .v1_3 }), to: server.listening)
            var options = TLSClientContext.Options()
            options.maximumVersion = .v1_2
            let second = try TLSClientContext(options)
            #expect(throws: (any Error).self) { try Client(server.address, tls: second) }
            #expect(server.eventually { Self.failures(server, .version) == 1 })
            #expect(try server.get("/").status == 200)
            #expect(try old.get("/").status == 200)
            server.server.apply(Transport(), to: server.listening)
            let plain = try Self.bareClient(server)
            #expect(try plain.get("/").text == "plain")
            plain.close()
        }
    }

    @Test(arguments: Setup.tls)
    func anOlderVersionWorksToo(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.hello]) { server in
            var options = TLSClientContext.Options()
            options.maximumVersion = .v1_2
            let client = try Client(server.address, tls: try TLSClientContext(options))
            #expect(client.tls?.version == "TLSv1.2")
            for _ in 0..<3 { #expect(try client.get("/").text == "secure") }
            client.close()
        }
    }
}
