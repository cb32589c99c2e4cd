import Testing

@testable import Zzz

@Suite struct ResourceTests {
    private func table(@RoutesBuilder _ routes: @escaping @Sendable () -> [Route]) throws -> [String] {
        let host = FakeHost()
        try host.load(routes)
        return routes().map { "\($0.name) \($0.methodNames.joined(separator: ",")) \($0.pattern)" }
    }

    @Test func aCollectionHasPhoenixsTable() throws {
        #expect(
            try table { resources("/posts", PostController()) } == [
                "post.index GET /posts", "post.new GET /posts/new", "post.create POST /posts",
                "post.show GET /posts/:id",
                "post.edit GET /posts/:id/edit", "post.update PUT,PATCH /posts/:id", "post.delete DELETE /posts/:id",
            ])
    }

    @Test func aSingletonHasNoIndexAndNoID() throws {
        #expect(
            try table { resource("/profile", PostController(), name: "profile") } == [
                "profile.new GET /profile/new", "profile.create POST /profile", "profile.show GET /profile",
                "profile.edit GET /profile/edit", "profile.update PUT,PATCH /profile", "profile.delete DELETE /profile",
            ])
    }

    @Test func onlyAndExceptChoose() throws {
        #expect(
            try table { resources("/posts", PostController(), only: [.index, .show]) } == [
                "post.index GET /posts", "post.show GET /posts/:id",
            ])
        #expect(
            try table { resources("/posts", PostController(), except: [.new, .edit, .update, .delete]) } == [
                "post.index GET /posts", "post.create POST /posts", "post.show GET /posts/:id",
            ])
    }

    @Test func nestedResourcesAreBelowOneMember() throws {
        #expect(
            try table {
                scope("/api") {
                    resources("/posts", PostController(), only: [.show]) {
                        resources("/comments", CommentController()) {
                            get("/likes") { _ in "" }
                        }
                    }
                }
            } == [
                "post.show GET /api/posts/:id", "comment.index GET /api/posts/:post_id/comments",
                "comment.show GET /api/posts/:post_id/comments/:id",
                " GET /api/posts/:post_id/comments/:comment_id/likes",
            ])
    }

    @Test func namesAndParamsCanBeChosen() throws {
        #expect(
            try table {
                resources("/posts", PostController(), only: [.show], name: "article", param: "slug") {
                    get("/raw") { _ in "" }
                }
            } == ["article.show GET /posts/:slug", " GET /posts/:article_slug/raw"])
    }

    @Test func resourcesAtTheRoot() throws {
        #expect(
            try table { resources("/", PostController(), only: [.index, .show]) } == [
                "post.index GET /", "post.show GET /:id",
            ])
    }

    @Test func onlyWrittenActionsBecomeRoutes() throws {
        #expect(
            try table { resources("/comments", CommentController()) } == [
                "comment.index GET /comments", "comment.show GET /comments/:id",
            ])
    }

    @Test func askingForAnActionThatIsNotWrittenFailsWhileLoading() {
        let error = #expect(throws: StartupError.self) {
            try FakeHost().load { resources("/comments", CommentController(), only: [.delete]) }
        }
        #expect(error?.description.contains("only: asks for .delete, which CommentController cannot do here") == true)
        #expect(error?.description.contains("ResourceTests.swift:") == true)
    }

    @Test func anActionThatReturnsSomethingElseFailsWhileLoading() {
        let error = #expect(throws: StartupError.self) { try FakeHost().load { resources("/x", OddController()) } }
        #expect(error?.description.contains("OddController returns Int, which is not an Answer") == true)
    }

    @Test func actionsAreCalledAsTheyAreWritten() throws {
        let host = FakeHost()
        try host.load { resources("/comments", CommentController()) }
        #expect(host.get("/comments").text == "all comments")
        #expect(host.get("/comments/7").text == "comment 7")
        let actions = resources("/comments", CommentController()).map { route in
            if case .sync = route.action { "sync" } else { "async" }
        }
        #expect(actions == ["sync", "async"])
    }

    @Test(arguments: [
        ("PostController", "post"), ("BlogPostController", "blog_post"), ("Posts", "posts"),
        ("Controller", "controller"),
        ("APIController", "api"),
    ])
    func theNameComesFromTheType(_ type: String, _ name: String) {
        let types: [String: Any.Type] = [
            "PostController": PostController.self, "BlogPostController": BlogPostController.self, "Posts": Posts.self,
            "Controller": Controller.self, "APIController": APIController.self,
        ]
        #expect(types[type].map(resourceName) == name)
    }

    private enum BlogPostController {}
    private enum Posts {}
    private enum Controller {}
    private enum APIController {}
}

private struct PostController: ResourceController {
    func index(_ context: Context) throws -> String { "" }
    func new(_ context: Context) -> Answered { context.text("") }
    func create(_ context: Context) throws { context.text("") }
    func show(_ context: Context) async throws -> Response { .text("") }
    func edit(_ context: Context) async { context.text("") }
    func update(_ context: Context) -> some Answer { "" }
    func delete(_ context: Context) throws -> Response { .noContent() }
}

private struct CommentController: ResourceController {
    func index(_ context: Context) { context.text("all comments") }
    func show(_ context: Context) async throws -> String { "comment \(try context.params.require("id"))" }
}

private struct OddController: ResourceController {
    func index(_ context: Context) throws -> Int { 1 }
}
