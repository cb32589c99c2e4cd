import Testing

@testable import ZzzRouter

/// The rules of matching in the plainest words there are: every route tried in the order of precedence.
struct ReferenceRouter {
    struct Route {
        let methods: MethodSet
        let segments: [RoutePattern.Segment]
        let endpoint: Int32
    }

    let routes: [Route]

    init(_ routes: [(MethodSet, RoutePattern)]) {
        let unordered = routes.enumerated().map {
            Route(methods: $0.element.0, segments: $0.element.1.segments, endpoint: Int32($0.offset))
        }
        self.routes = unordered.sorted { left, right in
            left.segments.flatMap(Self.rank).lexicographicallyPrecedes(right.segments.flatMap(Self.rank))
        }
    }

    /// Less comes first.
    private static func rank(_ segment: RoutePattern.Segment) -> [Int] {
        switch segment {
        case .literal: [0, 0, 0]
        case .parameter(let prefix, let suffix): [1, -prefix.count, -suffix.count]
        case .wildcard: [2, 0, 0]
        }
    }

    func outcome(_ method: MethodSet, _ path: [[UInt8]]) -> Outcome {
        var allowed: MethodSet = []
        for route in routes {
            guard let values = Self.values(route.segments, path) else { continue }
            let methods = route.methods.withHeadFromGet
            guard methods.contains(method) else {
                allowed.formUnion(methods)
                continue
            }
            let explicitHead = routes.first {
                method == .head && $0.methods.contains(.head) && Self.shape($0) == Self.shape(route)
            }
            return .matched((explicitHead ?? route).endpoint, values)
        }
        if allowed.isEmpty { return .notFound }
        return method == .options ? .options(allowed.union(.options)) : .methodNotAllowed(allowed.union(.options))
    }

    private static func shape(_ route: Route) -> String {
        "\(route.segments)"
    }

    private static func values(_ segments: [RoutePattern.Segment], _ path: [[UInt8]]) -> [String]? {
        var values: [String] = []
        for (index, segment) in segments.enumerated() {
            guard index < path.count else { return nil }
            switch segment {
            case .literal(let text):
                guard text == path[index] else { return nil }
            case .parameter(let prefix, let suffix):
                let value = path[index].dropFirst(prefix.count).dropLast(suffix.count)
                guard path[index].starts(with: prefix), path[index].reversed().starts(with: suffix.reversed()),
                    path[index].count > prefix.count + suffix.count
                else { return nil }
                values.append(String(decoding: value, as: UTF8.self))
            case .wildcard:
                let rest = Array(path[index...].joined(separator: [UInt8(ascii: "/")]))
                values.append(String(decoding: rest, as: UTF8.self))
                return values
            }
        }
        return path.count == segments.count ? values : nil
    }
}

@Suite struct RouterReferenceTests {
    private static let methods: [MethodSet] = [.get, .head, .post, .options, [.get, .put], [.head, .post]]

    /// Few letters, so that patterns and paths meet often.
    private static func text(_ generator: inout SeededGenerator, _ lengths: ClosedRange<Int>) -> String {
        let length = Int.random(in: lengths, using: &generator)
        return String((0..<length).map { _ in "aab-".randomElement(using: &generator) ?? "a" })
    }

    private static func pattern(_ generator: inout SeededGenerator) -> String {
        var pattern = ""
        let count = Int.random(in: 1...4, using: &generator)
        for index in 0..<count {
            let isLast = index == count - 1
            pattern += "/"
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4: pattern += text(&generator, 1...3)
            case 4..<6: pattern += ":p\(index)"
            case 6..<8: pattern += text(&generator, 0...2) + ":p\(index)" + "-" + text(&generator, 0...2)
            case 8: pattern += isLast ? "*rest" : text(&generator, 1...1) + ":p\(index)"
            default: pattern += isLast ? "" : "a"
            }
        }
        return pattern
    }

    private static func path(_ generator: inout SeededGenerator) -> [String] {
        (0..<Int.random(in: 1...5, using: &generator)).map { index in
            text(&generator, (index == 0 ? 0 : 1)...4)
        } + (Int.random(in: 0..<6, using: &generator) == 0 ? [""] : [])
    }

    @Test(arguments: 0..<40)
    func agreesWithTheReference(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<15 {
            var builder = RouterBuilder()
            var routes: [(MethodSet, RoutePattern)] = []
            for _ in 0..<Int.random(in: 1...25, using: &generator) {
                let methods = Self.methods.randomElement(using: &generator) ?? .get
                let pattern = try RoutePattern(Self.pattern(&generator))
                do throws(RouteConflict) {
                    try builder.add(methods, pattern, endpoint: Int32(routes.count), origin: "")
                    routes.append((methods, pattern))
                } catch {
                    #expect(routes.contains { $0.1.segments == pattern.segments && !$0.0.isDisjoint(with: methods) })
                }
            }
            let router = builder.build()
            let reference = ReferenceRouter(routes)
            for _ in 0..<60 { compare(router, reference, routes, &generator) }
        }
    }

    private func compare(
        _ router: Router, _ reference: ReferenceRouter, _ routes: [(MethodSet, RoutePattern)],
        _ generator: inout SeededGenerator
    ) {
        let segments = Self.path(&generator)
        let method = [MethodSet.get, .head, .post, .put, .options].randomElement(using: &generator) ?? .get
        // Every other path has one of its letters encoded, which must not matter.
        var path = segments.map { "/" + $0 }.joined()
        if Bool.random(using: &generator), let index = path.firstIndex(of: "a") {
            path.replaceSubrange(index...index, with: "%61")
        }
        let expected = reference.outcome(method, segments.map { Array($0.utf8) })
        guard !isRefused(expected, routes) else { return #expect(router.outcome(method, path) == .badPath) }
        #expect(router.outcome(method, path) == expected, "\(path) in \(routes.map(\.1.text))")
    }

    /// Without dots, only a wildcard's value that begins with a slash is refused.
    private func isRefused(_ outcome: Outcome, _ routes: [(MethodSet, RoutePattern)]) -> Bool {
        guard case .matched(let endpoint, let values) = outcome else { return false }
        return routes[Int(endpoint)].1.segments.last == .wildcard && values.last?.first == "/"
    }
}
