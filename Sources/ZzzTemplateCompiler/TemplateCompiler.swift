import ZzzSpelling

/// Compiles the templates of one target together: they call each other.
///
/// ```swift
/// let source = TemplateSource(name: "hello", path: "hello.html.zzz", text: "{{@ name: String }}Hello {{name}}")
/// let result = TemplateCompiler.compile([source])
/// for problem in result.diagnostics { print(problem) }
/// for file in result.files { print(file.name, file.text) }
/// ```
public enum TemplateCompiler {
    /// What became of the templates: files of Swift, or what is wrong.
    public struct Result: Sendable {
        /// One for each template, and `Templates.swift`. Empty when anything is wrong.
        public var files: [File] = []
        public var diagnostics: [TemplateDiagnostic] = []
    }

    public struct File: Sendable {
        public let name: String
        public let text: String
    }

    /// The file that a template becomes: "users+index.swift" for "users/index".
    public static func fileName(of template: String) -> String {
        template.replacing("/", with: "+") + ".swift"
    }

    /// Whether a file of Swift was made of a template.
    public static func hasWritten(_ text: String) -> Bool {
        text.hasPrefix("// Made from ") && text.prefix { $0 != "\n" }.contains(" by zzz-template.")
    }

    /// The file that names all templates.
    public static let indexFileName = "Templates.swift"

    /// - Parameter assets: what `{{asset}}` may name, by path.
    public static func compile(_ sources: [TemplateSource], assets: [String: Asset] = [:]) -> Result {
        let (programs, diagnostics) = programs(sources, assets: assets)
        guard diagnostics.isEmpty else { return Result(diagnostics: diagnostics) }
        var result = Result()
        let builtin = Set(BuiltinComponents.all.map(\.path))
        var index = TemplateIndex.text(programs)
        for program in programs {
            let text = SwiftFile.text(program)
            if builtin.contains(program.source.path) {
                index += "\n" + text
            } else {
                result.files.append(File(name: fileName(of: program.source.name), text: text))
            }
        }
        result.files.append(File(name: indexFileName, text: index))
        return result
    }

    /// The sources in order, with those of the built-in components that are named and not replaced.
    private static func addingBuiltin(to sources: [TemplateSource]) -> [TemplateSource] {
        let names = Set(sources.map(\.name))
        let used = BuiltinComponents.all.filter { component in
            let word = component.name.dropFirst("components/".count)
            let quoted = [Array("\"\(word)\"".utf8), Array("'\(word)'".utf8)]
            return !names.contains(component.name)
                && sources.contains { source in quoted.contains { source.bytes.firstRange(of: $0) != nil } }
        }
        return (sources + used).sorted { $0.name < $1.name }
    }

    /// The templates as Swift will be written from them.
    static func programs(
        _ sources: [TemplateSource], assets: [String: Asset]
    ) -> ([Program], [TemplateDiagnostic]) {
        var diagnostics: [TemplateDiagnostic] = []
        func collect<Value>(_ source: TemplateSource, _ body: () throws(Problem) -> Value) -> Value? {
            do throws(Problem) { return try body() } catch {
                diagnostics.append(source.diagnostic(error))
                return nil
            }
        }
        var parsed: [(ParsedTemplate, Signature)] = []
        for source in addingBuiltin(to: sources) {
            let template = collect(source) { () throws(Problem) in
                try TemplateIndex.check(source, beside: parsed.map(\.1.name))
                let template = try TemplateParser.parse(source)
                return (template, try Signature(template))
            }
            if let template { parsed.append(template) }
        }
        // What is called may be missing only because it could not be read.
        guard diagnostics.isEmpty else { return ([], diagnostics) }
        let calls = CallGraph(parsed.map(\.0))
        var signatures: [String: Signature] = [:]
        for (template, signature) in parsed {
            var signature = signature
            signature.isRecursive = calls.isRecursive(signature.name)
            signatures[signature.name] = signature
            _ = collect(template.source) { () throws(Problem) in try calls.refuseEndless(from: signature.name) }
        }
        let catalog = TemplateCatalog(signatures: signatures, assets: assets)
        let programs = parsed.compactMap { template, signature in
            collect(template.source) { () throws(Problem) in
                try Lowering.lower(template, signatures[signature.name] ?? signature, in: catalog)
            }
        }
        return (programs, diagnostics)
    }
}
