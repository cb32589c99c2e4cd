import Foundation
import PackagePlugin

/// Compiles the templates of a target, `Templates/**/*.html.zzz`, into Swift that is built with it. Files in `Assets` are
/// what `{{asset}}` links to.
@main
struct ZzzTemplatePlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
        guard let target = target.sourceModule else { return [] }
        let templates = target.directoryURL.appending(path: "Templates/").path()
        let assets = target.directoryURL.appending(path: "Assets/").path()
        let files = target.sourceFiles.map { $0.url.path() }.sorted()
        let sources = files.filter { $0.hasPrefix(templates) && $0.hasSuffix(ending) }
        guard !sources.isEmpty else {
            Diagnostics.warning("\(target.name) has no templates: \(templates)*\(ending)")
            return []
        }
        let linked = files.filter { $0.hasPrefix(assets) }
        var arguments = ["--templates", String(templates.dropLast()), "--output", context.pluginWorkDirectoryURL.path()]
        if !linked.isEmpty { arguments += ["--assets", String(assets.dropLast())] }
        // All templates together, since they call each other. The files of those that did not change stay as they are, and
        // so are not compiled again.
        let names = sources.map { $0.dropFirst(templates.count).dropLast(ending.count).replacing("/", with: "+") }
        return [
            .buildCommand(
                displayName: "Compiling templates of \(target.name)",
                executable: try context.tool(named: "zzz-template").url, arguments: arguments,
                inputFiles: (sources + linked).map { URL(filePath: $0) },
                outputFiles: (names + ["Templates"]).map {
                    context.pluginWorkDirectoryURL.appending(path: $0 + ".swift")
                })
        ]
    }

    private let ending = ".html.zzz"
}
