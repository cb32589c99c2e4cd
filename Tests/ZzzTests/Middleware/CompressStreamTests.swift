import Testing

@testable import Zzz

/// Streams, compressed: each piece arrives when it is written.
@Suite struct CompressStreamTests {
    private static func host(
        _ pieces: [String], type: String = "text/plain", lengthBytes: Int64? = nil
    ) throws -> FakeHost {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { Compress(minimumBytes: 100) }]) { context in
                try await context.stream(contentType: type, lengthBytes: lengthBytes) { writer in
                    for piece in pieces { try await writer.write(piece) }
                }
            }
        }
        return host
    }

    private static func ask(_ host: FakeHost, _ accepted: String) -> FakeRequest {
        host.get("/", headers: [("Accept-Encoding", accepted)])
    }

    @Test(arguments: ["gzip", "deflate", "br", "zstd"])
    func theWholeCanBeUndone(_ coding: String) throws {
        let pieces = ["one ", "two ", "", String(repeating: "three ", count: 40_000), "four"]
        let request = Self.ask(try Self.host(pieces), coding)
        #expect(request.header("Content-Encoding") == coding)
        #expect(request.header("Vary") == "Accept-Encoding")
        #expect(Decompression.text(request.writtenBytes, coding) == pieces.joined())
        #expect(request.hasFinished)
    }

    @Test(arguments: ["gzip", "deflate", "br", "zstd"])
    func eachPieceCanBeReadWhenItComes(_ coding: String) throws {
        let host = try Self.host(["first", "second", "third"])
        let request = FakeRequest("GET", "/", headers: [("Accept-Encoding", coding)])
        request.writesUntilWait = 1
        host.send(request)
        #expect(Decompression.text(request.writtenBytes, coding) == "first")
        request.writesUntilWait = 1
        request.becomesWritable()
        #expect(Decompression.text(request.writtenBytes, coding) == "firstsecond")
        #expect(!request.hasFinished)
        request.writesUntilWait = nil
        request.becomesWritable()
        #expect(Decompression.text(request.writtenBytes, coding) == "firstsecondthird")
        #expect(request.hasFinished)
    }

    @Test func theLengthIsNotKnownThen() throws {
        let piece = String(repeating: "a", count: 100)
        #expect(Self.ask(try Self.host([piece], lengthBytes: 100), "gzip").announcedLength == -1)
        let plain = Self.ask(try Self.host([piece], lengthBytes: 100), "identity")
        #expect(plain.announcedLength == 100)
        #expect(plain.chunks == [piece])
        // Less than the least.
        let short = Self.ask(try Self.host(["a"], lengthBytes: 1), "gzip")
        #expect(short.header("Content-Encoding") == nil)
        #expect(short.announcedLength == 1)
    }

    @Test func typesThatAreNotWorthItStay() throws {
        #expect(Self.ask(try Self.host(["a"], type: "image/png"), "gzip").chunks == ["a"])
    }

    @Test func aClientThatLeavesEndsIt() throws {
        let host = try Self.host(["a", "b", "c"])
        let request = FakeRequest("GET", "/", headers: [("Accept-Encoding", "gzip")])
        request.writesUntilWait = 1
        host.send(request)
        request.clientLeaves()
        #expect(!request.hasFinished)
        #expect(request.retains == 0)
        #expect(Self.ask(host, "gzip").hasFinished)
    }

    @Test(arguments: ["gzip", "br", "zstd"])
    func eventsAndHeartbeatsArriveAtOnce(_ coding: String) throws {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { Compress() }]) { context in
                try await context.events(heartbeat: .seconds(1)) { events in
                    try await events.send("one")
                    try await context.sleep(for: .seconds(3))
                    try await events.send("two")
                }
            }
        }
        let request = Self.ask(host, coding)
        #expect(request.header("Content-Encoding") == coding)
        #expect(Decompression.text(request.writtenBytes, coding) == ":\n\ndata: one\n\n")
        // In the first second something else was written.
        for _ in 0..<2 { host.advance(microseconds: 1_000_000) }
        #expect(Decompression.text(request.writtenBytes, coding) == ":\n\ndata: one\n\n:\n\n")
        host.advance(microseconds: 2_000_000)
        let text = Decompression.text(request.writtenBytes, coding)
        #expect(text?.hasSuffix("data: two\n\n") == true)
        #expect(request.hasFinished)
    }
}
