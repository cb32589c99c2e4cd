import Testing

@testable import Zzz

@Suite struct CompressTests {
    private static let text = String(repeating: "It is a truth universally acknowledged. ", count: 50)

    /// A host with a route that answers with `text`.
    private static func host(
        _ compress: Compress = Compress(), type: String = "text/plain", _ text: String = text,
        _ change: @escaping @Sendable (Context) -> Void = { _ in }
    ) throws -> FakeHost {
        let host = FakeHost()
        try host.load {
            scope(through: [Pipeline { compress }]) {
                any("/") { context in
                    change(context)
                    context.send(Array(text.utf8), contentType: type)
                }
            }
        }
        return host
    }

    private static func ask(
        _ host: FakeHost, _ accepted: String?..., method: String = "GET"
    ) -> (coding: String?, request: FakeRequest) {
        let fields = accepted.compactMap { $0 }.map { ("Accept-Encoding", $0) }
        let request = host.send(FakeRequest(method, "/", headers: fields))
        return (request.header("Content-Encoding"), request)
    }

    private static let machineHasAll = Compress.Coding.brotli().isAvailable && Compress.Coding.zstd().isAvailable

    // MARK: Codings

    @Test(arguments: ["gzip", "deflate", "br", "zstd"])
    func eachCodingCanBeUndone(_ coding: String) throws {
        try #require(Self.machineHasAll, "apt-get install libbrotli1 libzstd1")
        for size in [1, 860, 16_384, 300_000, 3_000_000] {
            let body = Self.noise(size)
            let host = try Self.host(Compress(minimumBytes: 0), body)
            // The same compressors again and again.
            for _ in 0..<3 {
                let (used, request) = Self.ask(host, "\(coding), identity;q=0")
                #expect(used == coding)
                #expect(Decompression.text(request.responseBody, coding) == body)
                #expect(request.header("Vary") == "Accept-Encoding")
            }
        }
    }

    @Test(arguments: [
        Compress.Coding.gzip(level: 1), .gzip(level: 9), .deflate(level: 1), .deflate(level: 9), .brotli(level: 0),
        .brotli(level: 11), .zstd(level: 1), .zstd(level: 19),
    ])
    func eachLevelCanBeUndone(_ coding: Compress.Coding) throws {
        try #require(Self.machineHasAll, "apt-get install libbrotli1 libzstd1")
        let (used, request) = Self.ask(try Self.host(Compress([coding])), coding.name)
        #expect(used == coding.name)
        #expect(request.responseBody.count < Self.text.utf8.count / 4)
        #expect(Decompression.text(request.responseBody, coding.name) == Self.text)
    }

    /// Text that is neither all the same nor all different.
    private static func noise(_ size: Int) -> String {
        var state: UInt64 = 88_172_645_463_325_252
        var text = ""
        while text.utf8.count < size {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            text += String(state % 1000, radix: 7)
        }
        return String(text.prefix(size))
    }

    // MARK: Negotiation

