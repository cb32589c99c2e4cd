import Testing
import ZzzAppABI

@testable import Zzz

@Suite struct TLSDetailsTests {
    /// Says what the context knows.
    private static func describe(_ context: Context) -> String {
        guard let tls = context.tls else { return "none" }
        let client = tls.client.map { "\($0.subject) \($0.fingerprint.count) \($0.certificate.count) \($0.isVerified)" }
        return [tls.version, tls.cipher, tls.serverName ?? "-", "\(tls.isResumed)", client ?? "-"]
            .joined(separator: " ")
    }

    private static func ask(_ tls: FakeRequest.TLS?, of host: FakeHost = FakeHost()) throws -> String {
        if host.routes.isEmpty { try host.load { get("/") { Self.describe($0) } } }
        let request = FakeRequest("GET", "/")
        request.tls = tls
        return host.send(request).text
    }

    @Test func withoutTLSThereIsNothing() throws { #expect(try Self.ask(nil) == "none") }

    @Test func aClientWithoutACertificate() throws {
        #expect(try Self.ask(.init()) == "TLSv1.3 TLS_AES_256_GCM_SHA384 - false -")
        let resumed = FakeRequest.TLS(flags: UInt32(ZZZ_TLS_RESUMED), serverName: "example.com")
        #expect(try Self.ask(resumed) == "TLSv1.3 TLS_AES_256_GCM_SHA384 example.com true -")
    }

    @Test func aClientWithACertificate() throws {
        var tls = FakeRequest.TLS(flags: UInt32(ZZZ_TLS_CLIENT_VERIFIED), subject: "CN=alice")
        tls.fingerprint = String(repeating: "f", count: 32)
        #expect(try Self.ask(tls).hasSuffix("- false CN=alice 32 3 true"))
        tls.flags = 0
        #expect(try Self.ask(tls).hasSuffix("CN=alice 32 3 false"))
    }

    @Test func aRequestThatIsOverHasNone() throws {
        let host = FakeHost()
        let shelf = ContextShelf()
        try host.load { get("/") { context in
            shelf.context = context
            return Self.describe(context)
        } }
        let request = FakeRequest("GET", "/")
        request.tls = .init()
        #expect(host.send(request).text != "none")
        #expect(shelf.context?.tls == nil)
    }

    /// What an older daemon offers ends before the function.
    @Test func aDaemonWithoutTheFunctionWorksToo() throws {
        let end = try #require(MemoryLayout.offset(of: \zzz_http.tls))
        let host = FakeHost()
        host.tableBytes[ZZZ_HTTP_EXTENSION] = end
        #expect(try Self.ask(.init(), of: host) == "none")
        let newer = FakeHost()
        newer.tableBytes[ZZZ_HTTP_EXTENSION] = end + 8
        #expect(try Self.ask(.init(), of: newer) != "none")
    }
}

private final class ContextShelf: @unchecked Sendable {
    // Used by the test's thread only.
    var context: Context?
}
