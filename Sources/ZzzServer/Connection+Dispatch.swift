import CContainment
import CLinux
import ZzzAppABI
import ZzzHTTP
import ZzzIO
import ZzzRouter

/// From a whole head to the app's handler.
extension Connection {
    /// Finds the site and the route, sets the request up, and calls the handler or begins to collect the body for it.
    /// - Returns: whether `advance` goes on.
    @inline(__always)
    func headCompleted(_ exchange: Exchange, _ worker: Worker) -> Bool {
        worker.statistics.requests &+= 1
        if worker.logsAccess { exchange.startedAt = worker.now }
        exchange.headStart = input.start
        guard let base = input.base.map({ UnsafeRawPointer($0) + Int(input.start) }) else {
            preconditionFailure("a head without bytes")
        }
        input.start &+= Int32(truncatingIfNeeded: exchange.head.length)
        phase = .handling
        if exchange.head.hasBody { exchange.body.begin(exchange.head) }
        fillRequest(exchange, base: base)
        let found = ownTable == nil ? worker.site(for: exchange.head, base: base) : ownSite(exchange.head, base: base)
        guard let site = found else {
            return answerWithoutSite(exchange, base: base)
        }
        return site._withUnsafeGuaranteedRef { route(exchange, to: $0, base: base, worker) }
    }

    /// Everything of what the app sees that does not depend on the route.
    @inline(__always)
    private func fillRequest(_ exchange: Exchange, base: UnsafeRawPointer) {
        let head = exchange.head
        let request = exchange.request
        request.pointee.method = head.method == .other ? 0 : head.method.rawValue &+ 1
        request.pointee.version_minor = head.versionMinor
        var flags = Int(transportFlags)
        if head.isKeepAlive { flags |= ZZZ_REQUEST_KEEP_ALIVE }
        if head.hasQuery { flags |= ZZZ_REQUEST_HAS_QUERY }
        request.pointee.flags = UInt16(truncatingIfNeeded: flags)
        request.pointee.unmatched_status = 0
        request.pointee.header_count = head.fieldCount
        request.pointee.param_count = 0
        for index in 0..<Int(head.fieldCount) {
            let field = exchange.fields[index]
            exchange.headers[index] = zzz_header(
                name: zzz_bytes(field.name(in: base)), value: zzz_bytes(field.value(in: base)))
        }
        request.pointee.headers = UnsafePointer(exchange.headers)
        request.pointee.method_name = zzz_bytes(head.methodToken(in: base))
        request.pointee.target = zzz_bytes(head.target(in: base))
        request.pointee.path = zzz_bytes(head.path(in: base))
        request.pointee.query = zzz_bytes(head.query(in: base))
        request.pointee.authority = zzz_bytes(head.authority(in: base))
        request.pointee.body = zzz_bytes()
        request.pointee.content_length = head.isChunked ? -1 : max(head.contentLength, 0)
    }

    @inline(__always)
    private func route(_ exchange: Exchange, to site: Site, base: UnsafeRawPointer, _ worker: Worker) -> Bool {
        exchange.site = Unmanaged.passUnretained(site)
        site.activity.begin(loop: worker.index)
        exchange.beginTiming()
        let mount = site.mountBytes.buffer
        var path = exchange.head.path(in: base)
        if mount.count > 0 { path = Self.path(path, below: mount) }
        exchange.request.pointee.path = zzz_bytes(path)
        exchange.request.pointee.mount = zzz_bytes(mount)
        let match = site.match(exchange.head, base: base, path: path, exchange: exchange)
        guard match.kind == .matched else { return answerUnmatched(exchange, site: site, match) }
        let endpoint = site.endpoints + Int(match.endpoint)
        exchange.route = endpoint
        exchange.routeIndex = match.endpoint
        let request = exchange.request
        request.pointee.route_user = endpoint.pointee.user
        request.pointee.param_count = UInt32(truncatingIfNeeded: match.parameterCount)
        // A RouteParameter and a zzz_bytes are both a pointer and a length; a layout test holds them to it.
        request.pointee.params = UnsafeRawPointer(exchange.parameters).assumingMemoryBound(to: zzz_bytes.self)
        if exchange.head.hasBody { return beginBody(exchange, endpoint) }
        request.pointee.flags |= UInt16(ZZZ_REQUEST_BODY_COMPLETE)
        callHandler(exchange, endpoint, worker)
        return true
    }

