import ZzzAppABI

@testable import Zzz

/// One request to a fake host, and what the app answered.
final class FakeRequest: @unchecked Sendable {
    // Used by the test's thread only.
    unowned(unsafe) var host: FakeHost!
    let method: String
    let target: String

    // What the app sees.
    var body: [UInt8] = []
    var isSecure = false
    var versionMinor: UInt8 = 1
    var mount = ""
    var peerText = "127.0.0.1"
    /// What the daemon says about TLS; nil without it.
    var tls: TLS?
    /// Pieces that a streaming route reads; after them the end, unless `bodyFails`.
    var pieces: [[UInt8]] = []
    var bodyFails = false
    var bodyEnds = true
    var requestTrailers: [(String, String)] = []

    struct TLS {
        var flags: UInt32 = 0
        var serverName = ""
        var subject = ""
        var fingerprint = ""
    }

    // What the app did.
    var status: UInt16 = 0
    var headers: [(String, String)] = []
    var contentType = ""
    var responseBody: [UInt8] = []
    var chunks: [String] = []
    /// The same, whatever it is.
    var writtenBytes: [UInt8] = []
    var announcedLength: Int64?
    var responseTrailers: [(String, String)] = []
    var informed: [(UInt16, [(String, String)])] = []
    /// The part of a file that was sent, which is then in `responseBody` too.
    var file: (offset: UInt64, length: Int64)?
    var hasBegun = false
    var hasFinished = false
    var isAborted = false
    var isGone = false
    var retains = 0
    var calls: [String] = []
    /// How many writes are taken before one returns ZZZ_WAIT; nil: all.
    var writesUntilWait: Int?
    var fileStatus: zzz_status = 0

    var onWritable: (zzz_request_callback, UnsafeMutableRawPointer?)?
    var onClosed: (zzz_request_callback, UnsafeMutableRawPointer?)?
    var onBody: (zzz_body_callback, UnsafeMutableRawPointer?)?

    // The head and its arrays stay where they are until the request is freed, as for a retained request.
    private let headStorage = UnsafeMutablePointer<zzz_http_request>.allocate(capacity: 1)
    private let headerStorage = UnsafeMutablePointer<zzz_header>.allocate(capacity: 32)
    private let paramStorage = UnsafeMutablePointer<zzz_bytes>.allocate(capacity: 8)
    private let headerCopies: [(String, String)]
    /// Freed with the request: a context that read them later would be found by the address sanitizer.
    private var texts: [UnsafeMutablePointer<CChar>] = []

    init(_ method: String, _ target: String, headers: [(String, String)] = [], body: String = "") {
        self.method = method
        self.target = target
        self.body = Array(body.utf8)
        headerCopies = headers
        headStorage.initialize(to: zzz_http_request())
    }

    private var head: zzz_http_request {
        get { headStorage.pointee }
        set { headStorage.pointee = newValue }
    }

    deinit {
        headStorage.deallocate()
        headerStorage.deallocate()
        paramStorage.deallocate()
        for text in texts { text.deallocate() }
    }

    var text: String { String(decoding: responseBody, as: UTF8.self) }

