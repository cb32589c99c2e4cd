import Testing

@testable import ZzzTemplateCompiler

/// What the Swift compiler finds wrong is shown at the template's own file and line.
@Suite struct TypeErrorTests {
    private static let support = """
        struct User { var name: String; var friend: Friend? }
        struct Friend { var name: String }
        struct Other {}
        func shout(_ text: String) -> String { text }

        """

    /// Each line with its mistake, and the error at that line.
    private static let mistakes = [
        ("{{user.nme}}", "value of type 'User' has no member 'nme'"),
        ("{{other}}", "no exact matches in call to instance method 'text'"),
        // Swift 6.3.1 knows the line, and not what to say.
        ("{{user.friend.name}}", "failed to produce diagnostic for expression"),
        ("{{#each user as |x|}}{{x}}{{/each}}", "instance method 'each' requires that 'User' conform to 'Sequence'"),
        (
            "{{#if user.name == 5}}{{/if}}",
            "binary operator '==' cannot be applied to operands of type 'String' and 'Int'"
        ),
        ("{{shout 5}}", "cannot convert value of type 'Int' to expected argument type 'String'"),
        ("{{shuot user.name}}", "cannot find 'shuot' in scope"),
        ("{{> row user=other}}", "cannot convert value of type 'Other' to expected argument type 'User'"),
        (
            "<script src=\"{{user.name}}\"></script>",
            "cannot convert value of type 'String' to expected argument type 'TrustedURL'"
        ),
        ("<b {{user.name}}></b>", "cannot convert value of type 'String' to expected argument type 'Attributes'"),
    ]

    @Test func errorsAreAtTheLineOfTheTemplate() throws {
        let head = "{{@\n  user: User,\n  other: Other\n}}\n<p>\n"
        var sources = Self.mistakes.enumerated().map { index, mistake in
            TemplateSource(name: "page\(index)", path: "/app/Templates/page\(index).html.zzz", text: head + mistake.0)
        }
        sources.append(
            TemplateSource(name: "row", path: "/app/Templates/row.html.zzz", text: "{{@ user: User }}<li>"))
        let wrongType = "{{@ title: String,\n  users: [Usr] }}\n<p>{{title}}"
        sources.append(TemplateSource(name: "type", path: "/app/Templates/type.html.zzz", text: wrongType))
        let run = try SwiftRun(sources, support: Self.support)
        defer { run.remove() }
        let errors = try run.errors()
        for (index, mistake) in Self.mistakes.enumerated() {
            let place = "/app/Templates/page\(index).html.zzz:6:"
            let isFound = errors.contains { $0.hasPrefix(place) && $0.contains("error: " + mistake.1) }
            #expect(isFound, "\(mistake.0): \(errors.filter { $0.contains("page\(index).") })")
        }
        #expect(
            errors.contains {
                $0.hasPrefix("/app/Templates/type.html.zzz:2:") && $0.contains("cannot find type 'Usr'")
            })
        // Nothing is said of the generated files themselves.
        #expect(errors.filter { !$0.hasPrefix("/app/Templates/") } == [])
    }
}
