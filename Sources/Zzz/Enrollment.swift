/// What an app registers: its routes behind the endpoint pipeline, and the routes that its middleware asks for.
///
/// The host routes by path and method, and answers OPTIONS itself. So a pipeline that handles OPTIONS (``CORS``) gets a
/// route for it beside the others of its path, and with ``MethodOverride`` every path that takes PUT, PATCH or DELETE
/// takes POST too.
struct Enrollment {
    private(set) var routes: [Route] = []
    let unmatched: Route
    /// Indices of the routes that have the same path, by host and shape, in the order of the routes.
    private var groups: [Place: [Int]] = [:]
    /// How many routes are the app's own: the others are behind them.
    private var ownCount = 0
    /// The groups whose endpoints need to know each other.
    private var connected: [[Int]] = []
    /// What the endpoint pipeline sets.
    private var endpointSettings = RouteSettings()

    private struct Place: Hashable {
        var host: String
        var shape: String
    }

    init(app: any App, hasSecretKeys: Bool) throws {
        let endpoint = app.endpoint
        unmatched = Route(
            methods: .all, pattern: "(unmatched)", host: "", name: "", source: "", streamsBody: false,
            bodyLimitBytes: 0, requestTimeoutMilliseconds: 0, action: .sync { try $0.answerUnmatched(app) }
        ).through([endpoint])
        for route in app.routes() {
            if case .invalid(let reason) = route.action { throw StartupError("\(route.source): \(reason)") }
            try append(route, behind: endpoint, RouteSettings(hasSecretKeys: hasSecretKeys))
        }
        ownCount = routes.count
        endpointSettings.hasSecretKeys = hasSecretKeys
        for step in endpoint.steps { try step.member.prepare(&endpointSettings) }
        for group in groups.values.sorted(by: { $0[0] < $1[0] }) { complete(group, endpoint) }
    }

    private mutating func append(_ route: Route, behind endpoint: Pipeline, _ initial: RouteSettings) throws {
        var route = route.through([endpoint])
        var settings = initial
        var (overridesMethod, handlesOptions) = (false, false)
        for (index, step) in route.steps.enumerated() {
            settings.overridesMethod = false
            settings.handlesOptions = false
            do {
                try step.member.prepare(&settings)
            } catch {
                throw StartupError("\(route.source): \(type(of: step.member)): \(error)")
            }
            if index >= endpoint.steps.count, settings.handlesOptions { route.optionsSteps.append(step) }
            handlesOptions = handlesOptions || settings.handlesOptions
            if settings.overridesMethod, index >= endpoint.steps.count {
                throw StartupError(
                    "\(route.source): MethodOverride belongs in the endpoint pipeline: a route's own is too late")
            }
            overridesMethod = overridesMethod || settings.overridesMethod
        }
        if route.bodyLimitBytes == 0 {
            route.bodyLimitBytes = settings.bodyLimitBytes ?? 0
        } else {
            settings.multipartLimitBytes = nil
        }
        if route.requestTimeoutMilliseconds == 0 {
            route.requestTimeoutMilliseconds = settings.timeout?.wholeMilliseconds ?? 0
        }
        settings.overridesMethod = overridesMethod
        settings.handlesOptions = handlesOptions
        route.settings = settings
        groups[Place(host: route.host, shape: route.shape), default: []].append(routes.count)
        routes.append(route)
    }

    /// Adds the routes that the others of the same path need beside them.
    private mutating func complete(_ group: [Int], _ endpoint: Pipeline) {
        let members = group.map { routes[$0] }
        let methods = members.reduce(UInt32(0)) { $0 | $1.methods.bits }
        let handlesOptions = members.contains(where: \.settings.handlesOptions)
        let overridable = members.filter { !$0.streamsBody && $0.methods.bits & Self.overridable.bits != 0 }
        let overrides = !overridable.isEmpty && members.contains(where: \.settings.overridesMethod)
        guard handlesOptions || overrides else { return }
        var group = group
        if overrides {
            let isAsync = overridable.contains(where: \.isAsync)
            for index in group where routes[index].methods.contains(.post) { routes[index].joinsAsync = isAsync }
            if methods & MethodSet(.post).bits == 0 {
                var route = companion(of: members[0], .post, endpoint, Endpoint.refusePost)
                // 0 is the app's limit, which may be more than the others.
                let limits = overridable.map(\.bodyLimitBytes)
                route.bodyLimitBytes = limits.contains(0) ? 0 : limits.max() ?? 0
                route.requestTimeoutMilliseconds = overridable.map(\.requestTimeoutMilliseconds).max() ?? 0
                route.joinsAsync = isAsync
                group.append(routes.count)
                routes.append(route)
            }
        }
        if handlesOptions, methods & MethodSet.options.bits == 0 {
            group.append(routes.count)
            routes.append(companion(of: members[0], .options, endpoint, Endpoint.answerOptions))
        }
        connected.append(group)
    }

    private static let overridable = MethodSet([.put, .patch, .delete])

    private func companion(
        of route: Route, _ method: Method, _ endpoint: Pipeline, _ action: @escaping @Sendable (Context) throws -> Void
    ) -> Route {
        Route(
            methods: MethodSet(method), pattern: route.pattern, host: route.host, name: "", source: route.source,
            streamsBody: false, bodyLimitBytes: 0, requestTimeoutMilliseconds: 0, action: .sync(action),
            steps: endpoint.steps, settings: endpointSettings)
    }

    /// Tells the endpoints of a path about each other. `endpoints` are those of ``routes``, in the same order.
    func connect(_ endpoints: [Endpoint]) {
        for group in connected {
            var siblings = Endpoint.Siblings()
            for index in group.reversed() where index < ownCount {
                for method in routes[index].methods.methods { siblings.byMethod[method] = endpoints[index] }
            }
            siblings.options = group.first { !routes[$0].optionsSteps.isEmpty }.map { endpoints[$0] }
            for index in group { endpoints[index].siblings = siblings }
        }
    }
}
