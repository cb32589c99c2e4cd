import Foundation

@testable import ZzzTemplateCompiler

/// Compiles what the template compiler has written with the Swift compiler, as an app's build does, and runs it.
struct SwiftRun {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let folder: URL

    /// Writes the Swift of these templates, and `support` beside it.
    init(_ sources: [TemplateSource], support: String, assets: [String: Asset] = [:]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "zzz-template-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let result = TemplateCompiler.compile(sources, assets: assets)
        guard result.diagnostics.isEmpty else {
            throw Failure(description: result.diagnostics.map(\.description).joined(separator: "\n"))
        }
        for file in result.files { try write(file.text, to: file.name) }
        try write(support, to: "main.swift")
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(to: folder.appending(path: name), atomically: false, encoding: .utf8)
    }

    /// What the compiler says of it, and what it is said of: file, line and message.
    func errors() throws -> [String] {
        let (_, output) = try run(
            "swiftc", ["-typecheck", "-wmo", "-swift-version", "6", "-diagnostic-style=llvm"] + modules + files())
        return output.split(separator: "\n").map(String.init).filter {
            $0.contains(": error: ") || $0.contains(": warning: ")
        }
    }

    /// What the program prints.
    func output() throws -> String {
        try run(try program(), []).output
    }

    /// How often the program allocates memory on the heap, and how many bytes its page has, which it prints.
    func allocations(_ arguments: [String]) throws -> (count: UInt64, output: Int) {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Benchmarks/count_allocations.c").path()
        let library = folder.appending(path: "count.so").path()
        let (status, log) = try run("clang", ["-O", "-fPIC", "-shared", "-o", library, source])
        guard status == 0 else { throw Failure(description: log) }
        let file = folder.appending(path: "count")
        let environment = ["LD_PRELOAD": library, "ZZZ_ALLOCATION_COUNT": file.path()]
        let output = try run(try program(), arguments, environment).output
        let count = try Data(contentsOf: file).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        try FileManager.default.removeItem(at: file)
        guard let bytes = Int(output.filter { $0 != "\n" }) else { throw Failure(description: output) }
        return (count, bytes)
    }

    /// The program, built once.
    private func program() throws -> String {
        let program = folder.appending(path: "program").path()
        if FileManager.default.fileExists(atPath: program) { return program }
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources")
        let objects = try ["ZzzTemplate", "ZzzJSON"].flatMap { module in
            // Those of sources that are there no longer may have been left behind.
            try FileManager.default.contentsOfDirectory(atPath: sources.appending(path: module).path())
                .filter { $0.hasSuffix(".swift") }
                .map { build.appending(path: "\(module).build/\($0).o").path() }
        }
        let arguments = ["-O", "-swift-version", "6", "-o", program] + modules
        let (status, log) = try run("swiftc", arguments + files() + objects)
        guard status == 0 else { throw Failure(description: log) }
        return program
    }

    /// Where this test and the libraries were built.
    private var build: URL {
        URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    }

    private var modules: [String] { ["-I", build.appending(path: "Modules").path()] }

    private func files() throws -> [String] {
        try contents(of: folder).filter { $0.hasSuffix(".swift") }
    }

    private func contents(of folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted().map {
            folder.appending(path: $0).path()
        }
    }

    private func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
