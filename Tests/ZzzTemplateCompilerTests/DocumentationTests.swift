import Foundation
import Testing

@testable import ZzzTemplateCompiler

/// What docs/templates.md shows: its templates are compiled, also by Swift, and print what it says.
@Suite struct DocumentationTests {
    @Test func theExamplesAreTrue() throws {
        let page = try DocumentationPage("docs/templates.md")
        let (examples, rows) = (page.examples, page.rows)
        #expect(examples.count >= 12 && rows.count >= 19)
        var sources = [
            TemplateSource(name: "users/row", path: "users/row", text: "{{@ user: User }}\n<p>{{user.name}}</p>\n")
        ]
        var program = DocumentationSamples.support
        for (index, example) in examples.enumerated() {
            let name = DocumentationSamples.called.first { example.template.contains($0.0) }?.1 ?? "example\(index)"
            let declaration = example.template.contains("{{@ ") ? "" : DocumentationSamples.values
            sources.append(TemplateSource(name: name, path: "example \(index)", text: declaration + example.template))
            guard example.page != nil else { continue }
            program += "show(Templates.example\(index)())\n"
        }
        for (index, row) in rows.enumerated() {
            for (alternative, template) in row.templates.enumerated() {
                let name = "row\(index)_\(alternative)"
                sources.append(TemplateSource(name: name, path: name, text: DocumentationSamples.values + template))
                for locale in row.pages.keys.sorted() { program += "show(Templates.\(name)(), .\(locale))\n" }
            }
        }
        let run = try SwiftRun(sources, support: program, assets: ["app.css": DocumentationSamples.asset])
        defer { run.remove() }
        var pages = try run.output().components(separatedBy: "\0")[...]
        for example in examples {
            guard let expected = example.page, let page = pages.popFirst() else { continue }
            #expect(lines(page) == lines(expected), "\(page)")
        }
        for row in rows {
            for (alternative, template) in row.templates.enumerated() {
                for locale in row.pages.keys.sorted() {
                    let expected = row.pages[locale].map { $0[min(alternative, $0.count - 1)] }
                    // Spaces that do not break are shown as others.
                    let page = pages.popFirst()?.replacing("\u{A0}", with: " ").replacing("\u{202F}", with: " ")
                    #expect(page == expected, "\(template) in \(locale)")
                }
            }
        }
    }

    /// Without empty lines, and what stands at the ends of others.
    private func lines(_ page: String) -> [String] {
        page.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// The errors that the page shows, in its first example.
    @Test func theErrorsAreAsShown() throws {
        let page = try DocumentationPage("docs/templates.md")
        let example = try #require(page.examples.first).template
        let path = "Templates/users/index.html.zzz"
        func source(_ old: String, _ new: String) -> TemplateSource {
            TemplateSource(name: "users/index", path: path, text: example.replacingOccurrences(of: old, with: new))
        }
        var errors = [("{{user.name}}", "{{usr.name}}"), ("</a>", "")].flatMap { old, new in
            TemplateCompiler.compile([source(old, new)]).diagnostics.map(\.description)
        }
        let run = try SwiftRun(
            [source("user.name", "user.nme")], support: "struct User { var id = 1; var name = \"\" }")
        defer { run.remove() }
        errors += try run.errors()
        #expect(errors == page.errors)
    }
}
