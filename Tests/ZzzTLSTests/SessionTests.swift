import Testing
import ZzzTLS

/// Client and server against each other, in memory.
@Suite struct SessionTests {
    private static func server(_ change: (inout TLSOptions) throws -> Void = { _ in }) throws -> TLSContext {
        let files = try TLSFiles()
        var options = TLSOptions()
        options.certificates = [try files.selfSigned(["localhost"])]
        try change(&options)
        return try TLSContext(options, tickets: TLSTicketKeys(rotationSeconds: 3600))
    }

    private static func client(
        _ change: (inout TLSClientContext.Options) -> Void = { _ in }
    ) throws -> TLSClientContext {
        var options = TLSClientContext.Options()
        change(&options)
        return try TLSClientContext(options)
    }

    @Test(arguments: TLSOptions.Version.allCases, [0, 1, 7])
    func `bytes go both ways, also one at a time`(_ version: TLSOptions.Version, _ piece: Int) throws {
        let (serverContext, clientContext) = (try Self.server(), try Self.client { $0.maximumVersion = version })
        let (server, client) = (Side(server: serverContext), Side(client: clientContext))
        Side.converse(client, server, piece: piece)
        #expect(server.phase == .open)
        #expect(server.version == "TLSv\(version.rawValue)")
        let large = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(client.write("hello"))
        for start in stride(from: 0, to: large.count, by: 16_384) {
            #expect(server.write(Array(large[start..<min(start + 16_384, large.count)])))
        }
        Side.converse(client, server, piece: piece)
        #expect(server.received == Array("hello".utf8))
        #expect(client.received == large)
    }

    /// RFC 8446 section 6.1: each side ends by itself.
    @Test(arguments: TLSOptions.Version.allCases)
    func `close_notify ends one direction`(_ version: TLSOptions.Version) throws {
        let (serverContext, clientContext) = (try Self.server(), try Self.client { $0.maximumVersion = version })
        let (server, client) = (Side(server: serverContext), Side(client: clientContext))
        Side.converse(client, server)
        #expect(client.write("last words"))
        client.closeNotify()
        Side.converse(client, server)
        #expect(server.hasEnded)
        #expect(server.phase == .peerClosed)
        #expect(String(decoding: server.received, as: UTF8.self) == "last words")
        #expect(server.write("answer"))
        server.closeNotify()
        #expect(!server.write("too late"))
        Side.converse(client, server)
        #expect(String(decoding: client.received, as: UTF8.self) == "answer")
        #expect(client.hasEnded)
    }

    @Test func `nothing is written before the handshake`() throws {
        let context = try Self.server()
        let server = Side(server: context)
        #expect(!server.write("early"))
        server.closeNotify()
        #expect(server.take() == [])
    }

    @Test func `application protocols`() throws {
        let context = try Self.server()
        for (offered, chosen) in [
            (["h2", "http/1.1"], "http/1.1"), (["http/1.1"], "http/1.1"), ([], nil),
        ] as [([String], String?)] {
            let clientContext = try Self.client { $0.protocols = offered }
            let (server, client) = (Side(server: context), Side(client: clientContext))
            Side.converse(client, server)
            #expect(server.phase == .open)
            #expect(client.applicationProtocol == chosen)
        }
        let clientContext = try Self.client { $0.protocols = ["h2"] }
        let (server, client) = (Side(server: context), Side(client: clientContext))
        Side.converse(client, server)
        #expect(server.failure == .application_protocol)
        #expect(client.failure == .refused_by_peer)
    }

