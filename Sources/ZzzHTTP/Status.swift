/// A status code (RFC 9110 section 15), with the names and reason phrases of the IANA registry.
@frozen public struct Status: RawRepresentable, Sendable, Equatable, Hashable {
    /// The three digits.
    public var rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The same as `init(rawValue:)`.
    @inlinable public init(_ code: UInt16) { rawValue = code }

    /// Whether the code has three digits with a class that exists, 100 to 599.
    @inlinable public var isValid: Bool { rawValue >= 100 && rawValue <= 599 }

    /// 1xx: an interim response; a final one follows.
    @inlinable public var isInformational: Bool { rawValue >= 100 && rawValue <= 199 }

    /// Whether a response with this status never has content (RFC 9112 section 6.3): 1xx, 204 and 304.
    @inlinable public var forbidsContent: Bool { isInformational || rawValue == 204 || rawValue == 304 }
}

extension Status {
    @inlinable public static var `continue`: Status { Status(100) }
    @inlinable public static var switchingProtocols: Status { Status(101) }
    @inlinable public static var processing: Status { Status(102) }
    @inlinable public static var earlyHints: Status { Status(103) }
    @inlinable public static var uploadResumptionSupported: Status { Status(104) }
    @inlinable public static var ok: Status { Status(200) }
    @inlinable public static var created: Status { Status(201) }
    @inlinable public static var accepted: Status { Status(202) }
    @inlinable public static var nonAuthoritativeInformation: Status { Status(203) }
    @inlinable public static var noContent: Status { Status(204) }
    @inlinable public static var resetContent: Status { Status(205) }
    @inlinable public static var partialContent: Status { Status(206) }
    @inlinable public static var multiStatus: Status { Status(207) }
    @inlinable public static var alreadyReported: Status { Status(208) }
    @inlinable public static var imUsed: Status { Status(226) }
    @inlinable public static var multipleChoices: Status { Status(300) }
    @inlinable public static var movedPermanently: Status { Status(301) }
    @inlinable public static var found: Status { Status(302) }
    @inlinable public static var seeOther: Status { Status(303) }
    @inlinable public static var notModified: Status { Status(304) }
    @inlinable public static var useProxy: Status { Status(305) }
    @inlinable public static var temporaryRedirect: Status { Status(307) }
    @inlinable public static var permanentRedirect: Status { Status(308) }
    @inlinable public static var badRequest: Status { Status(400) }
    @inlinable public static var unauthorized: Status { Status(401) }
    @inlinable public static var paymentRequired: Status { Status(402) }
    @inlinable public static var forbidden: Status { Status(403) }
    @inlinable public static var notFound: Status { Status(404) }
    @inlinable public static var methodNotAllowed: Status { Status(405) }
    @inlinable public static var notAcceptable: Status { Status(406) }
    @inlinable public static var proxyAuthenticationRequired: Status { Status(407) }
    @inlinable public static var requestTimeout: Status { Status(408) }
    @inlinable public static var conflict: Status { Status(409) }
    @inlinable public static var gone: Status { Status(410) }
    @inlinable public static var lengthRequired: Status { Status(411) }
    @inlinable public static var preconditionFailed: Status { Status(412) }
    @inlinable public static var contentTooLarge: Status { Status(413) }
    @inlinable public static var uriTooLong: Status { Status(414) }
    @inlinable public static var unsupportedMediaType: Status { Status(415) }
    @inlinable public static var rangeNotSatisfiable: Status { Status(416) }
    @inlinable public static var expectationFailed: Status { Status(417) }
    @inlinable public static var misdirectedRequest: Status { Status(421) }
    @inlinable public static var unprocessableContent: Status { Status(422) }
    @inlinable public static var locked: Status { Status(423) }
    @inlinable public static var failedDependency: Status { Status(424) }
    @inlinable public static var tooEarly: Status { Status(425) }
    @inlinable public static var upgradeRequired: Status { Status(426) }
    @inlinable public static var preconditionRequired: Status { Status(428) }
    @inlinable public static var tooManyRequests: Status { Status(429) }
    @inlinable public static var requestHeaderFieldsTooLarge: Status { Status(431) }
    @inlinable public static var unavailableForLegalReasons: Status { Status(451) }
    @inlinable public static var internalServerError: Status { Status(500) }
    @inlinable public static var notImplemented: Status { Status(501) }
    @inlinable public static var badGateway: Status { Status(502) }
    @inlinable public static var serviceUnavailable: Status { Status(503) }
    @inlinable public static var gatewayTimeout: Status { Status(504) }
    @inlinable public static var httpVersionNotSupported: Status { Status(505) }
    @inlinable public static var variantAlsoNegotiates: Status { Status(506) }
    @inlinable public static var insufficientStorage: Status { Status(507) }
    @inlinable public static var loopDetected: Status { Status(508) }
    @inlinable public static var notExtended: Status { Status(510) }
    @inlinable public static var networkAuthenticationRequired: Status { Status(511) }
}

extension Status {
    /// The reason phrase that the registry gives this code; "" for a code that is not in it.
    public var reasonPhrase: StaticString {
        switch rawValue {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 102: "Processing"
        case 103: "Early Hints"
        case 104: "Upload Resumption Supported"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 203: "Non-Authoritative Information"
        case 204: "No Content"
        case 205: "Reset Content"
        case 206: "Partial Content"
        case 207: "Multi-Status"
        case 208: "Already Reported"
        case 226: "IM Used"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 305: "Use Proxy"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 423: "Locked"
        case 424: "Failed Dependency"
        case 425: "Too Early"
        case 426: "Upgrade Required"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 451: "Unavailable For Legal Reasons"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 506: "Variant Also Negotiates"
        case 507: "Insufficient Storage"
        case 508: "Loop Detected"
        case 510: "Not Extended"
        case 511: "Network Authentication Required"
        default: ""
        }
    }
}