    func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }

    var handle: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    static func from(_ request: OpaquePointer?) -> FakeRequest? {
        request.map { Unmanaged<FakeRequest>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    func slice(_ text: String) -> zzz_bytes { slice(Array(text.utf8)) }

    private func slice(_ bytes: [UInt8]) -> zzz_bytes {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, bytes.count))
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        texts.append(copy)
        return zzz_bytes(data: copy, count: bytes.count)
    }

    private static let methods = ["", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]

    /// Finds the route and calls its handler.
    func dispatch(
        _ routes: [FakeHost.RegisteredRoute], unmatched: (handler: zzz_handler, user: UnsafeMutableRawPointer?)?
    ) {
        let methodNumber = Self.methods.firstIndex(of: method) ?? 0
        let path = String(target.prefix { $0 != "?" })
        let hostName = headerCopies.first { $0.0.lowercased() == "host" }?.1 ?? "example.com"
        let candidates = routes.compactMap { route -> (FakeHost.RegisteredRoute, [String])? in
            guard route.host.isEmpty || route.host == hostName else { return nil }
            return Self.match(route.pattern, path).map { (route, $0) }
        }
        prepare(methodNumber, path: path, authority: hostName)
        if let (route, params) = candidates.first(where: { $0.0.methods & (1 << UInt32(methodNumber)) != 0 }) {
            for (index, param) in params.enumerated() { paramStorage[index] = slice(param) }
            head.param_count = UInt32(params.count)
            let streamsMultipart = route.flags & UInt32(ZZZ_ROUTE_STREAM_MULTIPART) != 0 && isMultipart
            if streamsMultipart, pieces.isEmpty { pieces = [body] }
            call(
                route.handler, route.user,
                streams: route.flags & UInt32(ZZZ_ROUTE_STREAM_BODY) != 0 || streamsMultipart)
        } else if let unmatched {
            head.unmatched_status = candidates.isEmpty ? 404 : 405
            head.allow = slice(candidates.isEmpty ? "" : "GET, HEAD")
            call(unmatched.handler, unmatched.user, streams: false)
        }
    }

    private var isMultipart: Bool {
        headerCopies.contains { $0.0.lowercased() == "content-type" && $0.1.lowercased().hasPrefix("multipart/") }
    }

    private func prepare(_ method: Int, path: String, authority: String) {
        head.size = UInt32(MemoryLayout<zzz_http_request>.size)
        head.method = UInt8(method)
        head.method_name = slice(self.method)
        head.version_minor = versionMinor
        head.target = slice(target)
        head.path = slice(path)
        head.authority = slice(authority)
        head.mount = slice(mount)
        if let mark = target.firstIndex(of: "?") {
            head.flags |= UInt16(ZZZ_REQUEST_HAS_QUERY)
            head.query = slice(String(target[target.index(after: mark)...]))
        }
        if isSecure { head.flags |= UInt16(ZZZ_REQUEST_SECURE) }
        for (index, field) in headerCopies.enumerated() {
            headerStorage[index] = zzz_header(name: slice(field.0), value: slice(field.1))
        }
        head.headers = UnsafePointer(headerStorage)
        head.header_count = UInt32(headerCopies.count)
        head.params = UnsafePointer(paramStorage)
        head.content_length = Int64(body.count)
    }

    private func call(_ handler: zzz_handler, _ user: UnsafeMutableRawPointer?, streams: Bool) {
        if streams {
            head.content_length = -1
        } else {
            head.flags |= UInt16(ZZZ_REQUEST_BODY_COMPLETE)
            head.body = slice(body)
        }
        handler(user, handle, headStorage)
    }

    /// The values of the pattern's parameters: whole segments and a wildcard at the end.
    static func match(_ pattern: String, _ path: String) -> [String]? {
        let expected = pattern.split(separator: "/", omittingEmptySubsequences: false)
        let actual = path.split(separator: "/", omittingEmptySubsequences: false)
        var values: [String] = []
        for (index, segment) in expected.enumerated() {
            if segment.hasPrefix("*") { return values + [actual.dropFirst(index).joined(separator: "/")] }
            guard index < actual.count else { return nil }
            if segment.hasPrefix(":") {
                values.append(String(actual[index]))
            } else if segment != actual[index] {
                return nil
            }
        }
        return expected.count == actual.count ? values : nil
    }

    /// No callback that was asked for comes after the last release.
    func releaseOnce() {
        retains -= 1
        guard retains == 0 else { return }
        onBody = nil
        onClosed = nil
        onWritable = nil
    }

    // MARK: Events

    /// The client goes away.
    func clientLeaves() {
        host.onThisThread {
            isGone = true
            if let (callback, user) = onBody {
                onBody = nil
                callback(user, handle, UInt32(ZZZ_BODY_FAILED), zzz_bytes())
            }
            if !hasFinished, let (callback, user) = onClosed {
                onClosed = nil
                callback(user, handle)
            }
            host.drain()
        }
    }

    /// The client has read what was waiting.
    func becomesWritable() {
        host.onThisThread {
            guard let (callback, user) = onWritable else { return }
            onWritable = nil
            callback(user, handle)
            host.drain()
        }
    }

    /// Hands over the body as long as somebody asks for it.
    @discardableResult
    func deliverWholeBody() -> FakeRequest {
        while onBody != nil { deliverBody() }
        return self
    }

    /// Hands the next piece of the body to whoever asked for it.
    func deliverBody() {
        host.onThisThread {
            guard let (callback, user) = onBody else { return }
            if let piece = pieces.first {
                pieces.removeFirst()
                onBody = nil
                piece.withUnsafeBytes { callback(user, handle, UInt32(ZZZ_BODY_DATA), zzz_bytes($0)) }
            } else if bodyFails {
                onBody = nil
                callback(user, handle, UInt32(ZZZ_BODY_FAILED), zzz_bytes())
            } else if bodyEnds {
                onBody = nil
                callback(user, handle, UInt32(ZZZ_BODY_END), zzz_bytes())
            }
            host.drain()
        }
    }
}
