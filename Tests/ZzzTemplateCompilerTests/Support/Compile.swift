@testable import ZzzTemplateCompiler

/// Templates that the template of a test may call.
let companions = [
    "users/row": "{{@ user: User, isOdd: Bool = false, note: String? }}<li>{{user.name}}</li>",
    "components/card": """
    {{@ title: String, users: [User], line: Slot<User>, footer: Slot? }}
    <div>{{title}}{{yield}}{{#each users as |user|}}{{yield "line" user}}{{/each}}{{yield "footer"}}</div>
    """,
    "components/button": "{{@ label: String, rest: Attributes = [] }}<button {{rest}}>{{label}}</button>",
    "components/box": "<div>{{yield}}</div>",
]

func compile(_ text: String, name: String = "page") -> TemplateCompiler.Result {
    var sources = companions.map { TemplateSource(name: $0.key, path: $0.key, text: $0.value) }
    sources.removeAll { $0.name == name }
    sources.append(TemplateSource(name: name, path: name, text: text))
    return TemplateCompiler.compile(
        sources,
        assets: [
            "app.css": Asset(digest: "0123", integrity: "sha384-abc"), "app.js": Asset(digest: "1", integrity: ""),
        ])
}

/// What is wrong with a template: "line:column: message" for each problem.
func messages(_ text: String, name: String = "page") -> String {
    compile(text, name: name).diagnostics.map { "\($0.line):\($0.column): \($0.message)" }.joined(separator: "\n")
}

/// The steps of a template that is right.
func steps(_ text: String) throws -> [Step] {
    let sources =
        companions.map { TemplateSource(name: $0.key, path: $0.key, text: $0.value) }
        + [TemplateSource(name: "page", path: "page", text: text)]
    let (programs, diagnostics) = TemplateCompiler.programs(sources, assets: [:])
    if let diagnostic = diagnostics.first { throw diagnostic }
    return programs.first { $0.source.name == "page" }?.main.steps ?? []
}
