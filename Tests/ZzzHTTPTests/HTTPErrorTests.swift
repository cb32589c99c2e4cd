import Testing

@testable import ZzzHTTP

struct HTTPErrorTests {
    /// The statuses that RFC 9110, 9112 and 6585 give; everything else is 400.
    @Test func statuses() {
        let others: [HTTPError.Reason: UInt16] = [
            .requestLineTooLong: 414, .unknownExpectation: 417, .headerTooLarge: 431, .tooManyFields: 431,
            .trailersTooLarge: 431, .tooManyTrailers: 431, .connectUnsupported: 501, .unknownTransferCoding: 501,
            .unsupportedVersion: 505,
        ]
        for reason in HTTPError.Reason.allCases { #expect(HTTPError(reason).status == others[reason] ?? 400) }
    }

    @Test func messagesAreOneLineEachWithASection() {
        var seen: Set<String> = []
        for reason in HTTPError.Reason.allCases {
            let message = "\(HTTPError(reason).message)"
            #expect(message.contains("(RFC ") && message.hasSuffix(")"))
            #expect(!message.contains("\n"))
            #expect(seen.insert(message).inserted, "\(message) twice")
        }
        #expect("\(HTTPError(.missingHost))" == "400: HTTP/1.1 request without Host (RFC 9112 3.2)")
    }
}
