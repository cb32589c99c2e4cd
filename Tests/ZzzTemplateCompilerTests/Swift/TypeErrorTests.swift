import Testing

@testable import ZzzTemplateCompiler

/// What the Swift compiler finds wrong is shown at the template's own file and line.
@Suite struct TypeErrorTests {
    private static let support = """
        struct User { var name: String; var friend: Friend?; func greeting() -> String { name } }
        struct Friend { var name: String }
        struct Other {}
        enum Role { case admin }
        func shout(_ text: String) -> String { text }

        """

    /// Each line with its mistake, and the error at that line.
    private static let mistakes = [
        ("{{user.nme}}", "value of type 'User' has no member 'nme'"),
        ("{{other}}", "'text' is unavailable: no text of its own: print a member, or make its type Custom"),
        ("{{role}}", "'text' is unavailable: no text of its own: print a member, or make its type Custom"),
        ("<b title={{role}}>x</b>", "'attribute' is unavailable: no text of its own: print a member"),
        ("<a href={{role}}>x</a>", "'url' is unavailable: a URL is a String or a TrustedURL, and this is neither"),
        ("<a href=\"/{{role}}\">x</a>", "'urlPart' is unavailable: no text of its own: print a member"),
        ("<a href=\"tel:{{role}}\">x</a>", "'address' is unavailable: no text of its own: print a member"),
        ("<img srcset=\"{{role}} 2x\">", "'listURL' is unavailable: a URL is a String or a TrustedURL"),
        ("<script>f({{role}})</script>", "'script' is unavailable: a value in a script is written as JSON"),
        ("<b onclick=\"f({{role}})\">x</b>", "'scriptAttribute' is unavailable: a value in a script is written as"),
        ("<script>f('{{role}}')</script>", "'scriptString' is unavailable: no text of its own: print a member"),
        ("<b style=\"color: {{role}}\">x</b>", "'style' is unavailable: no text of its own: print a member"),
        ("<style>b { content: '{{role}}' }</style>", "'styleString' is unavailable: no text of its own: print a"),
        ("<style>b { background: url({{role}}) }</style>", "'styleURL' is unavailable: a URL is a String or a"),
        ("{{{role}}}", "'raw' is unavailable: {{{...}}} takes HTML in a String, or HTML(trusted:), and this is"),
        ("{{user.name.uppercased}}", "'text' is unavailable: a function, and not what it returns: call it with ()"),
        ("<b title={{user.greeting}}>x</b>", "'attribute' is unavailable: a function, and not what it returns"),
        ("{{join users \", \"}}", "global function 'join' requires that 'User' conform to 'CustomStringConvertible'"),
        ("{{number user.name}}", "cannot convert value of type 'String' to expected argument type 'Double'"),
        ("{{currency 5}}", "missing argument for parameter 'code' in call"),
        ("{{date user.name}}", "global function 'date(_:format:time:offset:)' requires that 'String' conform to"),
        ("{{#form user action=\"/x\" as |f|}}{{/form}}", "generic struct 'Form' requires that 'User' conform to"),
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
            "'attribute' is unavailable: HTML stands between tags, not in an attribute: print text there"
        ),
        ("{{shout 5}}", "cannot convert value of type 'Int' to expected argument type 'String'"),
        ("{{shuot user.name}}", "cannot find 'shuot' in scope"),
        ("{{> row user=other}}", "cannot convert value of type 'Other' to expected argument type 'User'"),
        (
            "<script src=\"{{user.name}}\"></script>",
            "'resourceURL' is unavailable: code is loaded from here: use a TrustedURL, such as {{asset \"app.js\"}}"
        ),
        ("<b {{user.name}}></b>", "cannot convert value of type 'String' to expected argument type 'Attributes'"),
    ]

    @Test func errorsAreAtTheLineOfTheTemplate() throws {
        let head = "{{@\n  user: User, users: [User], role: Role,\n  markup: HTML, other: Other\n}}\n<p>\n"
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
