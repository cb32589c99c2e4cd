import Glibc
import ZzzConfig

/// The real `zzz-config` of this build.
enum Program {
    static func path() throws -> String {
        let directory = ConfigReader.ownDirectory() ?? "."
        guard let path = ConfigReader.locateProgram(besideDirectory: directory) else {
            throw Missing(directory: directory)
        }
        return path
    }

    struct Missing: Error {
        var directory: String
    }

    static func run(_ arguments: String...) throws -> ProgramRun {
        try ProgramRun.run(path(), arguments, outputLimit: 4 << 20, timeout: .seconds(20))
    }

    static func reader(_ file: String?) throws -> ConfigReader {
        ConfigReader(program: try path(), file: file)
    }

    /// The settings in a file with that text.
    static func settings(_ text: String) throws -> Settings {
        let directory = try ScratchDirectory()
        return try reader(directory.write(text, to: "zzz.toml")).read()
    }

    /// The error lines for a file with that text, without the directory's name.
    static func errors(_ text: String) throws -> [String] {
        try errors(Array(text.utf8))
    }

    static func errors(_ bytes: [UInt8]) throws -> [String] {
        let directory = try ScratchDirectory()
        let file = try directory.write(bytes, to: "zzz.toml")
        let run = try Program.run("--config", file)
        let lines = String(decoding: run.errorOutput, as: UTF8.self).split(separator: "\n").map(String.init)
        return lines.map { $0.hasPrefix(directory.path + "/") ? String($0.dropFirst(directory.path.count + 1)) : $0 }
    }

    /// The text of a file of the package, by its path from the package's root.
    static func packageFile(_ name: String, from testFile: String = #filePath) throws -> String {
        // The caller is Tests/ZzzConfigTests/SOMETHING.swift.
        let root = testFile.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let file = open(root + "/" + name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw ScratchDirectory.Failure(call: "open \(name)", code: errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
