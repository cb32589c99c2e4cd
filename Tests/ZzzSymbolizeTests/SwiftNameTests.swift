import Testing

@testable import zzz_symbolize

@Suite struct SwiftNameTests {
    @Test(arguments: [
        ("blog.show(Zzz.Context) throws -> Swift.String", "show(_:)"),
        ("blog.Posts.show(_: Zzz.Context, limit: Swift.Int) async throws -> ()", "Posts.show(_:limit:)"),
        ("blog.(show in _C0FFEE)(Swift.Array<Swift.Int>) -> Swift.Int", "show(_:)"),
        ("blog.Posts.(list in _C0FFEE)() -> ()", "Posts.list()"),
        ("static blog.Posts.all() -> Swift.Array<blog.Post>", "static Posts.all()"),
        ("closure #1 @Sendable (Zzz.Context) throws -> Swift.String in blog.Blog.routes() -> Swift.Array<Zzz.Route>",
            "closure #1 in Blog.routes()"),
        ("closure #2 (Swift.Int) -> () in closure #1 () -> () in blog.f() -> ()", "closure #2 in closure #1 in f()"),
        ("inner #1 (Swift.Int) -> Swift.Int in blog.outer() -> ()", "inner #1 in outer()"),
        ("(1) suspend resume partial function for blog.load(Swift.Int) async throws -> Swift.Int", "load(_:)"),
        ("(2) await resume partial function for closure #1 () async -> () in blog.f() -> ()", "closure #1 in f()"),
        ("generic specialization <Swift.Int> of Swift.Array.subscript.getter : (Swift.Int) -> A",
            "Array.subscript.getter"),
        ("function signature specialization <Arg[0] = Owned To Guaranteed> of blog.f(Swift.Array<() -> ()>) -> ()",
            "f(_:)"),
        ("partial apply forwarder for closure #1 () -> () in blog.f() -> ()", "closure #1 in f()"),
        ("protocol witness for Zzz.App.routes() -> Swift.Array<Zzz.Route> in conformance blog.Blog : Zzz.App in blog",
            "App.routes()"),
        ("(extension in blog):Zzz.Context.number(Swift.String, Swift.Int) -> Swift.Int", "Context.number(_:_:)"),
        ("static (extension in Swift):Swift.Task< where A == Swift.Never>.sleep<B where B: P>(for: B) -> ()",
            "static Task.sleep(for:)"),
        ("blog.Box.value.setter : A", "Box.value.setter"),
        ("blog.Box.init(value: A) -> blog.Box<A>", "Box.init(value:)"),
        ("blog.apply<A where A: Swift.Hashable>(_: (A) -> (), to: [A]) -> ()", "apply(_:to:)"),
        ("static Swift.Int.< infix(Swift.Int, Swift.Int) -> Swift.Bool", "static Int.< infix(_:_:)"),
        ("reabstraction thunk helper from @escaping @callee_guaranteed () -> () to @escaping () -> (@out ())",
            "reabstraction thunk"),
        ("blog.f() -> () with unmangled suffix \".resume.0\"", "f()"),
        ("something else", "something else"),
        ("", ""),
        ("a(b", "a(b"),
        ("a<b in c", "a<b in c"),
    ])
    func `a demangled name becomes what one would say`(name: String, short: String) {
        #expect(SwiftName.shortened(name) == short)
    }

    @Test func `names that are not mangled stay as they are`() {
        #expect(FunctionName.readable("main") == "main")
        #expect(FunctionName.readable("Swift runtime failure: Index out of range")
            == "Swift runtime failure: Index out of range")
        #expect(FunctionName.readable("$snonsense") == "$snonsense")
    }

    @Test func `names are demangled`() {
        #expect(FunctionName.readable("$s6faulty9trapIndexyS2iF") == "trapIndex(_:)")
        #expect(FunctionName.readable("_ZN3zzz4showEi") == "zzz::show(int)")
    }
}
