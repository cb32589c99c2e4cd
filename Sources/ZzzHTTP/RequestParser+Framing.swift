/// The fields that decide where the message ends and what happens to the connection (RFC 9112 sections 3.2, 6, 9.3).
///
/// Everything that two servers in a row could read differently is refused here, not repaired.
extension RequestParser {
    /// Applies one field that `KnownHeader.isFraming` names; the rule it breaks, or nil.
    @inline(__always)
    mutating func applyFraming(
        _ field: HeaderField, _ start: UnsafeRawPointer, _ head: inout RequestHead
    ) -> HTTPError.Reason? {
        let value = field.value(in: start)
        switch field.known {
        case .host: return applyHost(field, value, &head)
        case .contentLength: return Self.applyContentLength(value, &head)
        case .transferEncoding: return Self.applyTransferEncoding(value, &head)
        case .connection: connection.insertAll(in: value)
        case .expect: return Self.applyExpect(value, &head)
        default: connection.insert(.upgradeField)
        }
        return nil
    }

    /// What only the end of the head can tell.
    @inline(__always)
    mutating func finish(_ head: inout RequestHead) -> HTTPError.Reason? {
        head.length = Int(fieldLine.cursor)
        guard head.versionMinor > 0 else {
            head.isKeepAlive = connection.contains(.keepAlive) && !connection.contains(.close)
            return nil
        }
        guard connection.contains(.hostField) else { return .missingHost }
        head.isKeepAlive = !connection.contains(.close)
        head.hasUpgrade = connection.contains(.upgradeField) && connection.contains(.upgrade)
        return nil
    }

    /// RFC 9112 section 3.2; the authority of an absolute target wins over Host (section 3.2.2).
    @inline(__always)
    private mutating func applyHost(
        _ field: HeaderField, _ value: UnsafeRawBufferPointer, _ head: inout RequestHead
    ) -> HTTPError.Reason? {
        guard !connection.contains(.hostField) else { return .repeatedHost }
        guard Authority.isValid(value) else { return .invalidHost }
        connection.insert(.hostField)
        if head.targetForm != .absolute {
            head.authorityOffset = field.valueOffset
            head.authorityLength = field.valueLength
        }
        return nil
    }

    /// 1*DIGIT up to Int64.max, once (RFC 9110 section 8.6).
    private static func applyContentLength(
        _ value: UnsafeRawBufferPointer, _ head: inout RequestHead
    ) -> HTTPError.Reason? {
        guard head.contentLength < 0 else { return .repeatedContentLength }
        guard !head.isChunked else { return .contentLengthWithTransferEncoding }
        guard value.count > 0 else { return .invalidContentLength }
        var length: Int64 = 0
        for byte in value {
            let digit = byte &- 0x30
            guard digit < 10 else { return .invalidContentLength }
            let (tens, overflowed) = length.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tens.addingReportingOverflow(Int64(digit))
            guard !overflowed, !carried else { return .invalidContentLength }
            length = sum
        }
        head.contentLength = length
        return nil
    }

    /// Exactly "chunked", once, never on HTTP/1.0 (RFC 9112 section 6.1).
    private static func applyTransferEncoding(
        _ value: UnsafeRawBufferPointer, _ head: inout RequestHead
    ) -> HTTPError.Reason? {
        guard head.versionMinor > 0 else { return .transferEncodingInHTTP10 }
        guard !head.isChunked else { return .repeatedTransferEncoding }
        guard head.contentLength < 0 else { return .contentLengthWithTransferEncoding }
        guard value.equalsIgnoringCase("chunked") else { return refusalOfCodings(value) }
        head.isChunked = true
        return nil
    }

    /// Why a list of codings other than "chunked" alone is refused: it is malformed, its framing is ambiguous
    /// (chunked applied before another coding, or twice), or it is well-formed with a coding that we do not have.
    private static func refusalOfCodings(_ value: UnsafeRawBufferPointer) -> HTTPError.Reason {
        var list = ListElements(value)
        var hasChunked = false
        while let element = list.next() {
            guard HeaderValidation.isValidName(element) else { return .malformedTransferEncoding }
            if hasChunked { return .chunkedNotLast }
            hasChunked = element.equalsIgnoringCase("chunked")
        }
        return .unknownTransferCoding
    }

    /// 100-continue is the only expectation there is (RFC 9110 section 10.1.1); HTTP/1.0 cannot ask for it.
    private static func applyExpect(
        _ value: UnsafeRawBufferPointer, _ head: inout RequestHead
    ) -> HTTPError.Reason? {
        guard value.equalsIgnoringCase("100-continue") else { return .unknownExpectation }
        if head.versionMinor > 0 { head.expectsContinue = true }
        return nil
    }
}
