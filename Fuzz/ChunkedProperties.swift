/// What must hold for any bytes given to the chunked decoder.
struct ChunkedProperties {
    var bytes: [UInt8]
    var limits: ChunkedLimits

    struct Outcome: Equatable {
        var data: [UInt8] = []
        var trailers: [[UInt8]] = []
        var failure: HTTPError?
        var hasEnded = false
        var rest = 0
    }

    func check() {
        let whole = decode(cuts: [])
        let pieces = decode(cuts: cuts(of: bytes))
        precondition(
            whole.failure == pieces.failure && whole.hasEnded == pieces.hasEnded, "cutting changes the verdict")
        guard whole.failure == nil else { return }
        precondition(whole == pieces, "cutting changes the body")
        guard whole.hasEnded else { return }
        checkReencoded(whole)
    }

    private func decode(cuts: [Int]) -> Outcome {
        var decoder = ChunkedDecoder(limits: limits)
        var outcome = Outcome()
        var start = 0
        for end in cuts + [bytes.count] where !outcome.hasEnded && outcome.failure == nil {
            while step(&decoder, &start, end, &outcome) {}
        }
        outcome.rest = outcome.hasEnded ? bytes.count - start : 0
        precondition(decoder.isAtEnd == outcome.hasEnded)
        return outcome
    }

    /// One call of `decode`; false when it asks for more, has ended or failed.
    private func step(_ decoder: inout ChunkedDecoder, _ start: inout Int, _ end: Int, _ outcome: inout Outcome) -> Bool
    {
        let piece = bytes[start..<end]
        return withExactCopy(of: piece) { buffer in
            switch decoder.decode(buffer) {
            case .data(let range):
                precondition(!range.isEmpty && range.upperBound <= buffer.count)
                outcome.data += buffer[range]
                start += range.upperBound
                return true
            case .trailer(let field, let consumed):
                precondition(consumed > 0 && consumed <= buffer.count)
                precondition(Int(field.nameOffset) + Int(field.nameLength) < consumed)
                precondition(Int(field.valueOffset) + Int(field.valueLength) <= consumed - 2)
                let base = buffer.baseAddress!
                outcome.trailers += [Array(field.name(in: base)), Array(field.value(in: base))]
                precondition(outcome.trailers.count <= 2 * limits.trailerCount)
                start += consumed
                return true
            case .needMore(let consumed):
                precondition(consumed <= buffer.count && buffer.count - consumed <= limits.trailerBytes + 1)
                start += consumed
            case .end(let consumed):
                precondition(consumed <= buffer.count)
                start += consumed
                outcome.hasEnded = true
            case .failure(let error):
                outcome.failure = error
            }
            return false
        }
    }

    /// The data, framed by our own encoder, decodes to itself.
    private func checkReencoded(_ outcome: Outcome) {
        let data = outcome.data
        let encoded = [UInt8](unsafeUninitializedCapacity: data.count + 32) { buffer, used in
            let start = UnsafeMutableRawPointer(buffer.baseAddress!)
            var position = start
            if !data.isEmpty {
                position = ChunkedEncoder.writeSizeLine(data.count, to: position)
                data.withUnsafeBytes { position.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
                position = ChunkedEncoder.writeChunkEnd(to: position + data.count)
            }
            used = ChunkedEncoder.writeTerminator(to: position) - start
        }
        let again = ChunkedProperties(bytes: encoded, limits: limits).decode(cuts: [])
        precondition(again == Outcome(data: data, hasEnded: true), "our own encoding is not read back")
    }
}
