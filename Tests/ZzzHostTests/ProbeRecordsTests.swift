import Glibc
import Synchronization
import Testing
import ZzzConfig
import ZzzJSON

@testable import ZzzHost

/// What a server process that follows another one need not try again in a throwaway process.
@Suite struct ProbeRecordsTests {
    /// The apps that were tried.
    private final class Tried: Sendable {
        private let names = Mutex<[String]>([])

        /// What has been noted since the last call.
        func take() -> [String] {
            names.withLock { names in
                defer { names = [] }
                return names.sorted()
            }
        }

        var probe: Probe.Function {
            { request in
                self.names.withLock { $0.append(request.app) }
                return ProbeReport(file: request.file)
            }
        }
    }

    private func load(_ bench: DeployerBench, trusting: Bool) throws -> [DeployOutcome] {
        try bench.wait { done in bench.deployer.loadAll(trustingProbeRecords: trusting) { done($0) } }
    }

    @Test func aFileThatWasTriedIsNotTriedAgain() throws {
        let tried = Tried()
        let first = try DeployerBench(validate: tried.probe)
        try first.install("blog")
        try first.install("shop")
        #expect(try load(first, trusting: true).count == 2)
        #expect(tried.take() == ["blog", "shop"])

        func restart(_ settings: Settings = Settings(), trusting: Bool = true) throws -> [String] {
            let bench = try DeployerBench(directory: first.directory, settings: settings, validate: tried.probe)
            #expect(try load(bench, trusting: trusting).map(\.action) == [.loaded, .loaded])
            return tried.take()
        }
        #expect(try restart() == [])
        #expect(try restart(trusting: false) == ["blog", "shop"])

        // Another file, and other settings.
        try first.install("shop", version: "2")
        #expect(try restart() == ["shop"])
        #expect(try restart() == [])
        var settings = Settings()
        settings.app["blog"] = AppSettings()
        settings.app["blog"]?.settings = ["greeting": "hello"]
        #expect(try restart(settings) == ["blog"])
        #expect(try restart(settings) == [])
        #expect(try restart() == ["blog"])
    }

    @Test func aReloadTriesAlways() throws {
        let tried = Tried()
        let bench = try DeployerBench(validate: tried.probe)
        try bench.install("blog")
        _ = try load(bench, trusting: true)
        _ = try bench.reload("blog").get()
        #expect(tried.take() == ["blog", "blog"])
    }

    @Test func aFileThatWasRefusedIsTriedAgain() throws {
        let tried = Tried()
        let first = try DeployerBench(validate: tried.probe)
        try first.install("blog")
        _ = try load(first, trusting: true)
        let refusing = try DeployerBench(directory: first.directory, validate: { (request) throws(AppError) in
            throw AppError(app: request.app, file: request.file, reason: "trapped", remedy: "mend it")
        })
        _ = try load(refusing, trusting: false)
        _ = tried.take()
        let third = try DeployerBench(directory: first.directory, validate: tried.probe)
        _ = try load(third, trusting: true)
        #expect(tried.take() == ["blog"])
    }

    @Test func noSettingIsWrittenDown() throws {
        let directory = try TemporaryDirectory()
        try TemporaryDirectory.write([1], to: directory.file("a"))
        let identity = try #require(FileIdentity(path: directory.file("a")))
        var request = ProbeRequest(image: "/x", file: "/a.so", app: "a", settings: ["password": "sesame"])
        let line = try #require(ProbeRecords.line(source: identity, request))
        #expect(!line.contains("sesame"))
        request.image = "/y"
        request.generation = 7
        #expect(ProbeRecords.line(source: identity, request) == line)
        request.settings = ["password": "sesam"]
        #expect(ProbeRecords.line(source: identity, request) != line)
        let records = ProbeRecords(directory: directory.file("probed"))
        #expect(!records.has("a", line))
        records.remember("a", line)
        #expect(records.has("a", line) && !records.has("a", line + "0") && !records.has("b", line))
        records.forget("a")
        #expect(!records.has("a", line))
        #expect(Directory.names(in: directory.file("probed")) == [])
    }
}