    /// Whether the body fits, and who reads it.
    private func beginBody(_ exchange: Exchange, _ endpoint: UnsafeMutablePointer<Endpoint>) -> Bool {
        let isMultipart = endpoint.pointee.streamsMultipart && Self.hasMultipartBody(exchange)
        let limit = isMultipart ? endpoint.pointee.multipartLimitBytes : endpoint.pointee.bodyLimitBytes
        guard exchange.head.contentLength <= Int64(limit) else {
            refuse(status: 413, "the body is larger than \(limit) bytes")
            return true
        }
        exchange.body.limitBytes = UInt64(limit)
        bodyDeadline = .max
        if endpoint.pointee.streamsBody || isMultipart {
            separateBody()
            callHandler(exchange, endpoint, worker)
            return true
        }
        let length = exchange.head.contentLength
        if length > 0, length <= Int64(input.count) {
            // All of it is here: a slice of the input, like the head.
            exchange.request.pointee.body = zzz_bytes(UnsafeRawBufferPointer(rebasing: input.bytes[0..<Int(length)]))
            input.start &+= Int32(length)
            exchange.body.skip()
            callWithWholeBody(exchange)
            return true
        }
        separateBody()
        phase = .body
        return true
    }

    /// Whether the body's type is multipart/... (RFC 9110 section 8.3).
    private static func hasMultipartBody(_ exchange: Exchange) -> Bool {
        for index in 0..<Int(exchange.head.fieldCount) where exchange.fields[index].known == .contentType {
            let value = exchange.headers[index].value.buffer
            guard value.count >= 10 else { return false }
            return UnsafeRawBufferPointer(rebasing: value[0..<10]).isCaseInsensitivelyEqual(to: "multipart/")
        }
        return false
    }

    /// The body is complete: `request.body` says where it is.
    func callWithWholeBody(_ exchange: Exchange) {
        phase = .handling
        exchange.request.pointee.flags |= UInt16(ZZZ_REQUEST_BODY_COMPLETE)
        guard let endpoint = exchange.route else { preconditionFailure("a body is collected for a route") }
        callHandler(exchange, endpoint, worker)
    }

    @inline(__always)
    private func callHandler(_ exchange: Exchange, _ endpoint: UnsafeMutablePointer<Endpoint>, _ worker: Worker) {
        if _slowPath(endpoint.pointee.forecast.isBlocking) { return callBlocking(exchange, endpoint, worker) }
        callHandler(exchange, endpoint.pointee.handler, endpoint.pointee.user, endpoint.pointee.app, worker)
    }

    /// Into the app, from a point where everything of the loop and the connection is in order.
    @inline(__always)
    private func callHandler(
        _ exchange: Exchange, _ handler: zzz_handler, _ user: UnsafeMutableRawPointer?, _ app: OpaquePointer?,
        _ worker: Worker
    ) {
        callHandler(exchange, app, worker) { handle in handler(user, handle, exchange.request) }
    }

    @inline(__always)
    private func callHandler(
        _ exchange: Exchange, _ app: OpaquePointer?, _ worker: Worker, _ body: (OpaquePointer?) -> Void
    ) {
        exchange.isInHandler = true
        let handle = exchange.issueHandle(worker)
        let call = AppCall(request: handle.bits, app: app, route: exchange.routeIndex, debt: .handler)
        guard worker.callApp(call, { body(handle.pointer) }) else { return }
        exchange.isInHandler = false
        if exchange.retains > 0 { goOnWithout(exchange) } else { exchange.settle(worker) }
    }

    /// The handler is expected to block: another thread goes on with the loop meanwhile.
    @inline(never)
    private func callBlocking(_ exchange: Exchange, _ endpoint: UnsafeMutablePointer<Endpoint>, _ worker: Worker) {
        callHandler(exchange, endpoint.pointee.app, worker) { handle in
            let began = zzz_linux_monotonic_ns()
            LoopMonitor.shared.giveAway(worker, isComputing: endpoint.pointee.forecast.isComputing)
            endpoint.pointee.handler(endpoint.pointee.user, handle, exchange.request)
            // The request is in flight, and with it the site: nothing of the loop's is touched.
            endpoint.pointee.forecast.hasReturned(
                afterNanoseconds: zzz_linux_monotonic_ns() &- began,
                hasComputed: zzz_thread_self().pointee.is_less_urgent)
        }
    }

    /// The handler has returned, and the app keeps the request.
    private func goOnWithout(_ exchange: Exchange) {
        awaitAnswer(exchange)
        conclude(exchange)
    }

    /// The app has let go of a request without answering it, or in the middle of an answer. Whether the exchange can go
    /// now.
    func endForgottenResponse(of exchange: Exchange) -> Bool {
        if phase == .closed { return false }  // closed() settles
        switch exchange.response {
        case .finished: return true
        case .none:
            if phase != .handling { return false }  // the request is still arriving
            worker.report(exchange, "the app let go of the request without a response")
            respond(exchange, status: 500, "")
            return true
        case .streaming:
            worker.report(exchange, "the app let go of the request without finishing its response")
            cutResponse(exchange)
            return false
        }
    }

