import Glibc
import Testing
import ZzzConfig

@testable import ZzzHost

/// A rollback outlives the daemon.
@Suite struct RollbackStoreTests {
    @Test func aRollbackHoldsAfterARestart() throws {
        let first = try DeployerBench()
        try first.install("blog")
        _ = try first.rescan()
        try first.install("blog", version: "2")
        _ = try first.rescan()
        _ = try first.rollback("blog").get()

        let second = try DeployerBench(directory: first.directory)
        let outcomes = try second.rescan()
        #expect(outcomes.map(\.version) == ["1"])
        #expect(try second.status("blog").isRolledBack)
        #expect(second.log.records.contains { $0.level == .notice && $0.message.contains("was rolled back") })
        // The event for the file that is passed over changes nothing.
        #expect(try second.handle([.appeared("blog.so")]).map(\.action) == [.unchanged])

        // A reload is how somebody says that the file counts again.
        #expect(try second.reload("blog").get().version == "2")
        let third = try DeployerBench(directory: first.directory)
        #expect(try third.rescan().map(\.version) == ["2"])
        #expect(try third.status("blog").isRolledBack == false)
    }

    @Test func anotherFileCounts() throws {
        let first = try DeployerBench()
        try first.install("blog")
        _ = try first.rescan()
        try first.install("blog", version: "2")
        _ = try first.rescan()
        _ = try first.rollback("blog").get()
        try first.install("blog", version: "3")
        let second = try DeployerBench(directory: first.directory)
        #expect(try second.rescan().map(\.version) == ["3"])
        // And the rollback is forgotten.
        #expect(Directory.names(in: first.directory.file("state/rollback")) == [])
    }

    @Test func goingForwardAgainForgets() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.rescan()
        try bench.install("blog", version: "2")
        _ = try bench.rescan()
        _ = try bench.rollback("blog").get()
        #expect(Directory.names(in: bench.directory.file("state/rollback")) == ["blog.json", "blog.so"])
        _ = try bench.rollback("blog").get()
        #expect(Directory.names(in: bench.directory.file("state/rollback")) == [])

        _ = try bench.rollback("blog").get()
        unlink(bench.file("blog"))
        _ = try bench.handle([.removed("blog.so")])
        #expect(Directory.names(in: bench.directory.file("state/rollback")) == [])
    }

    /// Settings that change make a new generation from the code that was rolled back to.
    @Test func settingsDoNotUndoARollback() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.rescan()
        try bench.install("blog", version: "2")
        _ = try bench.rescan()
        _ = try bench.rollback("blog").get()
        var settings = Settings()
        settings.app["blog"] = AppSettings()
        settings.app["blog"]?.mount = "/news"
        _ = try bench.apply(settings).get()
        #expect(try bench.status("blog").version == "1")
        #expect(try bench.status("blog").isRolledBack)
    }

    @Test func whatIsDamagedIsForgotten() throws {
        let directory = try TemporaryDirectory()
        let code = directory.file("code.so")
        try FixtureApp.build(at: code)
        let identity = try #require(FileIdentity(path: code))
        let store = RollbackStore(directory: directory.file("rollback"))
        #expect(store.code("blog", insteadOf: identity) == nil)
        try store.remember("blog", code: code, insteadOf: identity)
        #expect(store.code("blog", insteadOf: identity) == directory.file("rollback/blog.so"))
        #expect(store.code("shop", insteadOf: identity) == nil)

        try TemporaryDirectory.write(Array("{".utf8), to: directory.file("rollback/blog.json"))
        #expect(store.code("blog", insteadOf: identity) == nil)
        try store.remember("blog", code: code, insteadOf: identity)
        unlink(directory.file("rollback/blog.so"))
        #expect(store.code("blog", insteadOf: identity) == nil)

        let nowhere = RollbackStore(directory: directory.file("code.so/x"))
        #expect(failure { () throws(AppError) in try nowhere.remember("blog", code: code, insteadOf: identity) } != nil)
        let none = RollbackStore(directory: "")
        try none.remember("blog", code: code, insteadOf: identity)
        #expect(none.code("blog", insteadOf: identity) == nil)
    }
}
