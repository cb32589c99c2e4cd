import Synchronization
import ZzzAppABI
import ZzzHTTP
import ZzzRouter

/// The limits that hold once a request has found its site.
public struct SiteLimits: Sendable, Equatable {
    /// The largest request body, in bytes (413 above it).
    public var bodyBytes = 8 << 20
    /// The longest pause within a request body, in milliseconds (408 after it).
    public var bodyIdleMilliseconds: UInt64 = 30_000
    /// How long a peer may take no bytes of a response, in milliseconds; then the connection is closed.
    public var writeStallMilliseconds: UInt64 = 30_000
    /// Response bytes waiting for a peer above which a streaming handler is told to wait.
    public var responseBufferedBytes = 1 << 20
    /// How long a handler may take to begin its response, in milliseconds (503 after it).
    public var requestTimeoutMilliseconds: UInt64 = 60_000

    public init() {}
}

/// One generation of an app as the server sees it: where it is mounted, its routes, its limits. Immutable.
public final class Site: @unchecked Sendable {
    // @unchecked: `endpoints` is filled by init and never changed; it goes with the object.
    /// Two routes of one site that cannot be told apart.
    public typealias Conflict = RouteConflict

    public let name: String
    /// Counts up with every load of the app.
    public let generation: UInt64
    /// "" or "/blog".
    public let mount: String
    /// Empty: every host.
    public let hosts: [HostPattern]
    public let routes: [Route]
    public let limits: SiteLimits
    /// Kept alive as long as the site: the generation whose code the routes call.
    public let owner: (any AnyObject & Sendable)?
    /// What the app calls itself by: what a fault in it is reported with.
    let app: AppHandle
    /// The app answers nothing for now: every request gets 503 and this in Retry-After, in seconds.
    public let retryAfterSeconds: Int?

    /// Kinds of channel: the first whose pattern matches serves a topic.
    public let channels: [ChannelDefinition]
    /// The first whose pattern matches gets the differences of a topic.
    public let presenceHooks: [PresenceHook]
    /// Whether any of them intercepts events.
    let interceptsAny: Bool
    let unmatched: UnmatchedHandler?
    let mountBytes: ImmutableBytes
    /// For each host of a route, most specific first, and last the routes without one.
    private let routersByHost: [(host: HostPattern, router: Router)]
    let router: Router
    let hasHostRoutes: Bool
    /// The routes again, in memory that is read without reference counting on the request path.
    let endpoints: UnsafeMutablePointer<Endpoint>
    /// Requests by loop: begun, ended, failed.
    public let activity: SiteActivity
    /// Responses by route.
    public let routeActivity: RouteActivity

    /// - Throws: `RouteConflict`, which names both places, when two routes have the same shape and method.
    public init(
        name: String, generation: UInt64, mount: String, hosts: [HostPattern], routes: [Route],
        channels: [ChannelDefinition] = [], presenceHooks: [PresenceHook] = [],
        unmatched: UnmatchedHandler? = nil, limits: SiteLimits = SiteLimits(),
        owner: (any AnyObject & Sendable)? = nil, app: OpaquePointer? = nil, retryAfterSeconds: Int? = nil
    ) throws(RouteConflict) {
        self.name = name
        self.generation = generation
        self.mount = mount == "/" ? "" : mount
        self.hosts = hosts
        self.routes = routes
        self.channels = channels
        self.presenceHooks = presenceHooks
        interceptsAny = channels.contains { !$0.intercepts.isEmpty }
        self.unmatched = unmatched
        self.limits = limits
        self.owner = owner
        self.app = AppHandle(pointer: app)
        self.retryAfterSeconds = retryAfterSeconds
        mountBytes = ImmutableBytes(self.mount.utf8)
        (routersByHost, router) = try Self.routers(for: routes)
        hasHostRoutes = !routersByHost.isEmpty
        endpoints = .allocate(capacity: max(routes.count, 1))
        for (index, route) in routes.enumerated() {
            (endpoints + index).initialize(to: Endpoint(route, limits: limits, app: app))
        }
        activity = SiteActivity()
        routeActivity = RouteActivity(routeCount: routes.count)
    }

