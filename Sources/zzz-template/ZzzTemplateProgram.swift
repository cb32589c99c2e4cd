import Glibc
import ZzzTemplateCompiler

/// `zzz-template --templates DIR [--assets DIR] [--output DIR]`: makes Swift of templates, or checks them.
@main
enum ZzzTemplateProgram {
    private static let usage = """
        usage: zzz-template --templates DIR [--assets DIR] [--output DIR]

        Compiles every *.html.zzz below the templates' DIR into Swift: one file for each, and Templates.swift.
        Files that would be the same as before stay untouched, and those of templates that are gone are removed.
        Without --output the templates are only checked.
        --assets names the folder of the files that {{asset "name"}} links to.
        Prints one line per error on standard error, FILE:LINE:COLUMN: error: MESSAGE, and ends with 1.

        """

    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    /// The exit status: 0 success, 1 an error in a template or file, 2 wrong usage.
    private static func run(_ arguments: [String]) -> Int32 {
        var folders: [String: String] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--templates", "--assets", "--output":
                guard let folder = rest.popFirst() else { return wrongUsage("\(argument) needs a folder") }
                folders[argument] = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
            case "--help", "-h":
                print(usage, terminator: "")
                return 0
            default: return wrongUsage("unknown argument \(argument)")
            }
        }
        guard let templates = folders["--templates"] else { return wrongUsage("--templates is missing") }
        do throws(FileError) {
            return try compile(templates, assets: folders["--assets"], output: folders["--output"])
        } catch {
            complain("zzz-template: error: \(error)\n")
            return 1
        }
    }

    private static func compile(_ templates: String, assets: String?, output: String?) throws(FileError) -> Int32 {
        if let output { try Files.makeFolder(output) }
        let sources = try sources(below: templates, output: output)
        let result = TemplateCompiler.compile(sources, assets: try assets.map(AssetDigest.all) ?? [:])
        for diagnostic in result.diagnostics { complain("\(diagnostic)\n") }
        guard result.diagnostics.isEmpty else { return 1 }
        if let output { try write(result.files, to: output) }
        return 0
    }

    /// The templates. Of those with the same name in several folders, all but the first are known to the Swift compiler
    /// by links to them: it warns of every line otherwise, since their `#fileID` would be the same.
    private static func sources(below templates: String, output: String?) throws(FileError) -> [TemplateSource] {
        var sources: [TemplateSource] = []
        var names: Set<Substring> = []
        for file in try Files.below(templates) where file.hasSuffix(ending) {
            let path = templates + "/" + file
            let isFirst = names.insert(file.split(separator: "/").last ?? "").inserted
            let link = output.map { $0 + "/" + file.replacing("/", with: "+") }
            if !isFirst, let link { try Files.link(link, to: path) }
            sources.append(
                TemplateSource(
                    name: String(file.dropLast(ending.count)), path: path, swiftPath: isFirst ? nil : link,
                    bytes: try Files.read(path)))
        }
        return sources
    }

    private static func write(_ files: [TemplateCompiler.File], to output: String) throws(FileError) {
        for file in files { try Files.replace(output + "/" + file.name, with: Array(file.text.utf8)) }
        // What was made of a template that is gone would be compiled with the rest.
        let names = Set(files.map(\.name))
        for name in try Files.below(output) where name.hasSuffix(".swift") && !names.contains(name) {
            let text = String(decoding: try Files.read(output + "/" + name), as: UTF8.self)
            if TemplateCompiler.hasWritten(text) { try Files.remove(output + "/" + name) }
        }
    }

    private static let ending = ".html.zzz"

    private static func wrongUsage(_ message: String) -> Int32 {
        complain("zzz-template: \(message)\n\(usage)")
        return 2
    }

    private static func complain(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress {
                let count = Glibc.write(STDERR_FILENO, start, rest.count)
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