    @Test(arguments: [
        ("gzip", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"), ("deflate", "deflate"), ("gzip, deflate", "gzip"),
        ("deflate, gzip", "gzip"), ("gzip;q=0.5, deflate", "deflate"), ("gzip;q=0.5, deflate;q=0.501", "deflate"),
        ("gzip;q=0, deflate;q=0.001", "deflate"), ("*", "gzip"), ("*;q=0.1, gzip;q=0", "deflate"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"), ("gzip ; q=1.0 , deflate;q=0.9", "gzip"), ("compress, gzip", "gzip"),
        ("identity;q=0, *;q=0.5", "gzip"), (",, gzip,", "gzip"), ("br", nil), ("identity", nil), ("", nil),
        ("gzip;q=0", nil), ("*;q=0", nil), ("identity, gzip;q=0.5", nil), ("gzip;q=2", nil), ("gzip;q", nil),
        ("gzip;level=1", nil), ("gzip;q=0.5;x=1", nil), ("gzipped", nil), (nil, nil),
    ] as [(String?, String?)])
    func theClientDecides(_ accepted: String?, _ coding: String?) throws {
        let (used, request) = Self.ask(try Self.host(Compress([.gzip(), .deflate()])), accepted)
        #expect(used == coding)
        let body = coding.map { Decompression.text(request.responseBody, $0) } ?? request.text
        #expect(body == Self.text)
        #expect(request.header("Vary") == "Accept-Encoding")
    }

    @Test func severalLinesAreOneList() throws {
        #expect(Self.ask(try Self.host(Compress([.gzip(), .deflate()])), "gzip;q=0.1", "deflate").coding == "deflate")
    }

    @Test func ofEqualsTheFirstOneIsTaken() throws {
        try #require(Self.machineHasAll, "apt-get install libbrotli1 libzstd1")
        #expect(Self.ask(try Self.host(), "gzip, deflate, br, zstd").coding == "zstd")
        #expect(Self.ask(try Self.host(Compress([.brotli(), .zstd()])), "gzip, zstd, br").coding == "br")
    }

    /// "identity;q=0" (RFC 9110 section 12.5.3): also what is small, and of a type that is not worth it.
    @Test func aClientThatRefusesThePlainBodyGetsNone() throws {
        for accepted in ["gzip, identity;q=0", "gzip, *;q=0"] {
            let (used, request) = Self.ask(try Self.host(type: "image/png", "tiny"), accepted)
            #expect(used == "gzip")
            #expect(Decompression.text(request.responseBody, "gzip") == "tiny")
        }
        // Nothing that it would take can be made: then it gets what there is.
        #expect(Self.ask(try Self.host(), "compress, identity;q=0").request.text == Self.text)
    }

    // MARK: What is compressed

    @Test(arguments: [
        ("text/html; charset=utf-8", true), ("TEXT/HTML", true), ("application/json", true),
        ("application/problem+json", true), ("image/svg+xml", true), ("application/xml ; a=b", true),
        ("image/png", false), ("application/zip", false), ("application/octet-stream", false), ("", false),
        ("textual/html", false), ("application/jsonx", false), ("font/woff2", false),
    ])
    func typesThatAreWorthIt(_ type: String, _ isCompressed: Bool) throws {
        let (used, request) = Self.ask(try Self.host(type: type), "gzip")
        #expect((used == "gzip") == isCompressed)
        #expect((request.header("Vary") != nil) == isCompressed)
    }

    @Test func typesOfOnesOwn() throws {
        let compress = Compress(types: ["application/x-map", "model/*", "*/*+cbor"])
        for (type, isCompressed) in [
            ("application/x-map", true), ("model/obj", true), ("application/a+cbor", true), ("text/html", false),
        ] {
            #expect((Self.ask(try Self.host(compress, type: type), "gzip").coding != nil) == isCompressed, "\(type)")
        }
    }

    @Test(arguments: [(99, false), (100, true), (101, true)])
    func fromSomeSizeOn(_ size: Int, _ isCompressed: Bool) throws {
        let host = try Self.host(Compress(minimumBytes: 100), String(repeating: "a", count: size))
        #expect((Self.ask(host, "gzip").coding != nil) == isCompressed)
    }

    @Test func whatDoesNotGetSmallerStaysAsItIs() throws {
        // In gzip each byte of these takes more than one.
        let text = "abcdefghijklmnopqrstuvwxyz"
        let (used, request) = Self.ask(try Self.host(Compress(minimumBytes: 1), text), "gzip")
        #expect(used == nil)
        #expect(request.text == text)
        #expect(request.header("Vary") == "Accept-Encoding")
    }

    @Test(arguments: [
        ("Content-Encoding", "br"), ("Cache-Control", "no-transform"), ("Cache-Control", "max-age=1, No-Transform"),
        ("Content-Range", "bytes 0-1/2"),
    ])
    func whatIsSaidToStayStays(_ name: String, _ value: String) throws {
        let (used, request) = Self.ask(try Self.host { $0.setHeader(name, value) }, "gzip")
        #expect(used == (name == "Content-Encoding" ? "br" : nil))
        #expect(request.text == Self.text)
        #expect(request.header("Vary") == nil)
    }

    @Test(arguments: [204, 206, 304] as [UInt16])
    func responsesWithoutAWholeBodyStay(_ status: UInt16) throws {
        let host = try Self.host { $0.status = Status(rawValue: status) }
        #expect(Self.ask(host, "gzip").coding == nil)
    }

    @Test func errorsAreCompressedToo() throws {
        #expect(Self.ask(try Self.host { $0.status = .internalServerError }, "gzip").coding == "gzip")
    }

    @Test func headHasNoBodyToCompress() throws {
        let (used, request) = Self.ask(try Self.host(), "gzip", method: "HEAD")
        #expect(used == nil)
        #expect(request.header("Vary") == "Accept-Encoding")
    }

    @Test func filesStayAsTheyAre() throws {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { Compress() }]) { try $0.sendFile(#filePath, contentType: "text/plain") }
        }
        let (used, request) = Self.ask(host, "gzip, identity;q=0")
        #expect(used == nil)
        #expect(request.file != nil)
    }

    // MARK: Fields

    @Test(arguments: [("\"a\"", "W/\"a\""), ("W/\"a\"", "W/\"a\"")])
    func aTagIsWeakThen(_ tag: String, _ sent: String) throws {
        let host = try Self.host { $0.setHeader("ETag", tag) }
        #expect(Self.ask(host, "gzip").request.header("ETag") == sent)
        #expect(Self.ask(host, "identity").request.header("ETag") == tag)
    }

    @Test func whatWasSaidAboutThePlainBytesGoes() throws {
        let host = try Self.host { context in
            context.setHeader("content-length", "\(Self.text.utf8.count)")
            context.setHeader("Accept-Ranges", "bytes")
            context.setHeader("Vary", "Origin, accept-encoding")
        }
        let (used, request) = Self.ask(host, "gzip")
        #expect(used == "gzip")
        #expect(request.headers.map(\.0) == ["Vary", "Content-Encoding"])
        #expect(request.header("Vary") == "Origin, accept-encoding")
    }

    /// It is the last one to see the response, wherever it stands.
    @Test func hooksSeeAndChangeItBefore() throws {
        let host = FakeHost()
        let type = Pipeline {
            Compress()
            Typing()
        }
        try host.load { get("/", through: [type]) { $0.send(Array(Self.text.utf8), contentType: "image/png") } }
        let (used, request) = Self.ask(host, "gzip")
        #expect(used == "gzip")
        #expect(request.contentType == "text/x-changed")
    }

    private struct Typing: Middleware {
        func call(_ context: Context) throws -> Next {
            context.beforeSend { $0.setHeader("Content-Type", "text/x-changed") }
            return .next
        }
    }

    /// The host refuses what was made, and the error page is made from what was there before.
    @Test func aRefusedResponseLeavesNothing() throws {
        let host = try Self.host { $0.setHeader("X-Bad", "a\nb") }
        let (_, request) = Self.ask(host, "gzip")
        #expect(request.status == 500)
        #expect(request.header("X-Bad") == nil)
        #expect(request.headers.count { $0.0 == "Content-Encoding" } <= 1)
    }

    // MARK: Options

    @Test(arguments: [
        [], [.gzip(level: 0)], [.gzip(level: 10)], [.deflate(level: -1)], [.brotli(level: 12)], [.zstd(level: 0)],
        [.zstd(level: 20)],
    ] as [[Compress.Coding]])
    func optionsThatAreRefused(_ codings: [Compress.Coding]) {
        #expect(throws: StartupError.self) { try Self.host(Compress(codings)) }
    }

    @Test(arguments: ["text", "", "/", "text/", "a/b/c"])
    func noTypes(_ type: String) {
        #expect(throws: StartupError.self) { try Self.host(Compress(types: ["text/html", type])) }
    }
}
