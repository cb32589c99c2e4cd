import Foundation
import Testing

@testable import ZzzTemplateCompiler

/// What docs/templates.md shows are templates.
@Suite struct DocumentationTests {
    /// Values for the examples that declare none.
    private static let values = """
        {{@ title: String, name: String, nickname: String?, user: User?, guest: User?, users: [User], posts: [Post] }}
        {{@ post: Post, settings: [String: String], tags: [String], draft: Draft }}

        """

    private func examples() throws -> [String] {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/templates.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        return text.components(separatedBy: "```html\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    }

    /// Examples that others call, by what they are recognised by.
    private static let called = [
        ("class=\"card", "components/card"), ("Slot<User, Int>", "components/list"), ("<!doctype", "layouts/app"),
    ]

    @Test func everyExampleCompiles() throws {
        let examples = try examples()
        #expect(examples.count >= 12)
        var sources = [
            TemplateSource(name: "users/row", path: "users/row", text: "{{@ user: User }}<p>{{user.name}}")
        ]
        for (index, example) in examples.enumerated() {
            let name = Self.called.first { example.contains($0.0) }?.1 ?? "example\(index)"
            let text = example.contains("{{@") ? example : Self.values + example
            sources.append(TemplateSource(name: name, path: example, text: text))
        }
        #expect(TemplateCompiler.compile(sources).diagnostics.map(\.description) == [])
    }

    /// The errors that the page shows are those that the compiler has.
    @Test func theErrorsAreAsShown() {
        #expect(
            messages("{{@ users: [User] }}\n{{#each users as |user|}}\n{{usr.name}}\n{{/each}}")
                == "3:3: unknown name 'usr': did you mean 'user'?")
        #expect(messages("<p>\n<b></p>").hasPrefix("2:4: </p> where </b> is missing: <b> is open since line 2"))
    }
}