    /// The app gives up in the middle of a response, or without one.
    func cutResponse(_ exchange: Exchange) {
        worker.statistics.aborted &+= 1
        exchange.isCutByApp = true
        // Where the end of the connection would be the end of the body, only a reset says that something is missing.
        if exchange.isCloseDelimited { cutWithReset() } else { cut() }
    }

    /// On a connection that does not read the worker's table.
    @inline(never)
    private func ownSite(_ head: RequestHead, base: UnsafeRawPointer) -> Unmanaged<Site>? {
        ownTable?.site(authority: head.authority(in: base), path: head.path(in: base))
    }

    // MARK: No route

    @inline(never)
    private func answerWithoutSite(_ exchange: Exchange, base: UnsafeRawPointer) -> Bool {
        if exchange.head.targetForm == .asterisk {
            respond(exchange, status: 204, "", allow: .all.subtracting([.connect, .trace, .other]))
        } else if (ownTable ?? worker.table).hasHost(exchange.head.authority(in: base)) {
            respond(exchange, status: 404, "no app is mounted at this path")
        } else {
            respond(exchange, status: 421, "no app serves this host")
        }
        exchange.settle()
        return true
    }

    @inline(never)
    private func answerUnmatched(_ exchange: Exchange, site: Site, _ match: RouteMatch) -> Bool {
        if exchange.head.targetForm == .asterisk {
            respond(exchange, status: 204, "", allow: .all.subtracting([.connect, .trace, .other]))
        } else {
            switch match.kind {
            case .options: respond(exchange, status: 204, "", allow: match.allowed)
            case .badPath: respond(exchange, status: 400, "the path cannot be decoded, or holds a dot segment")
            case .methodNotAllowed where exchange.head.method == .other:
                respond(exchange, status: 501, "the method is not known here")
            case .notFound where site.retryAfterSeconds != nil: answerUnavailable(exchange, site)
            case .methodNotAllowed, .notFound, .matched:
                let status: UInt16 = match.kind == .notFound ? 404 : 405
                if let unmatched = site.unmatched {
                    callUnmatched(exchange, unmatched, status, match.allowed, site.limits)
                    return true
                }
                let text = status == 404 ? "" : "allowed: \(match.allowed.allowFieldValue)"
                respond(exchange, status: status, text, allow: status == 405 ? match.allowed : nil)
            }
        }
        exchange.settle()
        return true
    }

    private func callUnmatched(
        _ exchange: Exchange, _ unmatched: UnmatchedHandler, _ status: UInt16, _ allowed: MethodSet,
        _ limits: SiteLimits
    ) {
        if exchange.head.hasBody {
            // As for a route that streams; a handler that does not read the body answers all the same.
            exchange.body.limitBytes = UInt64(limits.bodyBytes)
            bodyDeadline = .max
            separateBody()
        } else {
            exchange.request.pointee.flags |= UInt16(ZZZ_REQUEST_BODY_COMPLETE)
        }
        exchange.request.pointee.unmatched_status = status
        exchange.allow = status == 405 ? ImmutableBytes(Array(allowed.allowFieldValue.utf8)) : nil
        exchange.request.pointee.allow = exchange.allow.map { zzz_bytes($0.buffer) } ?? zzz_bytes()
        exchange.request.pointee.route_user = unmatched.user
        let app = exchange.site.flatMap { $0._withUnsafeGuaranteedRef { $0.app.pointer } }
        callHandler(exchange, unmatched.handler, unmatched.user, app, worker)
    }

    /// "/blog/x" below "/blog" is "/x", and "/blog" is "/".
    @inline(never)
    private static func path(
        _ path: UnsafeRawBufferPointer, below mount: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        if path.count > mount.count { return UnsafeRawBufferPointer(rebasing: path[mount.count...]) }
        return root.buffer
    }

    private static let root = ImmutableBytes([UInt8(ascii: "/")])
}

extension zzz_bytes {
    @inline(__always)
    init(_ buffer: UnsafeRawBufferPointer) {
        self.init(data: buffer.baseAddress?.assumingMemoryBound(to: CChar.self), count: buffer.count)
    }

    @inline(__always)
    var buffer: UnsafeRawBufferPointer {
        // An app may pass NULL or nonsense: no bytes then, never a trap in the host.
        UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : Int(max(count, 0)))
    }
}
