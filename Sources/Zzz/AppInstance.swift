import Synchronization
import ZzzAppABI

/// One generation of an app: made in `create`, alive until `stop`.
///
/// Everything is set while loading, on one thread, and only read afterwards, from all loops.
final class AppInstance: @unchecked Sendable {
    let host: Host
    let app: any App
    let contexts: ContextPool
    /// Nil when the app has no secret.
    let keys: SecretKeys?
    /// The cookie of a ``Session`` that was not given another: its name is the app's, so that apps on one host have
    /// sessions of their own.
    let sessionCookie: Cookie
    /// The time of day. Set by tests, before the first request.
    var clock = WallClock.system
    let compressors = CompressorPool()
    /// Keeps the endpoints alive: the host holds plain pointers to them.
    private(set) var endpoints: [Endpoint] = []
    private(set) var unmatched: Endpoint?
    /// What can be joined: the host holds plain pointers to it, too.
    var channelDefinitions: [ChannelDefinition] = []

    init(host: Host, make: (Configuration) throws -> any App) throws {
        self.host = host
        contexts = ContextPool()
        Host.process = host
        let configuration = Configuration(host: host)
        app = try make(configuration)
        keys = try SecretKeys(of: app, configuration)
        let name = String(configuration.appName.map { "\($0)".isToken ? $0 : "_" })
        sessionCookie = Cookie("_\(name.isEmpty ? "app" : name)_session", "")
    }

    /// Registers the routes. The host checks patterns and conflicts, and names both places of a conflict.
    func enroll() throws {
        let plan = try Enrollment(app: app, hasSecretKeys: keys != nil)
        for route in plan.routes {
            try checkNeeds(route)
            let endpoint = Endpoint(route, instance: self)
            endpoints.append(endpoint)
            try register(endpoint, route)
        }
        plan.connect(endpoints)
        try define(plan.routes.compactMap(\.channelSocket))
        try checkNeeds(plan.unmatched)
        let unmatched = Endpoint(plan.unmatched, instance: self)
        self.unmatched = unmatched
        let user = Unmanaged.passUnretained(unmatched).toOpaque()
        _ = try hostCall("on_unmatched") { host.http.pointee.on_unmatched(host.app, handleRequest, user, $0) }
    }

    private func checkNeeds(_ route: Route) throws {
        let reason: String
        if host.loop == nil, route.isAsync || route.streamsMultipart {
            reason = "it is async, and the daemon does not offer \(ZZZ_LOOP_EXTENSION)"
        } else if route.holdsSocket, !host.holdsSockets {
            reason = "a task serves its sockets, which needs a newer daemon: hold in \(ZZZ_WEBSOCKET_EXTENSION)"
        } else {
            return
        }
        throw StartupError("\(route.source.isEmpty ? route.pattern : route.source): \(reason)")
    }

    private func register(_ endpoint: Endpoint, _ route: Route) throws {
        var record = zzz_route()
        record.size = UInt32(MemoryLayout<zzz_route>.size)
        record.methods = route.methods.bits
        record.flags = route.streamsBody ? UInt32(ZZZ_ROUTE_STREAM_BODY) : 0
        if route.streamsMultipart { record.flags |= UInt32(ZZZ_ROUTE_STREAM_MULTIPART) }
        record.handler = handleRequest
        record.user = Unmanaged.passUnretained(endpoint).toOpaque()
        record.body_limit_bytes = route.bodyLimitBytes
        record.multipart_limit_bytes = route.settings.multipartLimitBytes ?? 0
        record.request_timeout_ms = route.requestTimeoutMilliseconds
        try route.pattern.withBytes { pattern in
            try route.host.withBytes { name in
                try route.source.withBytes { source in
                    try route.name.withBytes { label in
                        record.pattern = pattern
                        record.host = name
                        record.source = source
                        record.name = label
                        _ = try hostCall("route") { host.http.pointee.route(host.app, &record, $0) }
                    }
                }
            }
        }
    }

    func start() throws { try app.start() }

    func stop() {
        app.stop()
        contexts.close()
        compressors.close()
    }
}

/// What the host calls for each request: the C function of every route.
private func handleRequest(
    _ user: UnsafeMutableRawPointer?, _ request: OpaquePointer?, _ head: UnsafePointer<zzz_http_request>?
) {
    guard let user, let request, let head else { return }
    // The instance keeps its endpoints until the process ends: no reference needs to be counted for the call.
    Unmanaged<Endpoint>.fromOpaque(user)._withUnsafeGuaranteedRef { $0.handle(request, head) }
}
