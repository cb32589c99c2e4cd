/// The routes of a collection, as Phoenix makes them:
///
/// | action | method | pattern |
/// |---|---|---|
/// | index | GET | /posts |
/// | new | GET | /posts/new |
/// | create | POST | /posts |
/// | show | GET | /posts/:id |
/// | edit | GET | /posts/:id/edit |
/// | update | PATCH, PUT | /posts/:id |
/// | delete | DELETE | /posts/:id |
///
/// Only actions that the controller has become routes; `only` and `except` choose among them. Resources inside the
/// braces are below one member: `/posts/:post_id/comments`. `name` is the word in `:post_id` and in the routes'
/// names; without it, it comes from the controller's type: PostController gives "post". `param` is the word in `:id`.
/// The pipelines in `through` run for all of them, those inside included.
public func resources<Controller: ResourceController>(
    _ path: String, _ controller: Controller, only: Set<ResourceAction>? = nil, except: Set<ResourceAction> = [],
    name: String? = nil, param: String = "id", through pipelines: [Pipeline] = [], file: StaticString = #fileID,
    line: UInt = #line, @RoutesBuilder _ nested: () -> [Route] = { [] }
) -> [Route] {
    let name = name ?? resourceName(of: Controller.self)
    let own = resourceRoutes(
        path, controller, ResourceAction.allCases, only: only, except: except, name: name, member: "/:\(param)",
        source: "\(file):\(line)")
    return (own + nested().map { $0.below("\(path)/:\(name)_\(param)") }).map { $0.through(pipelines) }
}

/// The routes of something of which there is one: `/profile` without an index and without `:id`.
public func resource<Controller: ResourceController>(
    _ path: String, _ controller: Controller, only: Set<ResourceAction>? = nil, except: Set<ResourceAction> = [],
    name: String? = nil, through pipelines: [Pipeline] = [], file: StaticString = #fileID, line: UInt = #line,
    @RoutesBuilder _ nested: () -> [Route] = { [] }
) -> [Route] {
    let own = resourceRoutes(
        path, controller, ResourceAction.allCases.filter { $0 != .index }, only: only, except: except,
        name: name ?? resourceName(of: Controller.self), member: "", source: "\(file):\(line)")
    return (own + nested().map { $0.below(path) }).map { $0.through(pipelines) }
}

private func resourceRoutes(
    _ path: String, _ controller: some ResourceController, _ possible: [ResourceAction], only: Set<ResourceAction>?,
    except: Set<ResourceAction>, name: String, member: String, source: String
) -> [Route] {
    var routes: [Route] = []
    for action in ResourceAction.allCases {
        let isAskedFor = only?.contains(action) ?? possible.contains(action)
        guard isAskedFor, !except.contains(action) else { continue }
        var routeAction = possible.contains(action) ? controller.action(action) : nil
        if routeAction == nil, only != nil {
            routeAction = .invalid("only: asks for .\(action.rawValue), which \(type(of: controller)) cannot do here")
        }
        guard let routeAction else { continue }
        let route = Route(
            methods: action.methods, pattern: action.suffix(member: member), host: "",
            name: "\(name).\(action.rawValue)",
            source: source, streamsBody: false, bodyLimitBytes: 0, requestTimeoutMilliseconds: 0,
            action: routeAction)
        routes.append(route.below(path))
    }
    return routes
}

/// "BlogPostController" gives "blog_post".
func resourceName(of type: Any.Type) -> String {
    var words = Substring(String(describing: type))
    if words.hasSuffix("Controller"), words != "Controller" { words = words.dropLast("Controller".count) }
    var name = ""
    var previousWasLowercase = false
    for character in words where character.isLetter || character.isNumber || character == "_" {
        if character.isUppercase, previousWasLowercase { name.append("_") }
        previousWasLowercase = !character.isUppercase
        name += character.lowercased()
    }
    return name
}
