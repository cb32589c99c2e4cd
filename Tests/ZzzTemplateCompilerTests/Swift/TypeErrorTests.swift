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
        ("{{user.friend.name}}", "value of optional type 'Friend?' must be unwrapped to refer to member 'name'"),
        ("{{#each user as |x|}}{{x}}{{/each}}", "instance method 'each' requires that 'User' conform to 'Sequence'"),
        ("{{#if user.friend.name}}{{/if}}", "value of optional type 'Friend?' must be unwrapped"),
        ("<a href={{user.friend.name}}>x</a>", "value of optional type 'Friend?' must be unwrapped"),
        ("<a href=\"/x{{user.friend.name}}\">x</a>", "value of optional type 'Friend?' must be unwrapped"),
        ("<script>f({{user.friend.name}})</script>", "value of optional type 'Friend?' must be unwrapped"),
        ("<style>b { color: {{user.friend.name}} }</style>", "value of optional type 'Friend?' must be unwrapped"),
        (
            "{{#if user.name == 5}}{{/if}}",
            "binary operator '==' cannot be applied to operands of type 'String' and 'Int'"
        ),
        (
            "<b title=\"{{markup}}\">x</b>",
            "instance method 'attribute' requires that 'HTML' conform to 'TemplateValue'"
        ),
        ("{{shout 5}}", "cannot convert value of type 'Int' to expected argument type 'String'"),
        ("{{shuot user.name}}", "cannot find 'shuot' in scope"),
        ("{{> row user=other}}", "cannot convert value of type 'Other' to expected argument type 'User'"),
        (
            "<script src=\"{{user.name}}\"></script>",
            "instance method 'resourceURL' requires that 'String' conform to 'TrustedURLValue'"
        ),
        ("<b {{user.name}}></b>", "cannot convert value of type 'String' to expected argument type 'Attributes'"),
    ]

    @Test func errorsAreAtTheLineOfTheTemplate() throws {
        let head = "{{@\n  user: User, markup: HTML,\n  other: Other\n}}\n<p>\n"
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
