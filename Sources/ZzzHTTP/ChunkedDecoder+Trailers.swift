/// The trailer section (RFC 9112 section 7.1.2), a line at a time.
extension ChunkedDecoder {
    /// Reads one trailer or the end of the section. The bytes of a trailer that is not whole stay with the caller,
    /// so that it is in one piece when it is reported.
    mutating func decodeTrailer(_ start: UnsafeRawPointer, from lineOffset: Int, to end: Int) -> Event {
        // With the empty line behind it. A trailer that goes over the limit leaves less than that for the next call.
        let allowed = limits.trailerBytes - trailerBytes + 2
        let line = start + lineOffset
        let available = end - lineOffset
        let step = trailerLine.next(
            line, end: min(available, allowed), field: &trailer, mayBegin: trailerCount < limits.trailerCount)
        switch step {
        case .line:
            let consumed = Int(trailerLine.cursor)
            trailerLine = FieldLineParser(cursor: 0)
            trailerBytes += consumed
            trailerCount += 1
            guard Self.mayBeTrailer(trailer.known) else { return .failure(HTTPError(.forbiddenTrailer)) }
            var field = trailer
            field.nameOffset += UInt32(lineOffset)
            field.valueOffset += UInt32(lineOffset)
            return .trailer(field, consumed: lineOffset + consumed)
        case .end:
            state = .end
            return .end(consumed: lineOffset + Int(trailerLine.cursor))
        case .incomplete:
            return available >= allowed ? .failure(HTTPError(.trailersTooLarge)) : .needMore(consumed: lineOffset)
        case .failure(let reason):
            return .failure(HTTPError(reason == .tooManyFields ? .tooManyTrailers : reason))
        }
    }

    /// RFC 9110 section 6.5.1: nothing that says how the message is framed, routed, authenticated or processed.
    static func mayBeTrailer(_ known: KnownHeader) -> Bool {
        switch known {
        case .host, .contentLength, .transferEncoding, .connection, .expect, .upgrade, .keepAlive, .te, .trailer,
            .proxyConnection, .maxForwards, .cacheControl, .pragma, .range, .ifMatch, .ifNoneMatch, .ifModifiedSince,
            .ifUnmodifiedSince, .ifRange, .authorization, .proxyAuthorization, .cookie, .setCookie, .contentEncoding,
            .contentType, .contentRange, .age, .date, .location, .retryAfter, .vary, .wwwAuthenticate,
            .proxyAuthenticate:
            false
        default: true
        }
    }
}
