extension KnownHeader {
    /// The field with this name in any case; `other` when it is not one of ours or not a token.
    public init(name: UnsafeRawBufferPointer) {
        self = .other
        guard let start = name.baseAddress else { return }
        let candidate = KnownHeader.identify(start, length: name.count)
        if candidate != .other, HeaderValidation.isValidName(name) { self = candidate }
    }

    /// The field whose name is the `length` bytes at `name`, none of them a control character; `other` may be no
    /// token.
    @inline(__always)
    static func identify(_ name: UnsafeRawPointer, length: Int) -> KnownHeader {
        switch length {
        case 2: identify2(name)
        case 3: identify3(name)
        case 4: identify4(name)
        case 5: identify5(name)
        case 6: identify6(name)
        case 7: identify7(name)
        case 8: identify8(name)
        case 9: identify9(name)
        case 10: identify10(name)
        case 11: identify11(name)
        case 12: identify12(name)
        case 13: identify13(name)
        case 14: identify14(name)
        case 15: identify15(name)
        case 16: identify16(name)
        case 17: identify17(name)
        case 18: identify18(name)
        case 19: identify19(name)
        case 20: identify20(name)
        case 21: identify21(name)
        case 22: identify22(name)
        case 24: identify24(name)
        case 25: identify25(name)
        case 29: identify29(name)
        case 30: identify30(name)
        default: .other
        }
    }

    private static func identify2(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("te") { return .te }
        return .other
    }

    private static func identify3(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("age") { return .age }
        if name.matchesFolded("via") { return .via }
        return .other
    }

    private static func identify4(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("host") { return .host }
        if name.matchesFolded("date") { return .date }
        if name.matchesFolded("etag") { return .eTag }
        if name.matchesFolded("from") { return .from }
        if name.matchesFolded("link") { return .link }
        if name.matchesFolded("vary") { return .vary }
        return .other
    }

    private static func identify5(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("allow") { return .allow }
        if name.matchesFolded("range") { return .range }
        return .other
    }

    private static func identify6(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("expect") { return .expect }
        if name.matchesFolded("accept") { return .accept }
        if name.matchesFolded("cookie") { return .cookie }
        if name.matchesFolded("origin") { return .origin }
        if name.matchesFolded("pragma") { return .pragma }
        if name.matchesFolded("prefer") { return .prefer }
        if name.matchesFolded("server") { return .server }
        return .other
    }

    private static func identify7(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("upgrade") { return .upgrade }
        if name.matchesFolded("referer") { return .referer }
        if name.matchesFolded("trailer") { return .trailer }
        return .other
    }

    private static func identify8(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("if-match") { return .ifMatch }
        if name.matchesFolded("if-range") { return .ifRange }
        if name.matchesFolded("location") { return .location }
        if name.matchesFolded("priority") { return .priority }
        return .other
    }

    private static func identify9(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("forwarded") { return .forwarded }
        if name.matchesFolded("x-real-ip") { return .xRealIP }
        return .other
    }

    private static func identify10(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("connection") { return .connection }
        if name.matchesFolded("early-data") { return .earlyData }
        if name.matchesFolded("keep-alive") { return .keepAlive }
        if name.matchesFolded("set-cookie") { return .setCookie }
        if name.matchesFolded("tracestate") { return .tracestate }
        if name.matchesFolded("user-agent") { return .userAgent }
        return .other
    }

    private static func identify11(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("retry-after") { return .retryAfter }
        if name.matchesFolded("traceparent") { return .traceparent }
        return .other
    }

    private static func identify12(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("content-type") { return .contentType }
        if name.matchesFolded("max-forwards") { return .maxForwards }
        if name.matchesFolded("x-request-id") { return .xRequestID }
        return .other
    }

    private static func identify13(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("accept-ranges") { return .acceptRanges }
        if name.matchesFolded("authorization") { return .authorization }
        if name.matchesFolded("cache-control") { return .cacheControl }
        if name.matchesFolded("content-range") { return .contentRange }
        if name.matchesFolded("if-none-match") { return .ifNoneMatch }
        if name.matchesFolded("last-event-id") { return .lastEventID }
        if name.matchesFolded("last-modified") { return .lastModified }
        return .other
    }

    private static func identify14(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("content-length") { return .contentLength }
        if name.matchesFolded("accept-charset") { return .acceptCharset }
        if name.matchesFolded("sec-fetch-dest") { return .secFetchDest }
        if name.matchesFolded("sec-fetch-mode") { return .secFetchMode }
        if name.matchesFolded("sec-fetch-site") { return .secFetchSite }
        if name.matchesFolded("sec-fetch-user") { return .secFetchUser }
        return .other
    }

    private static func identify15(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("accept-encoding") { return .acceptEncoding }
        if name.matchesFolded("accept-language") { return .acceptLanguage }
        if name.matchesFolded("x-forwarded-for") { return .xForwardedFor }
        return .other
    }

    private static func identify16(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("content-encoding") { return .contentEncoding }
        if name.matchesFolded("content-language") { return .contentLanguage }
        if name.matchesFolded("content-location") { return .contentLocation }
        if name.matchesFolded("proxy-connection") { return .proxyConnection }
        if name.matchesFolded("www-authenticate") { return .wwwAuthenticate }
        if name.matchesFolded("x-forwarded-host") { return .xForwardedHost }
        return .other
    }

    private static func identify17(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("transfer-encoding") { return .transferEncoding }
        if name.matchesFolded("if-modified-since") { return .ifModifiedSince }
        if name.matchesFolded("sec-websocket-key") { return .secWebSocketKey }
        if name.matchesFolded("x-forwarded-proto") { return .xForwardedProto }
        return .other
    }

    private static func identify18(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("proxy-authenticate") { return .proxyAuthenticate }
        return .other
    }

    private static func identify19(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("content-disposition") { return .contentDisposition }
        if name.matchesFolded("if-unmodified-since") { return .ifUnmodifiedSince }
        if name.matchesFolded("proxy-authorization") { return .proxyAuthorization }
        return .other
    }

    private static func identify20(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("sec-websocket-accept") { return .secWebSocketAccept }
        return .other
    }

    private static func identify21(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("sec-websocket-version") { return .secWebSocketVersion }
        return .other
    }

    private static func identify22(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("sec-websocket-protocol") { return .secWebSocketProtocol }
        return .other
    }

    private static func identify24(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("sec-websocket-extensions") { return .secWebSocketExtensions }
        return .other
    }

    private static func identify25(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("upgrade-insecure-requests") { return .upgradeInsecureRequests }
        return .other
    }

    private static func identify29(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("access-control-request-method") { return .accessControlRequestMethod }
        return .other
    }

    private static func identify30(_ name: UnsafeRawPointer) -> KnownHeader {
        if name.matchesFolded("access-control-request-headers") { return .accessControlRequestHeaders }
        return .other
    }
}
