/// A field whose name the parser knows, as one byte, so that looking one up compares bytes and not text.
///
/// The six that decide about framing and the connection come first: the parser reads their values itself.
@frozen public enum KnownHeader: UInt8, Sendable, Equatable, Hashable, CaseIterable {
    case host, contentLength, transferEncoding, connection, expect, upgrade
    case other, accept, acceptCharset, acceptEncoding, acceptLanguage, acceptRanges, accessControlRequestHeaders,
        accessControlRequestMethod, age, allow, authorization, cacheControl, contentDisposition, contentEncoding,
        contentLanguage, contentLocation, contentRange, contentType, cookie, date, earlyData, eTag, forwarded, from,
        ifMatch, ifModifiedSince, ifNoneMatch, ifRange, ifUnmodifiedSince, keepAlive, lastEventID, lastModified, link,
        location, maxForwards, origin, pragma, prefer, priority, proxyAuthenticate, proxyAuthorization,
        proxyConnection, range, referer, retryAfter, secFetchDest, secFetchMode, secFetchSite, secFetchUser,
        secWebSocketAccept, secWebSocketExtensions, secWebSocketKey, secWebSocketProtocol, secWebSocketVersion, server,
        setCookie, te, trailer, traceparent, tracestate, upgradeInsecureRequests, userAgent, vary, via,
        wwwAuthenticate, xForwardedFor, xForwardedHost, xForwardedProto, xRealIP, xRequestID

    /// Whether the parser reads this field's value itself.
    @inlinable @inline(__always)
    var isFraming: Bool { rawValue <= KnownHeader.upgrade.rawValue }
}

extension KnownHeader {
    /// The name in lowercase; "" for `other`.
    public var name: StaticString {
        switch self {
        case .host: "host"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .expect: "expect"
        case .upgrade: "upgrade"
        case .accept: "accept"
        case .acceptCharset: "accept-charset"
        case .acceptEncoding: "accept-encoding"
        case .acceptLanguage: "accept-language"
        case .acceptRanges: "accept-ranges"
        case .accessControlRequestHeaders: "access-control-request-headers"
        case .accessControlRequestMethod: "access-control-request-method"
        case .age: "age"
        case .allow: "allow"
        case .authorization: "authorization"
        case .cacheControl: "cache-control"
        case .contentDisposition: "content-disposition"
        case .contentEncoding: "content-encoding"
        case .contentLanguage: "content-language"
        case .contentLocation: "content-location"
        case .contentRange: "content-range"
        case .contentType: "content-type"
        case .cookie: "cookie"
        case .date: "date"
        case .earlyData: "early-data"
        case .eTag: "etag"
        case .forwarded: "forwarded"
        case .from: "from"
        case .ifMatch: "if-match"
        case .ifModifiedSince: "if-modified-since"
        case .ifNoneMatch: "if-none-match"
        case .ifRange: "if-range"
        case .ifUnmodifiedSince: "if-unmodified-since"
        case .keepAlive: "keep-alive"
        case .lastEventID: "last-event-id"
        case .lastModified: "last-modified"
        case .link: "link"
        case .location: "location"
        case .maxForwards: "max-forwards"
        case .origin: "origin"
        case .pragma: "pragma"
        case .prefer: "prefer"
        case .priority: "priority"
        case .proxyAuthenticate: "proxy-authenticate"
        case .proxyAuthorization: "proxy-authorization"
        case .proxyConnection: "proxy-connection"
        case .range: "range"
        case .referer: "referer"
        case .retryAfter: "retry-after"
        case .secFetchDest: "sec-fetch-dest"
        case .secFetchMode: "sec-fetch-mode"
        case .secFetchSite: "sec-fetch-site"
        case .secFetchUser: "sec-fetch-user"
        case .secWebSocketAccept: "sec-websocket-accept"
        case .secWebSocketExtensions: "sec-websocket-extensions"
        case .secWebSocketKey: "sec-websocket-key"
        case .secWebSocketProtocol: "sec-websocket-protocol"
        case .secWebSocketVersion: "sec-websocket-version"
        case .server: "server"
        case .setCookie: "set-cookie"
        case .te: "te"
        case .trailer: "trailer"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .upgradeInsecureRequests: "upgrade-insecure-requests"
        case .userAgent: "user-agent"
        case .vary: "vary"
        case .via: "via"
        case .wwwAuthenticate: "www-authenticate"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedHost: "x-forwarded-host"
        case .xForwardedProto: "x-forwarded-proto"
        case .xRealIP: "x-real-ip"
        case .xRequestID: "x-request-id"
        case .other: ""
        }
    }
}