    deinit {
        endpoints.deinitialize(count: routes.count)
        endpoints.deallocate()
    }

    /// Expects of each route what an earlier generation's route with the same pattern did.
    public func inheritForecasts(from earlier: Site) {
        for (index, route) in routes.enumerated() {
            guard index < earlier.routes.count, earlier.routes[index].pattern == route.pattern else { continue }
            endpoints[index].forecast.inherit(earlier.endpoints[index].forecast)
        }
    }

    /// The route for a request, from the routes of the most specific host that matches, else from those without a host.
    @inline(__always)
    func match(
        _ head: RequestHead, base: UnsafeRawPointer, path: UnsafeRawBufferPointer, exchange: Exchange
    ) -> RouteMatch {
        let method = MethodSet(rawValue: 1 << UInt16(head.method.rawValue))
        let scratch = exchange.scratch(byteCount: path.count)
        if hasHostRoutes {
            let authority = head.authority(in: base)
            for entry in routersByHost where entry.host.matches(authority) {
                let match = entry.router.match(
                    method: method, path: path, scratch: scratch, params: exchange.parameters)
                if match.kind != .notFound { return match }
            }
        }
        return router.match(method: method, path: path, scratch: scratch, params: exchange.parameters)
    }

    /// One router for each host that routes name, and one for all other hosts.
    private static func routers(
        for routes: [Route]
    ) throws(RouteConflict) -> ([(host: HostPattern, router: Router)], Router) {
        var general = RouterBuilder()
        var special: [(host: HostPattern, builder: RouterBuilder)] = []
        for (index, route) in routes.enumerated() {
            guard let host = route.host else {
                try general.add(route.methods, route.pattern, endpoint: Int32(index), origin: route.source)
                continue
            }
            let place = special.firstIndex { $0.host == host } ?? special.count
            if place == special.count { special.append((host, RouterBuilder())) }
            try special[place].builder.add(
                route.methods, route.pattern, endpoint: Int32(index), origin: route.source)
        }
        special.sort { left, right in left.host.precedes(right.host) }
        return (special.map { ($0.host, $0.builder.build()) }, general.build())
    }
}

/// What the request path reads of a route. Constant, but for the forecast.
struct Endpoint: ~Copyable {
    let handler: zzz_handler
    let user: UnsafeMutableRawPointer?
    /// See `Site.app`.
    let app: OpaquePointer?
    let bodyLimitBytes: Int
    let multipartLimitBytes: Int
    let streamsBody: Bool
    let streamsMultipart: Bool
    let requestTimeoutMilliseconds: UInt64
    let forecast = BlockingForecast()

    init(_ route: Route, limits: SiteLimits, app: OpaquePointer?) {
        handler = route.handler
        user = route.user
        self.app = app
        requestTimeoutMilliseconds = route.requestTimeoutMilliseconds ?? limits.requestTimeoutMilliseconds
        bodyLimitBytes = route.bodyLimitBytes ?? limits.bodyBytes
        multipartLimitBytes = route.multipartLimitBytes ?? bodyLimitBytes
        streamsBody = route.streamsBody
        streamsMultipart = route.streamsMultipart
    }
}

/// An app's handle: a number that is only handed back.
struct AppHandle: @unchecked Sendable {
    // @unchecked: it is never dereferenced.
    let pointer: OpaquePointer?
}

/// Bytes that never change, at an address that never changes while the object lives.
final class ImmutableBytes: @unchecked Sendable {
    // @unchecked: the memory is filled by init and never changed; it goes with the object.
    let buffer: UnsafeRawBufferPointer

    init(_ bytes: some Collection<UInt8>) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 8)
        memory.copyBytes(from: bytes)
        buffer = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[0..<bytes.count])
    }

    deinit {
        buffer.baseAddress?.deallocate()
    }
}
