import Glibc
import Testing
import ZzzConfig

@testable import ZzzHost

/// The apps directory decides what runs.
@Suite struct DeployerDirectoryTests {
    @Test func everythingIsLoadedInTheOrderOfNames() throws {
        let bench = try DeployerBench()
        for name in ["shop", "blog", "news"] { try bench.install(name) }
        try TemporaryDirectory.write([1], to: bench.apps + "/notes.txt")
        try TemporaryDirectory.write([1], to: bench.apps + "/.hidden.so")
        let outcomes: [DeployOutcome] = try bench.wait { bench.deployer.loadAll($0) }
        #expect(outcomes.map(\.app) == ["blog", "news", "shop"])
        #expect(outcomes.allSatisfy { $0.action == .loaded })
        #expect(bench.deployer.statuses.map(\.name) == ["blog", "news", "shop"])
        // Once more: nothing to do.
        #expect(try bench.rescan().allSatisfy { $0.action == .unchanged })
    }

    @Test func badFilesAreReportedAndSkipped() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        try TemporaryDirectory.write(Array("text".utf8), to: bench.file("broken"))
        try TemporaryDirectory.write(Array("text".utf8), to: bench.file("Shouting"))
        let outcomes: [DeployOutcome] = try bench.wait { bench.deployer.loadAll($0) }
        #expect(outcomes.map(\.app) == ["blog", "broken"])
        #expect(outcomes.map(\.action) == [.loaded, .failed])
        #expect(bench.errors.count == 2)
        #expect(try bench.status("broken").state == .failed)
        #expect(try bench.status("Shouting").lastError?.error.reason == "its name is not that of an app")
        // They are not reported again.
        _ = try bench.rescan()
        #expect(bench.errors.count == 2)

        unlink(bench.file("Shouting"))
        unlink(bench.file("broken"))
        _ = try bench.handle([.removed("Shouting.so"), .removed("broken.so")])
        #expect(bench.deployer.statuses.map(\.name) == ["blog"])
    }

    @Test func changesAreTakenOver() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        #expect(try bench.handle([.appeared("blog.so")]).map(\.action) == [.loaded])
        // The same event twice, or one for what the start has loaded already.
        #expect(try bench.handle([.replaced("blog.so")]).map(\.action) == [.unchanged])
        try bench.install("blog", version: "2")
        #expect(try bench.handle([.replaced("blog.so")]).map(\.action) == [.reloaded])
        try bench.drain()

        try TemporaryDirectory.write(Array("half".utf8), to: bench.file("blog"))
        let failed = try bench.handle([.replaced("blog.so")])
        #expect(failed.map(\.action) == [.failed])
        #expect(failed.first?.generation == 2)
        #expect(failed.first?.error?.reason.contains("not an ELF file") == true)
        // Refused once is enough.
        #expect(try bench.handle([.replaced("blog.so")]).map(\.action) == [.unchanged])
        #expect(bench.errors.count == 1)

        // Still there: the event is old.
        #expect(try bench.handle([.removed("blog.so")]).isEmpty)
        unlink(bench.file("blog"))
        #expect(try bench.handle([.removed("blog.so")]).map(\.action) == [.unloaded])
        #expect(bench.publisher.published.isEmpty)
        try bench.drain()
        #expect(try bench.status("blog").state == .unloaded)
        // It can be rolled back to, without its file.
        #expect(try bench.rollback("blog").get().version == "2")
        #expect(try bench.reload("blog").error?.reason == "no such file")
    }

    @Test func aRescanFindsWhatTheWatcherMissed() throws {
        let bench = try DeployerBench()
        for name in ["blog", "shop", "news"] { try bench.install(name) }
        _ = try bench.rescan()
        unlink(bench.file("blog"))
        try bench.install("shop", version: "2")
        try bench.install("wiki")
        let outcomes = try bench.handle([.rescan])
        #expect(outcomes.map(\.app) == ["blog", "news", "shop", "wiki"])
        #expect(outcomes.map(\.action) == [.unloaded, .unchanged, .reloaded, .loaded])
        #expect(bench.publisher.published == ["news 1 /news", "shop 2 /shop", "wiki 1 /wiki"])
    }

    @Test func aDirectoryThatIsGoneUnloadsNothing() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.rescan()
        try #require(rename(bench.apps, bench.directory.file("elsewhere")) == 0)
        #expect(try bench.rescan().isEmpty)
        #expect(bench.publisher.published == ["blog 1 /blog"])
        #expect(bench.errors.first?.contains(bench.apps) == true)
    }

    @Test func disabledAppsAreLeftAlone() throws {
        var settings = Settings()
        settings.app["blog"] = AppSettings()
        settings.app["blog"]?.enabled = false
        let bench = try DeployerBench(settings: settings)
        try bench.install("blog")
        #expect(try bench.handle([.appeared("blog.so")]).isEmpty)
        #expect(try bench.status("blog").state == .unloaded)
        #expect(try bench.status("blog").lastError == nil)
        #expect(bench.errors.isEmpty)
    }
}
