import Testing

@testable import Zzz

@Suite struct RateLimitTests {
    private func host(_ limit: RateLimit) throws -> FakeHost {
        let host = FakeHost()
        try host.load { get("/", through: [Pipeline { limit }]) { _ in "served" } }
        return host
    }

    private func ask(_ host: FakeHost, from address: String, _ headers: [(String, String)] = []) -> FakeRequest {
        let request = FakeRequest("GET", "/", headers: headers)
        request.peerText = address
        return host.send(request)
    }

    @Test func whatIsMoreThanTheLimitIsRefused() throws {
        let host = try host(RateLimit(3, per: .seconds(60)))
        for left in [2, 1, 0] {
            let request = host.get("/")
            #expect(request.text == "served")
            #expect(request.header("RateLimit-Policy") == "\"default\";q=3;w=60")
            #expect(request.header("RateLimit") == "\"default\";r=\(left);t=\((3 - left) * 20)")
            #expect(request.header("Retry-After") == nil)
        }
        let refused = host.get("/", headers: [("Accept", "application/json")])
        #expect(refused.status == 429)
        #expect(refused.header("Retry-After") == "20")
        #expect(refused.header("RateLimit") == "\"default\";r=0;t=20")
        #expect(refused.header("RateLimit-Policy") == "\"default\";q=3;w=60")
        #expect(refused.contentType == "application/problem+json")
        #expect(refused.text.contains(#""violated-policies":["default"]"#))
        #expect(refused.text.contains(#""type":"https://iana.org/assignments/http-problem-types#quota-exceeded""#))
        #expect(host.get("/").text == "Too many requests: try again in 20 s.\n")
    }

