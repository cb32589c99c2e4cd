import Foundation
import Testing

/// `zzz-template` by hand.
@Suite struct ProgramTests {
    private final class Site {
        private let folder = FileManager.default.temporaryDirectory.appending(path: "zzz-\(UUID().uuidString)")

        deinit { try? FileManager.default.removeItem(at: folder) }

        func path(_ name: String) -> String { folder.appending(path: name).path() }

        func write(_ name: String, _ text: String) throws {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }

        func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

        /// The files that `body` makes or writes again.
        func written(_ body: () throws -> Void) throws -> [String] {
            let past = Date(timeIntervalSince1970: 0)
            for name in output {
                let path = path("out/generated/" + name)
                try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: path)
            }
            try body()
            return try output.filter { name in
                let attributes = try FileManager.default.attributesOfItem(atPath: path("out/generated/" + name))
                return attributes[.modificationDate] as? Date != past
            }
        }

        var output: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: path("out/generated"))) ?? []).sorted()
        }

        @discardableResult
        func run(_ arguments: [String]) throws -> (status: Int32, errors: String) {
            let process = Process()
            process.executableURL = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
                .deletingLastPathComponent().appending(path: "zzz-template")
            process.arguments = arguments
            let pipe = Pipe()
            process.standardError = pipe
            process.standardOutput = Pipe()
            try process.run()
            let errors = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, errors)
        }

        @discardableResult
        func compile() throws -> (status: Int32, errors: String) {
            try run([
                "--templates", path("templates"), "--assets", path("assets"), "--output", path("out/generated/"),
            ])
        }
    }

    private func site() throws -> Site {
        let site = Site()
        try site.write("templates/index.html.zzz", "<link rel=icon href=\"{{asset \"icon.svg\"}}\">")
        try site.write("templates/users/show.html.zzz", "{{@ name: String }}<p>{{name}}</p>")
        try site.write("templates/notes.txt", "{{")
        try site.write("assets/icon.svg", "<svg/>")
        return site
    }

    @Test func templatesBecomeFiles() throws {
        let site = try site()
        #expect(try site.compile() == (0, ""))
        #expect(site.output == ["Templates.swift", "index.swift", "users+show.swift"])
        // printf '<svg/>' | openssl dgst -sha384
        #expect(try site.read("out/generated/index.swift").contains("TrustedURL(asset: \"icon.svg?v=5c31e3e1a381\")"))
        #expect(try site.read("out/generated/users+show.swift").contains(site.path("templates/users/show.html.zzz")))
    }

    @Test func onlyWhatChangesIsWritten() throws {
        let site = try site()
        #expect(try site.written { try site.compile() } == ["Templates.swift", "index.swift", "users+show.swift"])
        #expect(try site.written { try site.compile() } == [])
        try site.write("templates/users/show.html.zzz", "{{@ name: String }}<b>{{name}}</b>")
        #expect(try site.written { try site.compile() } == ["users+show.swift"])
        // An asset's content is a part of those that link to it.
        try site.write("assets/icon.svg", "<svg></svg>")
        #expect(try site.written { try site.compile() } == ["index.swift"])
    }

    @Test func whatIsGoneIsRemoved() throws {
        let site = try site()
        try site.compile()
        try site.write("out/generated/own.swift", "// Mine\n")
        try FileManager.default.removeItem(atPath: site.path("templates/users"))
        #expect(try site.compile().status == 0)
        #expect(site.output == ["Templates.swift", "index.swift", "own.swift"])
    }

    /// The Swift compiler warns of them otherwise, at every line.
    @Test func templatesWithTheSameNameHaveDifferentFiles() throws {
        let site = try site()
        try site.write("templates/users/index.html.zzz", "{{@ name: String }}<b>{{name}}</b>")
        for _ in 0..<2 { #expect(try site.compile() == (0, "")) }
        #expect(site.output.filter { $0.hasSuffix(".zzz") } == ["users+index.html.zzz"])
        let link = "out/generated/users+index.html.zzz"
        #expect(try site.read(link) == "{{@ name: String }}<b>{{name}}</b>")
        #expect(try site.read("out/generated/users+index.swift").contains(site.path(link)))
        // Our own errors name the file itself.
        try site.write("templates/users/index.html.zzz", "{{name}}")
        #expect(try site.compile().errors.hasPrefix(site.path("templates/users/index.html.zzz") + ":1:3: error: "))
    }

    @Test func errorsAreThoseOfACompiler() throws {
        let site = try site()
        try site.write("templates/users/show.html.zzz", "{{@ name: String }}\n<p>{{nme}}</p>")
        let path = site.path("templates/users/show.html.zzz")
        #expect(try site.compile() == (1, "\(path):2:6: error: unknown name 'nme': did you mean 'name'?\n"))
        #expect(site.output.isEmpty)
        #expect(try site.run(["--templates", site.path("templates")]).status == 1)
    }

    @Test func usage() throws {
        let site = try site()
        #expect(try site.run(["--templates", site.path("templates"), "--assets", site.path("assets")]) == (0, ""))
        #expect(try site.run(["--help"]) == (0, ""))
        for (arguments, message) in [
            ([], "--templates is missing"), (["--templates"], "--templates needs a folder"),
            (["--what"], "unknown argument --what"),
        ] {
            let (status, errors) = try site.run(arguments)
            #expect(status == 2 && errors.hasPrefix("zzz-template: \(message)\nusage: "))
        }
        let (status, errors) = try site.run(["--templates", site.path("none")])
        #expect(status == 1 && errors.hasSuffix("/none: open: No such file or directory\n"))
    }
}