    @Test func `versions and ciphers that do not meet`() throws {
        let strict = try Self.server { $0.minimumVersion = .v1_3 }
        let old = try Self.client { $0.maximumVersion = .v1_2 }
        let (server, client) = (Side(server: strict), Side(client: old))
        Side.converse(client, server)
        #expect(server.failure == .version)

        for (preset, succeeds) in [(TLSOptions.Preset.modern, false), (.compatible, true)] {
            let context = try Self.server { $0.preset = preset }
            let weak = try Self.client {
                $0.maximumVersion = .v1_2
                $0.ciphers = "ECDHE-ECDSA-AES128-SHA"
            }
            let (server, client) = (Side(server: context), Side(client: weak))
            Side.converse(client, server)
            #expect((server.phase == .open) == succeeds)
            if !succeeds { #expect(server.failure == .parameters) }
        }
    }

    // MARK: Bad input

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xFF, count: 64),
        // A record with a length that no record may have.
        [0x16, 0x03, 0x01, 0xFF, 0xFF, 0x01],
        // An alert, and application data, before any handshake.
        [0x15, 0x03, 0x03, 0, 2, 2, 40], [0x17, 0x03, 0x03, 0, 3, 1, 2, 3],
    ])
    func `garbage fails`(_ bytes: [UInt8]) throws {
        let context = try Self.server()
        let server = Side(server: context)
        server.feed(bytes)
        #expect(server.failure != nil)
    }

    @Test func `every byte of a hello may be wrong, and nothing worse than a failure happens`() throws {
        let (context, clientContext) = (try Self.server(), try Self.client())
        let client = Side(client: clientContext)
        client.handshake()
        let hello = client.take()
        for index in hello.indices {
            var wrong = hello
            wrong[index] ^= 0xFF
            let server = Side(server: context)
            server.feed(wrong)
            #expect(server.phase != .open)
            let cut = Side(server: context)
            cut.feed(Array(hello[..<index]))
            #expect(cut.phase == .handshaking)
        }
    }

    @Test func `a changed record fails the session`() throws {
        let (context, clientContext) = (try Self.server(), try Self.client())
        let (server, client) = (Side(server: context), Side(client: clientContext))
        Side.converse(client, server)
        #expect(client.write("genuine"))
        var record = client.take()
        record[record.count - 1] ^= 1
        server.feed(record)
        #expect(server.failure == .malformed)
        #expect(server.received == [])
        #expect(!server.write("no more"))
    }

    @Test func `renegotiation is refused`() throws {
        let (context, clientContext) = (try Self.server(), try Self.client { $0.maximumVersion = .v1_2 })
        let (server, client) = (Side(server: context), Side(client: clientContext))
        Side.converse(client, server)
        #expect(client.renegotiate())
        Side.converse(client, server)
        // The server has answered with an alert (RFC 5246 section 7.2.2), and the client waits or gives up.
        #expect(!client.write("never sent"))
        #expect(server.phase != .handshaking)
        #expect(server.received == [])
    }

    @Test func `new keys in the middle`() throws {
        let (context, clientContext) = (try Self.server(), try Self.client())
        let (server, client) = (Side(server: context), Side(client: clientContext))
        Side.converse(client, server)
        for round in 0..<20 {
            client.updateKeys()
            #expect(client.write("\(round % 10)"))
            Side.converse(client, server)
            #expect(server.write("."))
            Side.converse(client, server)
        }
        #expect(String(decoding: server.received, as: UTF8.self) == "01234567890123456789")
        #expect(client.received.count == 20)
    }

    // MARK: Resumption

    @Test(arguments: TLSOptions.Version.allCases)
    func `tickets are taken until their key is too old`(_ version: TLSOptions.Version) throws {
        let files = try TLSFiles()
        let clock = Clock()
        var options = TLSOptions()
        options.certificates = [try files.selfSigned(["localhost"])]
        let keys = TLSTicketKeys(rotationSeconds: 100) { clock.now }
        let clientContext = try Self.client { $0.maximumVersion = version }
        let context = try TLSContext(options, tickets: keys)
        // A ticket of TLS 1.3 is used once (RFC 8446 appendix C.4).
        let tickets = try (0..<5).map { _ in
            let (server, client) = (Side(server: context), Side(client: clientContext))
            Side.converse(client, server)
            // OpenSSL does not resume what has not ended well.
            client.closeNotify()
            return try #require(client.ticket())
        }
        // A reload makes a new context, and the keys stay.
        let reloaded = try TLSContext(options, tickets: keys)
        let times = [(50, true), (100, true), (199, true), (200, false), (1000, false)]
        for ((time, isTaken), ticket) in zip(times, tickets) {
            clock.now = time
            let (server, client) = (Side(server: reloaded), Side(client: clientContext, ticket: ticket))
            Side.converse(client, server)
            #expect(server.isResumed == isTaken, "after \(time) s")
            #expect(server.phase == .open)
        }
    }

    @Test func `no tickets when they are switched off`() throws {
        let files = try TLSFiles()
        var options = TLSOptions()
        options.certificates = [try files.selfSigned(["localhost"])]
        let (context, clientContext) = (try TLSContext(options, tickets: nil), try Self.client())
        let (server, client) = (Side(server: context), Side(client: clientContext))
        Side.converse(client, server)
        let again = Side(server: context)
        Side.converse(Side(client: clientContext, ticket: client.ticket()), again)
        #expect(again.phase == .open)
        #expect(!again.isResumed)
    }

    private final class Clock: @unchecked Sendable {
        // @unchecked: one thread.
        var now = 0
    }
}
