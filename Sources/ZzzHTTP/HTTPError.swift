/// The peer broke a rule of HTTP: what it did, and the status that answers it.
///
/// After one of these the message's framing cannot be trusted: answer with `status` and close the connection.
@frozen public struct HTTPError: Error, Sendable, Equatable {
    /// The status code to send, 400 to 505.
    public let status: UInt16
    /// Which rule was broken.
    public let reason: Reason

    public init(_ reason: Reason) {
        self.reason = reason
        self.status = reason.status
    }

    /// One line for a log, with the section that has the rule.
    public var message: StaticString { reason.message }
}

extension HTTPError: CustomStringConvertible {
    public var description: String { "\(status): \(reason.message)" }
}

extension HTTPError {
    /// The rules that the parsers hold a peer to.
    @frozen public enum Reason: UInt8, Sendable, Equatable, CaseIterable {
        // Lines
        case bareLineFeed, bareCarriageReturn
        // Request line
        case malformedRequestLine, invalidMethod, connectUnsupported, invalidTarget, asteriskNeedsOptions
        case unsupportedScheme, userinfoInAuthority, invalidAuthority, malformedVersion, unsupportedVersion
        case requestLineTooLong
        // Field lines
        case lineFolding, emptyFieldName, invalidFieldName, whitespaceBeforeColon, missingColon, invalidFieldValue
        case headerTooLarge, tooManyFields
        // Fields
        case missingHost, repeatedHost, invalidHost
        case repeatedContentLength, invalidContentLength
        case repeatedTransferEncoding, malformedTransferEncoding, chunkedNotLast, unknownTransferCoding
        case transferEncodingInHTTP10, contentLengthWithTransferEncoding
        case unknownExpectation
        // Chunked bodies
        case invalidChunkSize, chunkSizeTooLarge, invalidChunkExtension, chunkExtensionTooLong, chunkWithoutLineEnd
        case forbiddenTrailer, trailersTooLarge, tooManyTrailers
    }
}

extension HTTPError.Reason {
    /// The status code that answers this.
    public var status: UInt16 {
        switch self {
        case .requestLineTooLong: 414
        case .unknownExpectation: 417
        case .headerTooLarge, .tooManyFields, .trailersTooLarge, .tooManyTrailers: 431
        case .connectUnsupported, .unknownTransferCoding: 501
        case .unsupportedVersion: 505
        default: 400
        }
    }

    /// One line that says what is wrong and which section says so.
    public var message: StaticString {
        switch self {
        case .bareLineFeed: "a line ends with LF alone, not CRLF (RFC 9112 2.2)"
        case .bareCarriageReturn: "CR without LF (RFC 9112 2.2)"
        case .malformedRequestLine: "the request line is not: method SP target SP version (RFC 9112 3)"
        case .invalidMethod: "the method is not a token (RFC 9110 9.1)"
        case .connectUnsupported: "CONNECT is not supported (RFC 9110 9.3.6)"
        case .invalidTarget: "the request target has an invalid form or character (RFC 9112 3.2)"
        case .asteriskNeedsOptions: "the target * is for OPTIONS only (RFC 9112 3.2.4)"
        case .unsupportedScheme: "an absolute target must be http or https (RFC 9112 3.2.2)"
        case .userinfoInAuthority: "userinfo in the target's authority (RFC 9110 4.2.4)"
        case .invalidAuthority: "the target's authority is not host[:port] (RFC 9110 4.2)"
        case .malformedVersion: "the version is not HTTP/digit.digit (RFC 9112 2.3)"
        case .unsupportedVersion: "the major version is not 1 (RFC 9110 15.6.6)"
        case .requestLineTooLong: "the request line is over the limit (RFC 9112 3)"
        case .lineFolding: "a field line starts with whitespace (RFC 9112 5.2)"
        case .emptyFieldName: "a field line has no name (RFC 9110 5.1)"
        case .invalidFieldName: "a field name is not a token (RFC 9110 5.1)"
        case .whitespaceBeforeColon: "whitespace between field name and colon (RFC 9112 5.1)"
        case .missingColon: "a field line has no colon (RFC 9112 5)"
        case .invalidFieldValue: "a field value has a control character (RFC 9110 5.5)"
        case .headerTooLarge: "the field lines are over the byte limit (RFC 6585 5)"
        case .tooManyFields: "more field lines than the limit (RFC 6585 5)"
        case .missingHost: "HTTP/1.1 request without Host (RFC 9112 3.2)"
        case .repeatedHost: "more than one Host (RFC 9112 3.2)"
        case .invalidHost: "Host is not host[:port] (RFC 9112 3.2)"
        case .repeatedContentLength: "more than one Content-Length (RFC 9112 6.3)"
        case .invalidContentLength: "Content-Length is not a decimal number in range (RFC 9110 8.6)"
        case .repeatedTransferEncoding: "more than one Transfer-Encoding (RFC 9112 6.1)"
        case .malformedTransferEncoding: "Transfer-Encoding is not a list of codings (RFC 9112 6.1)"
        case .chunkedNotLast: "chunked is not the last transfer coding, or comes twice (RFC 9112 6.1)"
        case .unknownTransferCoding: "a transfer coding other than chunked (RFC 9112 6.1)"
        case .transferEncodingInHTTP10: "Transfer-Encoding in an HTTP/1.0 request (RFC 9112 6.1)"
        case .contentLengthWithTransferEncoding: "both Content-Length and Transfer-Encoding (RFC 9112 6.3)"
        case .unknownExpectation: "an expectation other than 100-continue (RFC 9110 10.1.1)"
        case .invalidChunkSize: "a chunk size is not hexadecimal digits (RFC 9112 7.1)"
        case .chunkSizeTooLarge: "a chunk size has over 16 digits or overflows (RFC 9112 7.1)"
        case .invalidChunkExtension: "a malformed chunk extension (RFC 9112 7.1.1)"
        case .chunkExtensionTooLong: "chunk extensions are over the limit (RFC 9112 7.1.1)"
        case .chunkWithoutLineEnd: "no CRLF after a chunk's data (RFC 9112 7.1)"
        case .forbiddenTrailer: "a field that may not be a trailer (RFC 9110 6.5.1)"
        case .trailersTooLarge: "the trailers are over the byte limit (RFC 6585 5)"
        case .tooManyTrailers: "more trailers than the limit (RFC 6585 5)"
        }
    }
}
