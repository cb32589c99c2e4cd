import Testing

@testable import ZzzRouter

@Suite struct RouterMethodTests {
    @Test func headGoesWhereGetGoes() throws {
        let router = try Router(routes: [(.get, "/a"), (.head, "/b"), (.get, "/b"), (.post, "/c"), (.head, "/:any")])
        #expect(router.outcome(.head, "/a") == .matched(0, []))
        #expect(router.outcome(.head, "/b") == .matched(1, []))
        #expect(router.outcome(.get, "/b") == .matched(2, []))
        #expect(router.outcome(.head, "/c") == .matched(4, ["c"]))
    }

    @Test func methodNotAllowedListsEveryRouteOfThePath() throws {
        let router = try Router(routes: [
            (.get, "/users/me"), (.post, "/users/:id"), ([.put, .patch], "/users/*rest"), (.delete, "/other"),
        ])
        let allowed: MethodSet = [.get, .head, .post, .put, .patch, .options]
        #expect(router.outcome(.delete, "/users/me") == .methodNotAllowed(allowed))
        #expect(router.outcome(.get, "/users/7") == .methodNotAllowed([.post, .put, .patch, .options]))
        #expect(router.outcome(.head, "/users/7") == .methodNotAllowed([.post, .put, .patch, .options]))
        #expect(router.outcome(.get, "/other") == .methodNotAllowed([.delete, .options]))
        #expect(router.outcome(.delete, "/nothing") == .notFound)
    }

    @Test func anotherMethodFallsToALowerBranch() throws {
        let router = try Router(routes: [(.get, "/users/me"), (.post, "/users/:id"), (.put, "/users/*rest")])
        #expect(router.outcome(.get, "/users/me") == .matched(0, []))
        #expect(router.outcome(.post, "/users/me") == .matched(1, ["me"]))
        #expect(router.outcome(.put, "/users/me") == .matched(2, ["me"]))
    }

    @Test func optionsIsAnsweredUnlessThereIsARoute() throws {
        let router = try Router(routes: [(.get, "/a"), (.options, "/b"), (.post, "/b"), (.options, "/*rest")])
        #expect(router.outcome(.options, "/b") == .matched(1, []))
        #expect(router.outcome(.options, "/a") == .matched(3, ["a"]))
        let plain = try Router(routes: [(.get, "/a"), (.post, "/a")])
        #expect(plain.outcome(.options, "/a") == .options([.get, .head, .post, .options]))
        #expect(plain.outcome(.options, "/b") == .notFound)
    }

    @Test func everyMethodHasItsOwnEndpoint() throws {
        let single: [MethodSet] = [.get, .head, .post, .put, .patch, .delete, .options, .connect, .trace, .other]
        let router = try Router(routes: single.map { ($0, "/x") } + [(.all, "/all")])
        for (index, method) in single.enumerated() {
            #expect(router.outcome(method, "/x") == .matched(Int32(index), []))
            #expect(router.outcome(method, "/all") == .matched(Int32(single.count), []))
        }
    }

    @Test func names() {
        #expect(MethodSet(name: "PATCH") == .patch)
        #expect(MethodSet(name: "TRACE") == .trace)
        #expect(MethodSet(name: "get") == .other)
        #expect(MethodSet(name: "PROPFIND") == .other)
        #expect(MethodSet([.head, .get, .options, .other]).allowFieldValue == "GET, HEAD, OPTIONS")
        #expect(MethodSet().allowFieldValue.isEmpty)
        #expect(MethodSet.all.description == "any method")
        #expect(MethodSet([.post, .other]).description == "POST, other methods")
    }
}
