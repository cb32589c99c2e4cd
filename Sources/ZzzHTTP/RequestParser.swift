/// The verdict of `RequestParser.parse`.
@frozen public enum ParseResult: Sendable, Equatable {
    /// The head is whole; `RequestHead.length` bytes belong to it.
    case complete
    /// More bytes are needed.
    case incomplete
    /// The peer broke a rule; answer with the error's status and close.
    case failure(HTTPError)
}

/// Reads one request head (RFC 9112 sections 2 to 6) as its bytes arrive.
///
/// One value per connection that is in the middle of a head; it holds no memory. After `complete` or `failure`, call
/// `reset()` before the next head.
///
///     var parser = RequestParser()
///     switch parser.parse(received, limits: limits, head: &head, fields: fields) {
///     case .complete: serve(head)         // then drop head.length bytes and reset
///     case .incomplete: readMore()        // append behind these bytes, call again with all of them
///     case .failure(let error): refuse(error.status)
///     }
@frozen public struct RequestParser: Sendable {
    @usableFromInline var line = RequestLineParser()
    @usableFromInline var fieldLine = FieldLineParser(cursor: 0)
    @usableFromInline var connection = ConnectionOptions(rawValue: 0)

    @inlinable public init() {}

    /// Forgets everything, for the next head.
    @inlinable @inline(__always)
    public mutating func reset() { self = RequestParser() }

    /// Whether more than the first byte of an empty line has been seen since `reset()`.
    public var hasStarted: Bool { line.phase != .emptyLine }

    /// Reads on from where the call before stopped.
    ///
    /// - Parameters:
    ///   - bytes: everything received from the first byte of this head on, also what earlier calls have seen, and
    ///     perhaps at another address. Bytes behind the head are left alone.
    ///   - limits: the same for all calls of one head.
    ///   - head: is filled. Between the calls for one head the caller keeps it as it is.
    ///   - fields: is filled likewise, up to `head.fieldCount`; it has room for `limits.fieldCount` entries.
    public mutating func parse(
        _ bytes: UnsafeRawBufferPointer, limits: ParserLimits, head: inout RequestHead,
        fields: UnsafeMutablePointer<HeaderField>
    ) -> ParseResult {
        guard let start = bytes.baseAddress else { return .incomplete }
        if line.phase != .done {
            if line.phase == .emptyLine { head = RequestHead() }
            let result = parseLine(start, bytes.count, limits, &head)
            guard line.phase == .done else { return result }
            fieldLine = FieldLineParser(cursor: line.cursor)
        }
        return parseFields(start, bytes.count, limits, &head, fields)
    }

    /// Input behind the byte limit is not looked at: the verdict is the same however the bytes are cut.
    @inline(__always)
    private mutating func parseLine(
        _ start: UnsafeRawPointer, _ count: Int, _ limits: ParserLimits, _ head: inout RequestHead
    ) -> ParseResult {
        if line.phase == .emptyLine {
            let step = line.skipEmptyLine(start, count, &head)
            guard case .next = step else { return Self.result(step) }
        }
        let lineEnd = Int(head.methodOffset) &+ min(limits.requestLineBytes, 1 << 30) &+ 2
        let step = line.parse(start, end: min(count, lineEnd), head: &head)
        if case .incomplete = step, count >= lineEnd { return .failure(HTTPError(.requestLineTooLong)) }
        return Self.result(step)
    }

    @inline(__always)
    private static func result(_ step: RequestLineParser.Step) -> ParseResult {
        if case .failure(let reason) = step { return .failure(HTTPError(reason)) }
        return .incomplete
    }

    @inline(__always)
    private mutating func parseFields(
        _ start: UnsafeRawPointer, _ count: Int, _ limits: ParserLimits, _ head: inout RequestHead,
        _ fields: UnsafeMutablePointer<HeaderField>
    ) -> ParseResult {
        let sectionEnd = Int(line.cursor) &+ min(limits.headerBytes, 1 << 30) &+ 2
        let end = min(count, sectionEnd)
        let limit = min(limits.fieldCount, Int(UInt16.max))
        while true {
            let index = Int(head.fieldCount)
            let field = fields + index
            switch fieldLine.next(start, end: end, field: field, mayBegin: index < limit) {
            case .line:
                head.fieldCount = head.fieldCount &+ 1
                guard field.pointee.known.isFraming else { continue }
                if let reason = applyFraming(field.pointee, start, &head) { return .failure(HTTPError(reason)) }
            case .end:
                if let reason = finish(&head) { return .failure(HTTPError(reason)) }
                return .complete
            case .incomplete:
                return count >= sectionEnd ? .failure(HTTPError(.headerTooLarge)) : .incomplete
            case .failure(let reason):
                return .failure(HTTPError(reason))
            }
        }
    }
}
