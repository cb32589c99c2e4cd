import Testing

@testable import ZzzHTTP

/// RFC 9112 section 7.1, the sending side.
struct ChunkedEncoderTests {
    private func written(
        _ write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
    ) -> String {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let end = write(buffer.baseAddress!)
            return String(decoding: buffer[..<(end - buffer.baseAddress!)], as: UTF8.self)
        }
    }

    @Test(arguments: [
        (1, "1"), (9, "9"), (10, "a"), (15, "f"), (16, "10"), (255, "ff"), (256, "100"), (4095, "fff"),
        (65536, "10000"),
        (0x1234_5678_9ABC, "123456789abc"), (Int.max, "7fffffffffffffff"),
    ])
    func sizeLine(_ count: Int, _ digits: String) {
        #expect(written { ChunkedEncoder.writeSizeLine(count, to: $0) } == digits + "\r\n")
        #expect(ChunkedEncoder.sizeLineBytes(count) == digits.utf8.count + 2)
        #expect(ChunkedEncoder.sizeLineBytes(count) <= ChunkedEncoder.maximumSizeLineBytes)
    }

    @Test func ends() {
        #expect(written { ChunkedEncoder.writeChunkEnd(to: $0) } == "\r\n")
        #expect(written { ChunkedEncoder.writeTerminator(to: $0) } == "0\r\n\r\n")
        #expect(ChunkedEncoder.terminatorBytes == 5)
        #expect(ChunkedEncoder.chunkEndBytes == 2)
        let trailers = written {
            ResponseHead.writeEnd(to: ResponseHead.writeField("a", "b", to: ChunkedEncoder.writeLastChunk(to: $0)))
        }
        #expect(trailers == "0\r\na: b\r\n\r\n")
    }

    @Test func anEmptyChunkIsABug() async {
        await #expect(processExitsWith: .failure) {
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
                _ = ChunkedEncoder.writeSizeLine(0, to: buffer.baseAddress!)
            }
        }
    }

    @Test func decoderReadsWhatEncoderWrites() {
        for count in [1, 15, 16, 17, 255, 256, 1000] {
            let data = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let encoded = [UInt8](unsafeUninitializedCapacity: count + 64) { buffer, used in
                let start = UnsafeMutableRawPointer(buffer.baseAddress!)
                var position = ChunkedEncoder.writeSizeLine(count, to: start)
                data.withUnsafeBytes { position.copyMemory(from: $0.baseAddress!, byteCount: count) }
                position = ChunkedEncoder.writeChunkEnd(to: position + count)
                used = ChunkedEncoder.writeTerminator(to: position) - start
            }
            #expect(decodeChunked(encoded) == ChunkedOutcome(data: data, ending: .end))
        }
    }
}
