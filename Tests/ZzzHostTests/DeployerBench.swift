import Glibc
import Logging
import Testing
import ZzzConfig
import ZzzServer

@testable import ZzzHost

/// A deployer with directories of its own, a fake server, and apps that write down what is called in them.
final class DeployerBench: Sendable {
    let directory: TemporaryDirectory
    let publisher = FakePublisher()
    let log = LogCollector()
    let deployer: Deployer

    var apps: String { directory.file("apps") }
    let images: String
    var traceFile: String { directory.file("trace") }

    /// - Parameters:
    ///   - directory: that of an earlier bench, for a restart of the daemon.
    ///   - validate: what stands in for the throwaway process; nil lets everything pass.
    init(
        directory: TemporaryDirectory? = nil, callDeadline: Duration = .seconds(20), settings: Settings = Settings(),
        validate: Probe.Function? = nil
    ) throws {
        self.directory = try directory ?? TemporaryDirectory()
        let directory = self.directory
        try #require(mkdir(directory.file("apps"), 0o755) == 0 || errno == EEXIST)
        var configuration = Deployer.Configuration(settings: settings)
        configuration.appsDirectory = directory.file("apps")
        // Another one for each bench: a process loads no path twice, and a restarted daemon is another process.
        images = directory.file("run-\(UInt64.random(in: 0...UInt64.max))/apps")
        configuration.imageDirectories = [images]
        configuration.stateDirectory = directory.file("state")
        configuration.callDeadline = callDeadline
        deployer = try Deployer(
            configuration: configuration, settings: settings, host: ScriptedApp.host, publisher: publisher,
            logger: log.logger(), validate: validate ?? { request in ProbeReport(file: request.file) })
    }

    func file(_ name: String) -> String { apps + "/" + name + ".so" }

    /// Puts an app into the apps directory. Its functions write "NAME VERSION FUNCTION".
    func install(
        _ name: String, version: String = "1", as file: String? = nil,
        _ change: (inout FixtureApp.Code) -> Void = { _ in }
    ) throws {
        try FixtureApp.build(at: file ?? self.file(name), trace: traceFile) { code in
            code.version = "\"\(version)\""
            code.create = "trace(\"\(name) \(version) create\"); " + code.create
            code.start = "trace(\"\(name) \(version) start\"); " + code.start
            code.quiesce = "trace(\"\(name) \(version) quiesce\");"
            code.stop = "trace(\"\(name) \(version) stop\");"
            change(&code)
        }
    }

    var trace: [String] { TemporaryDirectory.lines(traceFile) }
    var copies: [String] { Directory.names(in: images + "/\(getpid())") ?? [] }

    /// Whether these are the copies, at the latest in 20 seconds: old ones go after the answer to whoever asked.
    func hasCopies(_ expected: [String]) throws -> Bool {
        for _ in 0..<2_000 {
            if copies == expected { return true }
            poll(nil, 0, 10)
            try settle()
        }
        return false
    }

    func status(_ name: String) throws -> AppStatus {
        try #require(deployer.statuses.first { $0.name == name })
    }

    // MARK: The deployer's calls, waited for

    func wait<Value: Sendable>(_ call: (@escaping @Sendable (Value) -> Void) -> Void) throws -> Value {
        let result = BlockingQueue<Value>()
        call { result.push($0) }
        return try #require(result.pop(within: .seconds(60)), "the deployer did not answer")
    }

    func deploy(_ file: String) throws -> Result<DeployOutcome, AppError> {
        try wait { deployer.deploy(file: file, $0) }
    }
    func reload(_ name: String) throws -> Result<DeployOutcome, AppError> { try wait { deployer.reload(name, $0) } }
    func rollback(_ name: String) throws -> Result<DeployOutcome, AppError> { try wait { deployer.rollback(name, $0) } }
    func unload(_ name: String) throws -> Result<DeployOutcome, AppError> { try wait { deployer.unload(name, $0) } }
    func apply(_ settings: Settings) throws -> Result<[DeployOutcome], AppError> {
        try wait { deployer.apply(settings, $0) }
    }
    func rescan() throws -> [DeployOutcome] { try wait { deployer.rescan($0) } }
    func handle(_ changes: [AppsDirectory.Change]) throws -> [DeployOutcome] {
        try wait { deployer.handle(changes, $0) }
    }

    /// Until everything that was posted to the deploy thread so far has been done.
    func settle() throws { _ = try handle([]) }

    /// Lets everything drain that waits for it.
    func drain() throws {
        publisher.drain()
        try settle()
    }

    /// The records of failures.
    var errors: [String] { log.records.filter { $0.level >= .error }.map(\.message) }
}

extension Result where Failure == AppError {
    var error: AppError? {
        if case .failure(let error) = self { error } else { nil }
    }
}
