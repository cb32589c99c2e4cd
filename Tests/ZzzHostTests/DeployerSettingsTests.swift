import Testing
import ZzzConfig
import ZzzJSON
import ZzzServer

@testable import ZzzHost

/// A change of the configuration is made for all apps, or for none.
@Suite struct DeployerSettingsTests {
    private func settings(_ change: (inout Settings) -> Void) -> Settings {
        var settings = Settings()
        change(&settings)
        return settings
    }

    private func table(_ change: (inout AppSettings) -> Void) -> AppSettings {
        var table = AppSettings()
        change(&table)
        return table
    }

    /// Fails in create when its settings say so.
    private let obedient: (inout FixtureApp.Code) -> Void = {
        $0.create = """
            const zzz_config *config = host->extension(ZZZ_CONFIG_EXTENSION);
            int32_t fail = 0;
            config->boolean(app, (zzz_bytes){"fail", 4}, &fail, NULL);
            if (fail) { snprintf(error->message, sizeof error->message, "told to fail"); return ZZZ_ERROR_APP; }
            *state = app;
            return ZZZ_OK;
            """
    }

    private func bench(_ names: [String]) throws -> DeployerBench {
        let bench = try DeployerBench()
        for name in names { try bench.install(name, obedient) }
        for outcome in try bench.rescan() { #expect(outcome.action == .loaded) }
        return bench
    }

    @Test func onlyWhatChangedIsMadeAnew() throws {
        let bench = try bench(["blog", "shop"])
        let new = settings {
            $0.app["blog"] = table {
                $0.mount = "/"
                $0.hosts = ["blog.example.com"]
                $0.limits.body = .kibibytes(4)
                $0.limits.responseBuffered = .kibibytes(8)
                $0.logLevel = .error
            }
        }
        let outcomes = try bench.apply(new).get()
        #expect(outcomes.map(\.app) == ["blog"])
        #expect(outcomes.map(\.action) == [.reloaded])
        #expect(bench.publisher.published == ["blog 2 /", "shop 1 /shop"])
        let site = try #require(bench.deployer.sites.first { $0.name == "blog" })
        #expect(site.hosts.map(\.text) == ["blog.example.com"])
        #expect(site.limits.bodyBytes == 4096)
        #expect(site.limits.responseBufferedBytes == 8192)
        #expect(try bench.status("blog").hosts == ["blog.example.com"])
        // The code is the same: nothing to roll back to.
        #expect(try bench.status("blog").previousGeneration == nil)
        // The same settings again change nothing.
        #expect(try bench.apply(new).get().isEmpty)
    }

    @Test func limitsForEveryAppChangeEveryApp() throws {
        let bench = try bench(["blog", "shop"])
        let outcomes = try bench.apply(settings { $0.limits.body = .kibibytes(1) }).get()
        #expect(outcomes.map(\.app) == ["blog", "shop"])
        #expect(bench.deployer.sites.allSatisfy { $0.limits.bodyBytes == 1024 })
    }

    @Test func oneRefusalLeavesAllAsTheyWere() throws {
        let bench = try bench(["blog", "shop"])
        let tables = bench.publisher.tableCount
        let bad = settings {
            $0.app["blog"] = table { $0.mount = "/news" }
            $0.app["shop"] = table { $0.settings = ["fail": true] }
        }
        let error = try #require(try bench.apply(bad).error)
        #expect(error.app == "shop")
        #expect(error.reason.contains("told to fail"))
        #expect(bench.publisher.tableCount == tables)
        #expect(bench.publisher.published == ["blog 1 /blog", "shop 1 /shop"])
        #expect(bench.copies == ["blog-1.so", "shop-1.so"])
        #expect(bench.errors.count == 1)
        #expect(try bench.status("shop").lastError?.error == error)
        // Later changes still go by the old settings.
        _ = try bench.reload("blog").get()
        #expect(bench.publisher.published == ["blog 3 /blog", "shop 1 /shop"])
    }

    @Test func aFailingStartStopsThoseThatHadStarted() throws {
        let bench = try bench(["blog"])
        try bench.install("shop") {
            $0.start = """
                const zzz_config *config = the_host->extension(ZZZ_CONFIG_EXTENSION);
                int32_t fail = 0;
                config->boolean(the_app, (zzz_bytes){"fail", 4}, &fail, NULL);
                return fail ? ZZZ_ERROR_IO : ZZZ_OK;
                """
        }
        _ = try bench.deploy(bench.file("shop")).get()
        let bad = settings {
            $0.app["blog"] = table { $0.mount = "/news" }
            $0.app["shop"] = table { $0.settings = ["fail": true] }
        }
        #expect(try bench.apply(bad).error?.reason.contains("ZZZ_ERROR_IO") == true)
        #expect(bench.trace.suffix(2) == ["blog 1 quiesce", "blog 1 stop"])
        #expect(bench.publisher.published == ["blog 1 /blog", "shop 1 /shop"])
        #expect(bench.copies == ["blog-1.so", "shop-1.so"])
    }

    @Test func twoAppsTradePlaces() throws {
        let bench = try bench(["blog", "shop"])
        let traded = settings {
            $0.app["blog"] = table { $0.mount = "/shop" }
            $0.app["shop"] = table { $0.mount = "/blog" }
        }
        #expect(try bench.apply(traded).get().count == 2)
        #expect(bench.publisher.published == ["blog 2 /shop", "shop 2 /blog"])

        let same = settings {
            $0.app["blog"] = table { $0.mount = "/x" }
            $0.app["shop"] = table { $0.mount = "/x" }
        }
        let error = try #require(try bench.apply(same).error)
        #expect(error.reason == "every host and path /x belong to app blog already")
        #expect(error.app == "shop")
        #expect(bench.publisher.published == ["blog 2 /shop", "shop 2 /blog"])
    }

    /// Settings are for the code that runs: a file that was put there meanwhile is not deployed by them.
    @Test func theCodeStaysTheSame() throws {
        let bench = try bench(["blog"])
        try TemporaryDirectory.write(Array("not even a library".utf8), to: bench.file("blog"))
        let outcomes = try bench.apply(settings { $0.app["blog"] = table { $0.mount = "/news" } }).get()
        #expect(outcomes.map(\.action) == [.reloaded])
        #expect(bench.publisher.published == ["blog 2 /news"])
    }

    @Test func disableAndEnable() throws {
        let bench = try bench(["blog", "shop"])
        let off = settings { $0.app["blog"] = table { $0.isOff() } }
        #expect(try bench.apply(off).get().map(\.action) == [.unloaded])
        #expect(bench.publisher.published == ["shop 1 /shop"])
        try bench.drain()
        #expect(try bench.status("blog").state == .unloaded)
        #expect(try bench.reload("blog").error?.reason == "is disabled in the configuration")
        #expect(try bench.rescan().allSatisfy { $0.action == .unchanged })
        #expect(try bench.apply(Settings()).get().map(\.action) == [.loaded])
        #expect(bench.publisher.published.contains { $0.hasPrefix("blog") })
    }

    /// An app that could not be loaded is tried again, and is no reason to refuse the settings when it fails once more.
    @Test func settingsReviveAnAppThatFailed() throws {
        var first = settings { $0.app["blog"] = table { $0.settings = ["fail": true] } }
        let bench = try DeployerBench(settings: first)
        try bench.install("blog", obedient)
        try bench.install("shop", obedient)
        #expect(try bench.rescan().map(\.action) == [.failed, .loaded])

        first.app["blog"] = table {
            $0.settings = ["fail": true]
            $0.mount = "/other"
        }
        let still = try bench.apply(first).get()
        #expect(still.map(\.action) == [.failed])
        #expect(still.first?.error?.reason.contains("told to fail") == true)
        #expect(bench.publisher.published == ["shop 1 /shop"])

        // It would run now, but not there.
        first.app["blog"] = table { $0.mount = "/shop" }
        #expect(try bench.apply(first).get().first?.error?.reason.contains("belong to app shop") == true)

        #expect(try bench.apply(Settings()).get().map(\.action) == [.loaded])
        #expect(try bench.status("blog").state == .running)
        #expect(try bench.status("blog").lastError == nil)
    }

    @Test func aRevivedAppThatDoesNotStartIsLeftOut() throws {
        let bench = try bench(["shop"])
        try bench.install("blog") { $0.start = "return ZZZ_ERROR_IO;" }
        #expect(try bench.rescan().map(\.action) == [.failed, .unchanged])
        let outcomes = try bench.apply(settings { $0.limits.body = .kibibytes(1) }).get()
        #expect(outcomes.map(\.app) == ["shop", "blog"])
        #expect(outcomes.map(\.action) == [.reloaded, .failed])
        #expect(bench.publisher.published == ["shop 2 /shop"])
        #expect(bench.copies == ["shop-2.so"] || bench.copies == ["shop-1.so", "shop-2.so"])
    }
}

extension AppSettings {
    fileprivate mutating func isOff() { enabled = false }
}