    @Test func requestsComeBackAtASteadyRate() throws {
        let host = try host(RateLimit(3, per: .seconds(60)))
        for _ in 0..<3 { #expect(host.get("/").status == 200) }
        host.advance(microseconds: 19_999_999)
        let early = host.get("/")
        #expect(early.status == 429)
        #expect(early.header("Retry-After") == "1")
        host.advance(microseconds: 1)
        #expect(host.get("/").status == 200)
        #expect(host.get("/").status == 429)
        host.advance(microseconds: 1_000_000_000)
        for _ in 0..<3 { #expect(host.get("/").status == 200) }
        #expect(host.get("/").status == 429)
    }

    @Test func aBurstMayBeLargerOrSmaller() throws {
        let large = try host(RateLimit(1, per: .seconds(1), burst: 5))
        for _ in 0..<5 { #expect(large.get("/").status == 200) }
        #expect(large.get("/").status == 429)
        large.advance(microseconds: 1_000_000)
        #expect(large.get("/").status == 200)
        #expect(large.get("/").status == 429)
        let small = try host(RateLimit(100, per: .seconds(1), burst: 1))
        #expect(small.get("/").status == 200)
        #expect(small.get("/").status == 429)
        small.advance(microseconds: 10_000)
        #expect(small.get("/").status == 200)
    }

    @Test func everyAddressHasItsOwn() throws {
        let host = try host(RateLimit(1, per: .seconds(60)))
        #expect(ask(host, from: "192.0.2.1").status == 200)
        #expect(ask(host, from: "192.0.2.1").status == 429)
        #expect(ask(host, from: "192.0.2.2").status == 200)
        // An IPv4 address within IPv6 is that address.
        #expect(ask(host, from: "::ffff:192.0.2.2").status == 429)
        // A network of IPv6 is one client.
        #expect(ask(host, from: "2001:db8::1").status == 200)
        #expect(ask(host, from: "2001:db8::2:1").status == 429)
        #expect(ask(host, from: "2001:db8:0:1::1").status == 200)
        #expect(ask(host, from: "/run/zzz.sock").status == 200)
        #expect(ask(host, from: "/run/zzz.sock").status == 429)
    }

    @Test func byField() throws {
        let host = try host(RateLimit(1, per: .seconds(60), by: .header("X-Api-Key")))
        let long = String(repeating: "k", count: 5000)
        for key in ["a", "b", long, long + "x"] {
            #expect(ask(host, from: "192.0.2.1", [("x-api-key", key)]).status == 200)
            #expect(ask(host, from: "192.0.2.2", [("X-Api-Key", key)]).status == 429)
        }
        // Without the field, the address counts; and what looks like one is another thing.
        #expect(ask(host, from: "192.0.2.1").status == 200)
        #expect(ask(host, from: "192.0.2.1").status == 429)
        #expect(ask(host, from: "192.0.2.1", [("X-Api-Key", "c0.0.2.1")]).status == 200)
    }

    @Test func byFunction() throws {
        let limit = RateLimit(
            1, per: .seconds(60), by: RequestKey { context in context.query["user"] }, name: "users")
        let host = try host(limit)
        #expect(host.get("/?user=ada").status == 200)
        let refused = host.get("/?user=ada")
        #expect(refused.status == 429)
        #expect(refused.header("RateLimit") == "\"users\";r=0;t=60")
        #expect(host.get("/?user=bob").status == 200)
        // Nobody in particular is not limited, and not told.
        for _ in 0..<3 {
            let request = host.get("/")
            #expect(request.status == 200)
            #expect(request.header("RateLimit") == nil)
        }
    }

    @Test func requestsMayCostMore() throws {
        let limit = RateLimit(10, per: .seconds(10)) { context in context.query["cost"].flatMap { Int($0) } ?? 1 }
        let host = try host(limit)
        #expect(host.get("/?cost=7").header("RateLimit") == "\"default\";r=3;t=7")
        let refused = host.get("/?cost=5")
        #expect(refused.status == 429)
        #expect(refused.header("Retry-After") == "2")
        #expect(refused.header("RateLimit") == "\"default\";r=3;t=2")
        #expect(host.get("/?cost=0").status == 200)
        #expect(host.get("/?cost=-5").status == 200)
        #expect(host.get("/?cost=3").status == 200)
        host.advance(microseconds: 10_000_000)
        // More than it holds is all that it holds.
        #expect(host.get("/?cost=1000").header("RateLimit") == "\"default\";r=0;t=10")
    }

    @Test func severalLimitsAtOnce() throws {
        let host = FakeHost()
        try host.load {
            scope(through: [Pipeline { RateLimit(10, per: .seconds(60), name: "all") }]) {
                get("/read") { _ in "read" }
                get("/write", through: [Pipeline { RateLimit(1, per: .seconds(60), name: "writes") }]) { _ in "done" }
            }
        }
        let first = host.get("/write")
        #expect(first.headers.filter { $0.0 == "RateLimit" }.map(\.1) == ["\"writes\";r=0;t=60", "\"all\";r=9;t=6"])
        let refused = host.get("/write")
        #expect(refused.status == 429)
        #expect(refused.headers.filter { $0.0 == "RateLimit-Policy" }.count == 2)
        #expect(host.get("/read").header("RateLimit") == "\"all\";r=7;t=18")
    }

    @Test func nothingIsToldOnRequest() throws {
        let host = try host(RateLimit(1, per: .seconds(60), sendsFields: false))
        #expect(host.get("/").headers.isEmpty)
        let refused = host.get("/")
        #expect(refused.status == 429)
        #expect(refused.headers.map(\.0) == ["Retry-After"])
    }

    @Test func aWindowOfPartsOfSecondsIsNotTold() throws {
        #expect(
            try host(RateLimit(5, per: .milliseconds(500))).get("/").header("RateLimit-Policy") == "\"default\";q=5")
    }

    @Test func aFailedRequestIsToldAboutTheLimitToo() throws {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { RateLimit(2, per: .seconds(2)) }]) { _ -> String in throw Abort(.notFound) }
        }
        let request = host.get("/")
        #expect(request.status == 404)
        #expect(request.header("RateLimit") == "\"default\";r=1;t=1")
    }

    @Test func theLimitOutlivesAReload() throws {
        let host = try host(RateLimit(1, per: .seconds(60)))
        #expect(host.get("/").status == 200)
        host.routes = []
        try host.load { get("/", through: [Pipeline { RateLimit(1, per: .seconds(60)) }]) { _ in "new" } }
        #expect(host.get("/").status == 429)
    }

    @Test(arguments: [
        RateLimit(0, per: .seconds(1)), RateLimit(-1, per: .seconds(1)), RateLimit(1, per: .zero),
        RateLimit(1, per: .seconds(-1)), RateLimit(1, per: .seconds(1), burst: 0),
        RateLimit(1, per: .seconds(5_000_000_000)), RateLimit(2, per: .nanoseconds(1)),
        RateLimit(1, per: .seconds(1), name: ""), RateLimit(1, per: .seconds(1), name: "a\"b"),
        RateLimit(1, per: .seconds(1), name: "ü"),
        RateLimit(1, per: .seconds(1), name: String(repeating: "n", count: 65)),
    ])
    func badOptionsRefuseTheApp(_ limit: RateLimit) {
        #expect(throws: StartupError.self) { try host(limit) }
    }
}
