import Testing

@testable import ZzzRouter

@Suite struct RouterMatchTests {
    @Test func emptyRouterFindsNothing() {
        let router = RouterBuilder().build()
        #expect(router.outcome(.get, "/") == .notFound)
        #expect(router.outcome(.get, "/a") == .notFound)
        #expect(router.outcome(.get, "") == .badPath)
        #expect(router.outcome(.get, "*") == .badPath)
    }

    @Test(arguments: [
        ("/", Outcome.matched(0, [])),
        ("/users", .matched(1, [])),
        ("/users/", .notFound),
        ("/users/me", .matched(2, [])),
        ("/users/42", .matched(3, ["42"])),
        ("/users/m", .matched(3, ["m"])),
        ("/users/mee", .matched(3, ["mee"])),
        ("/users/me/posts", .matched(4, ["me"])),
        ("/users/42/posts", .matched(4, ["42"])),
        ("/users//posts", .notFound),
        ("/users/42/posts/", .notFound),
        ("/users/42/post", .notFound),
        ("/files", .notFound),
        ("/files/", .matched(5, [""])),
        ("/files/a", .matched(5, ["a"])),
        ("/files/a/b/", .matched(5, ["a/b/"])),
        ("/files/a//b", .matched(5, ["a//b"])),
        ("/a-7.json", .matched(6, ["7"])),
        ("/a-.json", .notFound),
        ("/a-.json.json", .matched(6, [".json"])),
        ("/a-7.xml", .notFound),
        ("/a-7.json/x", .notFound),
        ("/a:b", .matched(7, [])),
        ("/dir/", .matched(8, [])),
        ("/dir", .notFound),
        ("/us", .notFound),
        ("/usersx", .notFound),
    ])
    func table(_ path: String, _ expected: Outcome) throws {
        let router = try Router(
            .get, "/", "/users", "/users/me", "/users/:id", "/users/:id/posts", "/files/*path", "/a-:id.json", "/a\\:b",
            "/dir/")
        #expect(router.outcome(.get, path) == expected)
    }

    @Test func precedenceIsLiteralThenParameterThenWildcard() throws {
        let router = try Router(.get, "/*rest", "/:a", "/x", "/x/:b", "/:a/y")
        #expect(router.outcome(.get, "/x") == .matched(2, []))
        #expect(router.outcome(.get, "/z") == .matched(1, ["z"]))
        #expect(router.outcome(.get, "/") == .matched(0, [""]))
        #expect(router.outcome(.get, "/x/y") == .matched(3, ["y"]))
        #expect(router.outcome(.get, "/z/y") == .matched(4, ["z"]))
        #expect(router.outcome(.get, "/z/q") == .matched(0, ["z/q"]))
    }

    @Test func longestPrefixThenLongestSuffixComesFirst() throws {
        let router = try Router(.get, "/:a", "/:b.json", "/v:c", "/v-:d", "/:e.tar.json", "/v-:f.json")
        #expect(router.outcome(.get, "/x") == .matched(0, ["x"]))
        #expect(router.outcome(.get, "/x.json") == .matched(1, ["x"]))
        #expect(router.outcome(.get, "/x.tar.json") == .matched(4, ["x"]))
        #expect(router.outcome(.get, "/v1.json") == .matched(2, ["1.json"]))
        #expect(router.outcome(.get, "/v-1") == .matched(3, ["1"]))
        #expect(router.outcome(.get, "/v-1.json") == .matched(5, ["1"]))
        #expect(router.outcome(.get, "/v-") == .matched(2, ["-"]))
        #expect(router.outcome(.get, "/v") == .matched(0, ["v"]))
        #expect(router.outcome(.get, "/.json") == .matched(0, [".json"]))
    }

    @Test func goesBackThroughSeveralLevels() throws {
        let router = try Router(.get, "/a/:x/c/d", "/a/:y/:z/e", "/:p/b/*rest", "/:q/b/c/:r")
        #expect(router.outcome(.get, "/a/b/c/d") == .matched(0, ["b"]))
        #expect(router.outcome(.get, "/a/b/c/e") == .matched(1, ["b", "c"]))
        #expect(router.outcome(.get, "/a/b/c/f") == .matched(3, ["a", "f"]))
        #expect(router.outcome(.get, "/a/b/c/f/g") == .matched(2, ["a", "c/f/g"]))
        #expect(router.outcome(.get, "/a/c/c/f") == .notFound)
    }

    @Test func manyChildrenUseTheTable() throws {
        for count in [7, 8, 9, 26, 90] {
            let letters = (0..<count).compactMap { UnicodeScalar(0x30 + $0) }.map(Character.init)
                .filter { !":*?#%\\./".contains($0) }
            let router = try Router(routes: letters.map { (.get, "/\($0)x") } + [(.get, "/:any")])
            for (index, letter) in letters.enumerated() {
                let path = letter == "%" ? "/%25x" : "/\(letter)x"
                #expect(router.outcome(.get, path) == .matched(Int32(index), []))
                #expect(router.outcome(.get, path + "x") == .matched(Int32(letters.count), ["\(letter)xx"]))
            }
            #expect(router.outcome(.get, "/ x") == .matched(Int32(letters.count), [" x"]))
        }
    }

    @Test func deepTreesNeedNoStack() throws {
        // Each pattern ends one node further down; a path that fails at the bottom goes back through all of them.
        let depth = 600
        let patterns = (1...depth).map { "/" + String(repeating: "a", count: $0) + ":x/end" }
        let router = try Router(routes: patterns.map { (.get, $0) })
        let segment = String(repeating: "a", count: depth + 1)
        #expect(router.outcome(.get, "/\(segment)/end") == .matched(Int32(depth - 1), ["a"]))
        #expect(router.outcome(.get, "/\(segment)/no") == .notFound)
    }

    @Test func aLongSegmentIsSearchedByWords() throws {
        let router = try Router(.get, "/:a/x/:b")
        for length in 1...40 {
            let value = String(repeating: "v", count: length)
            #expect(router.outcome(.get, "/\(value)/x/\(value)") == .matched(0, [value, value]))
        }
    }
}
