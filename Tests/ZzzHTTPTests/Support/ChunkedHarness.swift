@testable import ZzzHTTP

/// What a chunked body decoded to.
struct ChunkedOutcome: Equatable {
    enum Ending: Equatable {
        case end
        case incomplete
        case failure(HTTPError.Reason)
    }

    var data: [UInt8] = []
    var trailers: [[String]] = []
    var ending = Ending.incomplete
    /// Bytes behind the end of the body, once all have come.
    var rest: [UInt8] = []

    /// Data before an error depends on when the pieces came; everything else may not.
    var comparable: ChunkedOutcome {
        guard case .failure = ending else { return self }
        return ChunkedOutcome(ending: ending)
    }
}

/// Feeds a body in pieces and keeps what the decoder does not consume, as its documentation asks. Each call gets a
/// new allocation of exactly the bytes that are there.
func decodeChunked(_ bytes: [UInt8], cutAt cuts: [Int] = [], limits: ChunkedLimits = ChunkedLimits()) -> ChunkedOutcome
{
    var decoder = ChunkedDecoder(limits: limits)
    var outcome = ChunkedOutcome()
    var pending: [UInt8] = []
    var start = 0
    for end in cuts + [bytes.count] {
        pending += bytes[start..<end]
        start = end
        if outcome.ending == .incomplete { drain(&decoder, &pending, &outcome) }
    }
    outcome.rest = outcome.ending == .end ? pending : []
    return outcome
}

private func drain(_ decoder: inout ChunkedDecoder, _ pending: inout [UInt8], _ outcome: inout ChunkedOutcome) {
    while true {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pending.count, alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: pending)
        switch decoder.decode(UnsafeRawBufferPointer(buffer)) {
        case .data(let range):
            outcome.data += buffer[range]
            pending.removeFirst(range.upperBound)
        case .trailer(let field, let consumed):
            let base = UnsafeRawPointer(buffer.baseAddress!)
            outcome.trailers.append(
                [field.name(in: base), field.value(in: base)].map { String(decoding: $0, as: UTF8.self) })
            pending.removeFirst(consumed)
        case .needMore(let consumed):
            pending.removeFirst(consumed)
            return
        case .end(let consumed):
            pending.removeFirst(consumed)
            outcome.ending = .end
            return
        case .failure(let error):
            outcome.ending = .failure(error.reason)
            return
        }
    }
}
