import Synchronization
import Testing

@testable import Zzz

/// Streamed responses and request bodies.
@Suite struct StreamTests {
    private func counting(to count: Int) throws -> FakeHost {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.setHeader("X-Kind", "numbers")
                try await context.stream(contentType: "text/plain") { writer in
                    for number in 0..<count { try await writer.write("\(number) ") }
                }
            }
        }
        return host
    }

    @Test func piecesAreWrittenInOrder() throws {
        let request = try counting(to: 3).get("/")
        #expect(request.calls == ["begin", "write", "write", "write", "finish"])
        #expect(request.chunks == ["0 ", "1 ", "2 "])
        #expect(request.contentType == "text/plain")
        #expect(request.header("x-kind") == "numbers")
        #expect(request.announcedLength == -1)
        #expect(request.hasFinished)
        #expect(request.retains == 0)
        #expect(request.responseTrailers.isEmpty)
    }

    @Test func anEmptyPieceIsNotWritten() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                try await context.stream(lengthBytes: 2) { writer in
                    try await writer.write("")
                    try await writer.write([] as [UInt8])
                    try await writer.write([104, 105])
                }
            }
        }
        let request = host.get("/")
        #expect(request.calls == ["begin", "write", "finish"])
        #expect(request.announcedLength == 2)
        #expect(request.contentType == "application/octet-stream")
    }

    @Test func aSlowClientHoldsTheWriterBack() throws {
        let host = try counting(to: 5)
        let request = FakeRequest("GET", "/")
        request.writesUntilWait = 2
        host.send(request)
        #expect(request.chunks == ["0 ", "1 "])
        #expect(request.onWritable != nil)
        #expect(request.retains == 1)
        request.writesUntilWait = 2
        request.becomesWritable()
        #expect(request.chunks == ["0 ", "1 ", "2 ", "3 "])
        request.writesUntilWait = nil
        request.becomesWritable()
        #expect(request.chunks.count == 5)
        #expect(request.hasFinished)
        #expect(request.retains == 0)
        #expect(host.postedCount == 0)
    }

    @Test func aClientThatLeavesEndsTheStreamQuietly() throws {
        let host = try counting(to: 5)
        let request = FakeRequest("GET", "/")
        request.writesUntilWait = 2
        host.send(request)
        request.clientLeaves()
        #expect(request.retains == 0)
        #expect(request.isAborted)
        #expect(host.log.isEmpty)
        // The host may still call back for the wait that was given up, as long as the request is retained; here it no
        // longer is.
        #expect(request.chunks == ["0 ", "1 "])
    }

    @Test func trailersFollowTheBody() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                try await context.stream { writer in
                    try await writer.write("x")
                    writer.setTrailer("X-Checksum", "1")
                }
            }
        }
        let request = host.get("/")
        #expect(request.responseTrailers.map { "\($0.0)=\($0.1)" } == ["X-Checksum=1"])
    }

    @Test func anErrorWithinTheStreamCutsTheConnection() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                try await context.stream { writer in
                    try await writer.write("half")
                    throw Abort(.badRequest, "never told")
                }
            }
        }
        let request = host.get("/")
        #expect(request.isAborted)
        #expect(!request.hasFinished)
        #expect(request.status == 200)
        #expect(host.log.first?.message.contains("failed within its stream: 400 never told") == true)
    }

    @Test func misuseIsAnError() throws {
        let host = FakeHost()
        let stashed = Mutex<[String]>([])
        try host.load {
            get("/twice") { context in
                context.text("answered")
                do { try await context.stream { _ in } } catch { stashed.withLock { $0.append("\(error)") } }
            }
            get("/late") { context in
                var late: ResponseWriter?
                try await context.stream { late = $0 }
                do { try await late?.write("x") } catch { stashed.withLock { $0.append("\(error)") } }
            }
            get("/text") { context in
                try await context.stream { _ in context.text("within") }
            }
        }
        #expect(host.get("/twice").text == "answered")
        #expect(host.get("/late").hasFinished)
        #expect(stashed.withLock { $0 } == ["a stream after the answer", "a write to a stream that has ended"])
        #expect(host.get("/text").calls == ["begin", "finish"])
        #expect(host.log.first?.message.contains("a second answer") == true)
    }

    // MARK: Request bodies

    private func upload() throws -> FakeHost {
        let host = FakeHost()
        try host.load {
            put("/", streamBody: true) { context in
                var pieces: [String] = []
                for try await piece in context.bodyStream { pieces.append(String(decoding: piece, as: UTF8.self)) }
                let trailers = context.trailers.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
                return "\(pieces.joined(separator: "|")) \(trailers)"
            }
        }
        return host
    }

    @Test func theBodyComesPieceByPiece() throws {
        let request = FakeRequest("PUT", "/")
        request.pieces = [[97], [98, 99]]
        request.requestTrailers = [("X-Sum", "3")]
        let host = try upload()
        host.send(request)
        #expect(request.onBody != nil)
        #expect(!request.hasBegun)
        request.deliverBody()
        #expect(request.onBody != nil)
        request.deliverBody()
        request.deliverBody()
        #expect(request.text == "a|bc X-Sum=3")
        #expect(request.onBody == nil)
        #expect(request.retains == 0)
        #expect(host.postedCount == 0)
    }

    @Test func anEmptyBodyEndsAtOnce() throws {
        let request = FakeRequest("PUT", "/")
        try upload().send(request)
        request.deliverBody()
        #expect(request.text == " ")
    }

    @Test func aBodyThatFailsIsLeftToTheHost() throws {
        let request = FakeRequest("PUT", "/")
        request.pieces = [[97]]
        request.bodyFails = true
        let host = try upload()
        host.send(request)
        request.deliverBody()
        request.deliverBody()
        #expect(!request.hasBegun)
        #expect(!request.isAborted)
        #expect(request.retains == 0)
        #expect(host.log.isEmpty)
    }

    @Test func aHandlerMayAnswerForABodyThatFailed() throws {
        let host = FakeHost()
        try host.load {
            put("/", streamBody: true) { context in
                do {
                    for try await _ in context.bodyStream {}
                    return "whole"
                } catch is BodyError {
                    return "partly"
                }
            }
        }
        let request = FakeRequest("PUT", "/")
        request.bodyFails = true
        host.send(request)
        request.deliverBody()
        #expect(request.text == "partly")
    }

    @Test func aClientThatLeavesWhileUploading() throws {
        let request = FakeRequest("PUT", "/")
        request.bodyEnds = false
        let host = try upload()
        host.send(request)
        request.clientLeaves()
        #expect(request.retains == 0)
        #expect(!request.hasBegun)
    }

    @Test func aPlainRouteStreamsItsWholeBodyInOnePiece() throws {
        let host = FakeHost()
        try host.load {
            post("/") { context in
                var count = 0
                for try await piece in context.bodyStream { count += piece.count }
                return "\(count)"
            }
        }
        #expect(host.send(FakeRequest("POST", "/", body: "hello")).text == "5")
        #expect(host.send(FakeRequest("POST", "/")).text == "0")
    }

    @Test(arguments: [(2, 413), (3, 200), (4, 200)])
    func collectingHasALimit(_ limit: Int, _ status: Int) throws {
        let host = FakeHost()
        try host.load {
            put("/", streamBody: true) { context in
                "\(try await context.collectBody(upToBytes: limit).count)"
            }
        }
        let request = FakeRequest("PUT", "/")
        request.pieces = [[1], [2, 3]]
        host.send(request)
        for _ in 0..<3 { request.deliverBody() }
        #expect(Int(request.status) == status)
        #expect(request.retains == 0)
    }

    @Test func aSynchronousHandlerCannotStreamABody() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in try await context.collectBody(upToBytes: 10).count == 0 ? "empty" : "full" }
        }
        #expect(host.get("/").text == "empty")
    }
}
