import Glibc
import Synchronization
import Testing
import ZzzConfig
import ZzzIO
import ZzzServer

@testable import ZzzHost

/// deploy, reload, rollback and unload, with a server that drains when it is told to.
@Suite struct DeployerTests {
    @Test func theFirstDeploy() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        let outcome = try bench.deploy(bench.file("blog")).get()
        #expect(outcome.action == .loaded)
        #expect(outcome.generation == 1)
        #expect(outcome.replaced == nil)
        #expect(outcome.version == "1")
        #expect(bench.publisher.published == ["blog 1 /blog"])
        #expect(bench.trace == ["blog 1 create", "blog 1 start"])
        #expect(bench.copies == ["blog-1.so"])

        let status = try bench.status("blog")
        #expect(status.state == .running)
        #expect(status.file == bench.file("blog"))
        #expect(status.version == "1")
        #expect(status.runtime == "C")
        #expect(status.generation == 1)
        #expect(status.mount == "/blog")
        #expect(status.routeCount == 1)
        #expect(status.loadedAt != nil)
        #expect(status.lastError == nil)
        #expect(status.previousGeneration == nil)
    }

    @Test func aReloadDrainsTheGenerationBefore() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        try bench.install("blog", version: "2")
        let outcome = try bench.reload("blog").get()
        #expect(outcome.action == .reloaded)
        #expect(outcome.generation == 2)
        #expect(outcome.replaced == 1)
        #expect(bench.publisher.published == ["blog 2 /blog"])
        #expect(bench.publisher.draining == ["blog 1"])
        #expect(bench.trace.suffix(3) == ["blog 2 create", "blog 2 start", "blog 1 quiesce"])
        #expect(try bench.status("blog").draining.map(\.generation) == [1])
        #expect(try bench.status("blog").retiredGenerations == 0)

        // At the deadline it is not stopped, since stop is the last call.
        bench.publisher.drain(isDrained: false)
        try bench.settle()
        #expect(bench.publisher.draining == ["blog 1"])
        #expect(bench.trace.last == "blog 1 quiesce")
        #expect(bench.log.records.contains { $0.level == .warning && $0.message.contains("in flight") })

        try bench.drain()
        #expect(bench.trace.last == "blog 1 stop")
        #expect(try bench.status("blog").draining.isEmpty)
        #expect(try bench.status("blog").retiredGenerations == 1)
        // The code to go back to stays on disk.
        #expect(bench.copies == ["blog-1.so", "blog-2.so"])

        try bench.install("blog", version: "3")
        _ = try bench.reload("blog").get()
        try bench.drain()
        #expect(try bench.hasCopies(["blog-2.so", "blog-3.so"]))
    }

    @Test func anUnchangedFileMayBeReloaded() throws {
        let bench = try DeployerBench()
        bench.publisher.drainAtOnce()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        let outcome = try bench.reload("blog").get()
        #expect(outcome.action == .reloaded)
        #expect(outcome.generation == 2)
        try bench.settle()
        #expect(
            bench.trace == [
                "blog 1 create", "blog 1 start", "blog 1 create", "blog 1 start", "blog 1 quiesce", "blog 1 stop",
            ])
        // The same code is nothing to go back to.
        #expect(try bench.status("blog").previousGeneration == nil)
        #expect(try bench.hasCopies(["blog-2.so"]))
    }

    /// Each image has its own variables, also when the bytes are the same.
    @Test func generationsShareNothing() throws {
        let bench = try DeployerBench()
        try bench.install("blog") {
            $0.global = "static int creations;"
            $0.create = "if (++creations != 1) return ZZZ_ERROR_APP; *state = app; return ZZZ_OK;"
        }
        _ = try bench.deploy(bench.file("blog")).get()
        for _ in 1...5 { _ = try bench.reload("blog").get() }
        #expect(bench.publisher.published == ["blog 6 /blog"])
    }

    // MARK: Failures leave everything as it was

    private static let failures: [(String, @Sendable (DeployerBench) throws -> Void)] = [
        ("create failed", { try $0.install("blog", version: "2") { $0.create = "return ZZZ_ERROR_APP;" } }),
        ("enroll failed", { try $0.install("blog", version: "2") { $0.enroll = "return ZZZ_ERROR_APP;" } }),
        ("start failed", { try $0.install("blog", version: "2") { $0.start = "return ZZZ_ERROR_APP;" } }),
        (
            "a/:x",
            {
                try $0.install("blog", version: "2") {
                    $0.enroll = #"add("/a/:x", error); return add("/a/:y", error);"#
                }
            }
        ),
        ("built for ABI", { try $0.install("blog", version: "2") { $0.minor = "9" } }),
        ("exports no zzz_app_entry", { try $0.install("blog", version: "2") { $0.entryName = "other" } }),
        ("returned NULL", { try $0.install("blog", version: "2") { $0.entry = "return NULL;" } }),
        ("not an ELF file", { try TemporaryDirectory.write(Array("text".utf8), to: $0.file("blog")) }),
        ("file is empty", { try TemporaryDirectory.write([], to: $0.file("blog")) }),
        ("no such file", { unlink($0.file("blog")) }),
        (
            "file is truncated",
            { bench in
                let bytes = try TemporaryDirectory.read(bench.file("blog"))
                try TemporaryDirectory.write(Array(bytes[..<(bytes.count - 1)]), to: bench.file("blog"))
            }
        ),
    ]

    @Test(arguments: 0..<11)
    func whatRanBeforeGoesOn(index: Int) throws {
        let (reason, spoil) = Self.failures[index]
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        let tables = bench.publisher.tableCount

        try spoil(bench)
        let error = try #require(try bench.reload("blog").error)
        #expect(error.reason.contains(reason), "\(error)")
        #expect(error.app == "blog")
        #expect(error.file == bench.file("blog"))
        #expect(!error.remedy.isEmpty)
        #expect(bench.publisher.tableCount == tables)
        #expect(bench.publisher.draining.isEmpty)
        #expect(!bench.trace.contains("blog 1 quiesce"))
        #expect(bench.copies == ["blog-1.so"])
        #expect(bench.errors == [error.description])
        let status = try bench.status("blog")
        #expect(status.state == .running)
        #expect(status.generation == 1)
        #expect(status.lastError?.error == error)

        try bench.install("blog", version: "3")
        #expect(try bench.reload("blog").get().version == "3")
        #expect(try bench.status("blog").lastError == nil)
        #expect(try bench.status("blog").previousGeneration == 1)
    }

    @Test func aFailureOfTheFirstDeploy() throws {
        let bench = try DeployerBench()
        try bench.install("blog") { $0.start = "return ZZZ_ERROR_IO;" }
        #expect(try bench.deploy(bench.file("blog")).error != nil)
        #expect(try bench.status("blog").state == .failed)
        #expect(try bench.status("blog").generation == 0)
        #expect(bench.publisher.tableCount == 0)
        #expect(bench.copies.isEmpty)
        #expect(try bench.unload("blog").error?.kind == .notFound)
    }

    @Test func theValidatorsRefusal() throws {
        let bench = try DeployerBench(validate: { (request) throws(AppError) in
            throw AppError(app: request.app, file: request.file, reason: "trapped", remedy: "mend it")
        })
        try bench.install("blog")
        #expect(
            try bench.deploy(bench.file("blog")).error?.description == "blog: \(bench.file("blog")): trapped: mend it")
        // Nothing of it was loaded here.
        #expect(bench.trace.isEmpty)
        #expect(bench.copies.isEmpty)
    }

    @Test func twoAppsInOnePlace() throws {
        var settings = Settings()
        for name in ["blog", "shop"] {
            settings.app[name] = AppSettings()
            settings.app[name]?.mount = "/"
        }
        let bench = try DeployerBench(settings: settings)
        try bench.install("blog")
        try bench.install("shop")
        #expect(try bench.deploy(bench.file("shop")).get().generation == 1)
        let error = try #require(try bench.deploy(bench.file("blog")).error)
        #expect(error.app == "blog")
        #expect(error.file == bench.file("blog"))
        #expect(error.reason == "every host and path / belong to app shop already")
        #expect(error.remedy.contains("[app.blog]") && error.remedy.contains("[app.shop]"))
        #expect(bench.publisher.published == ["shop 1 /"])
        #expect(!bench.trace.contains("blog 1 start"))
        #expect(bench.errors.count == 1)

        // The place is free again when the other has gone.
        _ = try bench.unload("shop").get()
        #expect(try bench.reload("blog").get().action == .loaded)
        #expect(try bench.reload("shop").error?.reason.contains("belong to app blog") == true)
    }

    @Test func namesThatAreTakenUnknownOrWrong() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        let other = bench.directory.file("blog.so")
        try bench.install("blog", version: "9", as: other)
        let taken = try #require(try bench.deploy(other).error)
        #expect(taken.reason == "the name blog is taken by \(bench.file("blog"))")
        #expect(taken.file == other)
        #expect(try bench.status("blog").version == "1")

        for name in ["Blog", "-blog", "a b", String(repeating: "a", count: 64)] {
            let error = try bench.deploy(bench.file(name)).error
            #expect(error?.reason == "its name is not that of an app", "\(name)")
        }
        #expect(try bench.deploy(bench.apps + "/blog").error?.reason == "its name is not that of an app")
        for call in [bench.reload, bench.rollback, bench.unload] {
            #expect(try call("nobody").error?.kind == .notFound)
        }
        // A file that nobody has told the deployer of is found by its name.
        try bench.install("news")
        #expect(try bench.reload("news").get().action == .loaded)
    }

    // MARK: Rollback

    @Test func rollbackAndForwardAgain() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        #expect(try bench.rollback("blog").error?.kind == .noPreviousGeneration)
        try bench.install("blog", version: "2")
        _ = try bench.reload("blog").get()
        try bench.drain()

        let back = try bench.rollback("blog").get()
        #expect(back.action == .rolledBack)
        #expect(back.generation == 3)
        #expect(back.replaced == 2)
        #expect(back.version == "1")
        #expect(bench.publisher.published == ["blog 3 /blog"])
        try bench.drain()
        #expect(bench.trace.suffix(4) == ["blog 1 create", "blog 1 start", "blog 2 quiesce", "blog 2 stop"])
        #expect(try bench.status("blog").isRolledBack)
        #expect(try bench.status("blog").previousGeneration == 2)
        // The file is as it was when it was last tried: it is not deployed behind the administrator's back.
        #expect(try bench.rescan().map(\.action) == [.unchanged])

        let forward = try bench.rollback("blog").get()
        #expect(forward.version == "2")
        #expect(forward.generation == 4)
        #expect(try bench.status("blog").isRolledBack == false)

        _ = try bench.rollback("blog").get()
        #expect(try bench.reload("blog").get().version == "2")
        #expect(try bench.status("blog").isRolledBack == false)
    }

    @Test func aFailedDeployIsNothingToRollBackFrom() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        try bench.install("blog", version: "2")
        _ = try bench.reload("blog").get()
        try bench.install("blog", version: "3") { $0.enroll = "return ZZZ_ERROR_APP;" }
        #expect(try bench.reload("blog").error != nil)
        #expect(try bench.rollback("blog").get().version == "1")
    }

    /// A reload of the same code in between does not lose the code before it.
    @Test func rollbackAfterReloadsOfTheSameCode() throws {
        let bench = try DeployerBench()
        bench.publisher.drainAtOnce()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        try bench.install("blog", version: "2")
        for _ in 1...3 { _ = try bench.reload("blog").get() }
        #expect(try bench.status("blog").previousGeneration == 1)
        #expect(try bench.rollback("blog").get().version == "1")
    }

    // MARK: Unload

    @Test func unloadDrainsAndStops() throws {
        let bench = try DeployerBench()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        let outcome = try bench.unload("blog").get()
        #expect(outcome.action == .unloaded)
        #expect(outcome.replaced == 1)
        #expect(outcome.generation == nil)
        #expect(bench.publisher.published.isEmpty)
        #expect(bench.trace.last == "blog 1 quiesce")
        #expect(try bench.status("blog").state == .draining)
        try bench.drain()
        #expect(bench.trace.last == "blog 1 stop")
        #expect(try bench.status("blog").state == .unloaded)
        #expect(try bench.unload("blog").error?.reason == "is not running")
        // The file is still there, and stays unloaded until somebody asks for it.
        #expect(try bench.rescan().map(\.action) == [.unchanged])
        #expect(try bench.rollback("blog").get().version == "1")
        #expect(try bench.status("blog").state == .running)
    }

    // MARK: Apps that do not come back

    @Test func endlessLoopsOfThisProcess() throws {
        let bench = try DeployerBench(callDeadline: .milliseconds(300))
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        for (step, change) in [
            ("create or enroll", { (code: inout FixtureApp.Code) in code.create = "for (;;) pause();" }),
            ("create or enroll", { $0.enroll = "for (;;) pause();" }), ("start", { $0.start = "for (;;) pause();" }),
        ] as [(String, (inout FixtureApp.Code) -> Void)] {
            try bench.install("blog", version: "2", change)
            let error = try #require(try bench.reload("blog").error)
            #expect(error.reason == "has not returned from \(step) after 0.3 seconds")
        }
        #expect(try bench.status("blog").generation == 1)

        // quiesce never returns: the swap has happened, and stop is not called beside it.
        try bench.install("blog", version: "3") { $0.quiesce = #"trace("stuck"); for (;;) pause();"# }
        _ = try bench.reload("blog").get()
        try bench.install("blog", version: "4")
        #expect(try bench.reload("blog").get().version == "4")
        try bench.drain()
        #expect(bench.trace.contains("stuck"))
        #expect(!bench.trace.contains("blog 3 stop"))
        #expect(bench.trace.last == "blog 1 stop")
    }

    @Test func shutdownStopsEveryApp() throws {
        let bench = try DeployerBench()
        for name in ["blog", "shop"] {
            try bench.install(name)
            _ = try bench.deploy(bench.file(name)).get()
        }
        let _: Bool = try bench.wait { done in bench.deployer.shutdown { done(true) } }
        #expect(bench.trace.suffix(4) == ["blog 1 quiesce", "blog 1 stop", "shop 1 quiesce", "shop 1 stop"])
        #expect(try bench.reload("blog").error?.kind == .stopping)
        #expect(try bench.rescan().isEmpty)
    }

    // MARK: Status

    @Test func statusDoesNotWaitForADeploy() throws {
        let entered = BlockingQueue<Bool>()
        let release = BlockingQueue<Bool>()
        let bench = try DeployerBench(validate: { request in
            entered.push(true)
            _ = release.pop(within: .seconds(60))
            return ProbeReport(file: request.file)
        })
        try bench.install("blog")
        let done = BlockingQueue<Bool>()
        bench.deployer.deploy(file: bench.file("blog")) { _ in done.push(true) }
        try #require(entered.pop(within: .seconds(60)) == true)
        #expect(try bench.status("blog").state == .loading)
        release.push(true)
        try #require(done.pop(within: .seconds(60)) == true)
        #expect(try bench.status("blog").state == .running)
    }

    @Test func statusIsReadWhileAppsAreReloaded() throws {
        let bench = try DeployerBench()
        bench.publisher.drainAtOnce()
        try bench.install("blog")
        _ = try bench.deploy(bench.file("blog")).get()
        let finished = BlockingQueue<Int>()
        let reader = Reader(bench.deployer)
        for _ in 0..<2 {
            DetachedThread.start("reader") { finished.push(reader.run()) }
        }
        for generation in 2...31 { #expect(try bench.reload("blog").get().generation == UInt64(generation)) }
        reader.stop()
        for _ in 0..<2 {
            // Generations never go back, and there is always one.
            #expect(try #require(finished.pop(within: .seconds(60))) == 0)
        }
        try bench.settle()
        #expect(try bench.status("blog").retiredGenerations == 30)
        #expect(try bench.hasCopies(["blog-31.so"]))
    }

    /// Reads the status until it is stopped; counts what must not be seen.
    private final class Reader: Sendable {
        private let deployer: Deployer
        private let isStopped = Atomic(false)

        init(_ deployer: Deployer) { self.deployer = deployer }

        func stop() { isStopped.store(true, ordering: .relaxed) }

        func run() -> Int {
            var latest: UInt64 = 0
            var faults = 0
            while !isStopped.load(ordering: .relaxed) {
                let status = deployer.statuses.first
                if status?.state != .running || status?.generation ?? 0 < latest { faults += 1 }
                latest = status?.generation ?? latest
                if deployer.sites.count != 1 { faults += 1 }
            }
            return faults
        }
    }
}
