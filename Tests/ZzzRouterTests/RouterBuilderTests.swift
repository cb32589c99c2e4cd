import Testing

@testable import ZzzRouter

@Suite struct RouterBuilderTests {
    @Test(arguments: [
        ("/users/:id", "/users/:name", true), ("/a", "/a", true), ("/*a", "/*b", true), ("/v:a.x", "/v:b.x", true),
        ("/a\\:b", "/a\\:b", true), ("/:a/b/:c", "/:x/b/:y", true), ("/users/:id", "/users/me", false),
        ("/v:a", "/v-:a", false), ("/:a.x", "/:a.y", false), ("/:a", "/:a/", false), ("/*a", "/:a", false),
        ("/", "/*a", false), ("/x:a", "/:a", false),
    ])
    func sameShapeConflicts(_ first: String, _ second: String, _ conflicts: Bool) throws {
        var builder = RouterBuilder()
        try builder.add(.get, RoutePattern(first), endpoint: 0, origin: "A.swift:1")
        let pattern = try RoutePattern(second)
        guard conflicts else {
            try builder.add(.get, pattern, endpoint: 1, origin: "B.swift:2")
            return #expect(builder.routeCount == 2)
        }
        let error = #expect(throws: RouteConflict.self) {
            try builder.add(.get, pattern, endpoint: 1, origin: "B.swift:2")
        }
        #expect(
            error?.description == "route \"\(second)\" (B.swift:2) conflicts with \"\(first)\" (A.swift:1): "
                + "both answer GET for the same paths")
        #expect(builder.routeCount == 1)
    }

    @Test func methodsDecide() throws {
        var builder = RouterBuilder()
        let pattern = try RoutePattern("/x/:y")
        try builder.add([.get, .post], pattern, endpoint: 0, origin: "a")
        try builder.add([.head, .put], pattern, endpoint: 1, origin: "b")
        let error = #expect(throws: RouteConflict.self) {
            try builder.add(.all, pattern, endpoint: 2, origin: "c")
        }
        let existing = RouteConflict.Route(pattern: "/x/:y", origin: "a")
        #expect(error?.reason == .sameShape(methods: [.get, .post], existing: existing))
        // Nothing of the refused route was added.
        #expect(builder.build().outcome(.delete, "/x/1") == .methodNotAllowed([.get, .head, .post, .put, .options]))
        let empty = #expect(throws: RouteConflict.self) { try builder.add([], pattern, endpoint: 3, origin: "d") }
        #expect(empty?.reason == .noMethods)
    }

    @Test func orderOfAddingDoesNotMatter() throws {
        let patterns = ["/ab/:x", "/abc", "/a", "/ab", "/abcd/e", "/:y", "/ab/*z", "/abd", "/ab:s", "/ab:s.t"]
        let paths = ["/a", "/ab", "/abc", "/abd", "/abx", "/abx.t", "/q", "/ab/1", "/ab/1/2", "/abcd/e", "/abcd/f"]
        var generator = SeededGenerator(seed: 7)
        func answers(_ order: [Int]) throws -> [Outcome] {
            var builder = RouterBuilder()
            for index in order {
                try builder.add(.get, RoutePattern(patterns[index]), endpoint: Int32(index), origin: "")
            }
            let router = builder.build()
            return paths.map { router.outcome(.get, $0) }
        }
        let expected = try answers(Array(patterns.indices))
        for _ in 0..<50 { #expect(try answers(patterns.indices.shuffled(using: &generator)) == expected) }
    }

    @Test func copiesAreIndependent() throws {
        var first = RouterBuilder()
        try first.add(.get, RoutePattern("/a"), endpoint: 0, origin: "")
        var second = first
        try second.add(.get, RoutePattern("/b"), endpoint: 1, origin: "")
        #expect(first.build().outcome(.get, "/b") == .notFound)
        #expect(second.build().outcome(.get, "/b") == .matched(1, []))
    }

    @Test func routeLimit() throws {
        var builder = RouterBuilder()
        let limit = RouterBuilder.maximumRouteCount
        for index in 0..<limit - 1 {
            let pattern = try RoutePattern("/\(index % 256)/\(index / 256)/:id")
            try builder.add(.get, pattern, endpoint: Int32(index), origin: "")
        }
        #expect(builder.routeCount == limit - 1)
        try builder.add(.get, RoutePattern("/last"), endpoint: Int32(limit - 1), origin: "")
        #expect(builder.routeCount == limit)
        let error = #expect(throws: RouteConflict.self) {
            try builder.add(.get, RoutePattern("/more"), endpoint: 0, origin: "x")
        }
        #expect(error?.reason == .tooManyRoutes)
        let router = builder.build()
        #expect(router.outcome(.get, "/last") == .matched(Int32(limit - 1), []))
        #expect(router.outcome(.get, "/7/3/x") == .matched(7 + 3 * 256, ["x"]))
    }
}
