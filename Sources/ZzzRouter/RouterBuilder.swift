/// Collects routes into a radix tree that can still grow; `build` lays it out flat for matching.
///
/// A value: two builders that began as one do not see each other's routes.
public struct RouterBuilder: Sendable {
    /// The most routes of one router. It keeps every offset of the flat tree within 32 bits.
    public static let maximumRouteCount = 65_536

    /// One route of a leaf, by method.
    struct Endpoint: Sendable {
        var methods: MethodSet
        var index: Int32
        var route: RouteConflict.Route
    }

    /// What the way from the parent to a node takes from the path.
    enum Kind: Equatable, Sendable {
        /// The label itself.
        case literal
        /// At least one byte, up to the end of the segment, which ends with the label.
        case parameter
        /// The rest of the path.
        case wildcard
    }

    struct Node: Sendable {
        var kind: Kind
        var label: [UInt8]
        /// Literal children; no two labels begin with the same byte.
        var literals: [Int] = []
        /// What is tried when no literal child leads to a match: parameters, longest suffix first, then the wildcard.
        var fallbacks: [Int] = []
        var endpoints: [Endpoint] = []
    }

    /// The root is at 0: an empty literal.
    private(set) var nodes = [Node(kind: .literal, label: [])]
    private(set) var maximumParameterCount = 0
    public private(set) var routeCount = 0

    public init() {}

    /// Adds a route that answers `methods`.
    ///
    /// - Parameters:
    ///   - endpoint: the caller's own index, given back by `Router.match`.
    ///   - origin: where the route comes from ("Sources/App/Routes.swift:12"), for the description of a conflict.
    /// - Throws: `RouteConflict`, and then nothing was added, for a route of the same shape with one of the methods.
    ///   HEAD beside GET is no conflict: an explicit HEAD route takes precedence over GET's.
    public mutating func add(
        _ methods: MethodSet, _ pattern: RoutePattern, endpoint: Int32, origin: String
    ) throws(RouteConflict) {
        let route = RouteConflict.Route(pattern: pattern.text, origin: origin)
        let methods = methods.intersection(.all)
        guard !methods.isEmpty else { throw RouteConflict(reason: .noMethods, route: route) }
        guard routeCount < Self.maximumRouteCount else { throw RouteConflict(reason: .tooManyRoutes, route: route) }
        let leaf = insert(pattern)
        for existing in nodes[leaf].endpoints {
            let shared = existing.methods.intersection(methods)
            guard shared.isEmpty else {
                throw RouteConflict(reason: .sameShape(methods: shared, existing: existing.route), route: route)
            }
        }
        nodes[leaf].endpoints.append(Endpoint(methods: methods, index: endpoint, route: route))
        maximumParameterCount = max(maximumParameterCount, pattern.parameterNames.count)
        routeCount += 1
    }

    /// The router of every route added so far.
    public func build() -> Router {
        Router(nodes: nodes, maximumParameterCount: maximumParameterCount)
    }

    /// The node where `pattern` ends, made if need be. Literal text is joined across segments.
    private mutating func insert(_ pattern: RoutePattern) -> Int {
        var node = 0
        var literal: [UInt8] = []
        for segment in pattern.segments {
            literal.append(UInt8(ascii: "/"))
            switch segment {
            case .literal(let text):
                literal += text
            case .parameter(let prefix, let suffix):
                node = insertLiteral((literal + prefix)[...], below: node)
                node = insertFallback(.parameter, label: suffix, below: node)
                literal = []
            case .wildcard:
                node = insertLiteral(literal[...], below: node)
                node = insertFallback(.wildcard, label: [], below: node)
                literal = []
            }
        }
        return insertLiteral(literal[...], below: node)
    }

    private mutating func insertLiteral(_ text: ArraySlice<UInt8>, below ancestor: Int) -> Int {
        var node = ancestor
        var rest = text
        while let first = rest.first {
            guard let child = nodes[node].literals.first(where: { nodes[$0].label[0] == first }) else {
                return append(Node(kind: .literal, label: Array(rest)), to: \.literals, of: node)
            }
            let common = zip(nodes[child].label, rest).prefix { $0 == $1 }.count
            if common < nodes[child].label.count { split(child, at: common) }
            rest = rest.dropFirst(common)
            node = child
        }
        return node
    }

    /// Cuts the label of a literal node in two; what hung below it hangs below the new second half.
    private mutating func split(_ node: Int, at offset: Int) {
        var lower = nodes[node]
        lower.label = Array(lower.label[offset...])
        nodes[node] = Node(kind: .literal, label: Array(nodes[node].label[..<offset]), literals: [nodes.count])
        nodes.append(lower)
    }

    private mutating func insertFallback(_ kind: Kind, label: [UInt8], below parent: Int) -> Int {
        if let existing = nodes[parent].fallbacks.first(where: { nodes[$0].kind == kind && nodes[$0].label == label }) {
            return existing
        }
        let node = append(Node(kind: kind, label: label), to: \.fallbacks, of: parent)
        nodes[parent].fallbacks = nodes[parent].fallbacks.sorted { left, right in
            guard nodes[left].kind == nodes[right].kind else { return nodes[left].kind == .parameter }
            return nodes[left].label.count > nodes[right].label.count
        }
        return node
    }

    private mutating func append(_ node: Node, to list: WritableKeyPath<Node, [Int]>, of parent: Int) -> Int {
        nodes.append(node)
        nodes[parent][keyPath: list].append(nodes.count - 1)
        return nodes.count - 1
    }
}
