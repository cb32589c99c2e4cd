/// The cases of the Mustache specification (github.com/mustache/spec, version 1.4) for what the languages have in
/// common. Sections are `{{#if}}`, `{{#each}}` or `{{#with}}` here, by what they are given. Left out is what a
/// compiler refuses: names that are missing, lambdas, delimiters that change. Partials are not indented, as in
/// Handlebars with `preventIndent`: the spaces would be in the page, and wrong in `pre`.
enum MustacheCases {
    static let comments = [
        SpecificationCase("inline", "12345{{! Comment Block! }}67890", "1234567890"),
        SpecificationCase("multiline", "12345{{!\n  This is a\n  multi-line comment...\n}}67890\n", "1234567890\n"),
        SpecificationCase("standalone", "Begin.\n{{! Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n"),
        SpecificationCase(
            "indented standalone", "Begin.\n  {{! Indented Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n"),
        SpecificationCase("standalone line endings", "|\r\n{{! Standalone Comment }}\r\n|", "|\r\n|"),
        SpecificationCase("standalone without previous line", "  {{! I'm Still Standalone }}\n!", "!"),
        SpecificationCase("standalone without newline", "!\n  {{! I'm Still Standalone }}", "!\n"),
        SpecificationCase(
            "multiline standalone", "Begin.\n{{!\nSomething's going on here...\n}}\nEnd.\n", "Begin.\nEnd.\n"),
        SpecificationCase(
            "indented multiline standalone", "Begin.\n  {{!\n    Something's going on here...\n  }}\nEnd.\n",
            "Begin.\nEnd.\n"),
        SpecificationCase("indented inline", "  12 {{! 34 }}\n", "  12 \n"),
        SpecificationCase("surrounding whitespace", "12345 {{! Comment Block! }} 67890", "12345  67890"),
        SpecificationCase(
            "variable name collision", "{{@ comment: Int = 4 }}comments never show: &gt;{{! comment }}&lt;",
            "comments never show: &gt;&lt;"),
    ]

    private static let forbidden = #"{{@ forbidden: String = "& \" < >" }}"#

    static let interpolation = [
        SpecificationCase("no interpolation", "Hello from {Mustache}!\n", "Hello from {Mustache}!\n"),
        SpecificationCase("basic", "{{@ subject: String = \"world\" }}Hello, {{subject}}!\n", "Hello, world!\n"),
        SpecificationCase(
            "no re-interpolation",
            "{{@ template: String = \"{{planet}}\", planet: String = \"Earth\" }}{{template}}: {{planet}}",
            "{{planet}}: Earth"),
        SpecificationCase(
            "HTML escaping", forbidden + "These characters should be HTML escaped: {{forbidden}}\n",
            "These characters should be HTML escaped: &amp; &quot; &lt; &gt;\n"),
        SpecificationCase(
            "triple mustache", forbidden + "These characters should not be HTML escaped: {{{forbidden}}}\n",
            "These characters should not be HTML escaped: & \" < >\n"),
        SpecificationCase(
            "ampersand", forbidden + "These characters should not be HTML escaped: {{&forbidden}}\n",
            "These characters should not be HTML escaped: & \" < >\n"),
        SpecificationCase("integer", "{{@ mph: Int = 85 }}\"{{mph}} miles an hour!\"", "\"85 miles an hour!\""),
        SpecificationCase(
            "triple integer", "{{@ mph: Int = 85 }}\"{{{mph}}} miles an hour!\"", "\"85 miles an hour!\""),
        SpecificationCase(
            "ampersand integer", "{{@ mph: Int = 85 }}\"{{&mph}} miles an hour!\"", "\"85 miles an hour!\""),
        SpecificationCase("decimal", "{{@ power: Double = 1.21 }}\"{{power}} jiggawatts!\"", "\"1.21 jiggawatts!\""),
        SpecificationCase(
            "triple decimal", "{{@ power: Double = 1.21 }}\"{{{power}}} jiggawatts!\"", "\"1.21 jiggawatts!\""),
        SpecificationCase("null", "{{@ cannot: String? }}I ({{cannot}}) be seen!", "I () be seen!"),
        SpecificationCase("triple null", "{{@ cannot: String? }}I ({{{cannot}}}) be seen!", "I () be seen!"),
        SpecificationCase(
            "dotted names",
            "{{@ person: Person = Person(name: \"Joe\") }}"
                + "\"{{person.name}}\" == \"{{#with person as |p|}}{{p.name}}{{/with}}\"", "\"Joe\" == \"Joe\""),
        SpecificationCase(
            "dotted names, triple", "{{@ person: Person = Person(name: \"Joe\") }}\"{{{person.name}}}\"", "\"Joe\""),
        SpecificationCase(
            "dotted names, arbitrary depth", "{{@ a: Depth = Depth() }}\"{{a.b.c.d.e.name}}\" == \"Phil\"",
            "\"Phil\" == \"Phil\""),
        SpecificationCase("dotted names, broken chains", "{{@ a: Chain? }}\"{{a?.b?.c}}\" == \"\"", "\"\" == \"\""),
        SpecificationCase(
            "implicit iterator", "{{@ list: [String] = [\"world\"] }}{{#each list}}Hello, {{.}}!\n{{/each}}",
            "Hello, world!\n"),
        SpecificationCase(
            "implicit iterator, HTML escaping",
            "{{@ list: [String] = [\"& \\\" < >\"] }}{{#each list}}{{.}}{{/each}}",
            "&amp; &quot; &lt; &gt;"),
        SpecificationCase(
            "implicit iterator, triple", "{{@ list: [String] = [\"& \\\" < >\"] }}{{#each list}}{{{.}}}{{/each}}",
            "& \" < >"),
        SpecificationCase(
            "implicit iterator, integer", "{{@ list: [Int] = [85] }}{{#each list}}{{.}}{{/each}}", "85"),
        SpecificationCase("surrounding whitespace", "{{@ string: String = \"---\" }}| {{string}} |", "| --- |"),
        SpecificationCase(
            "surrounding whitespace, triple", "{{@ string: String = \"---\" }}| {{{string}}} |", "| --- |"),
        SpecificationCase(
            "surrounding whitespace, ampersand", "{{@ string: String = \"---\" }}| {{&string}} |", "| --- |"),
        SpecificationCase("standalone", "{{@ string: String = \"---\" }}  {{string}}\n", "  ---\n"),
        SpecificationCase("standalone, triple", "{{@ string: String = \"---\" }}  {{{string}}}\n", "  ---\n"),
        SpecificationCase("standalone, ampersand", "{{@ string: String = \"---\" }}  {{&string}}\n", "  ---\n"),
        SpecificationCase("padding", "{{@ string: String = \"---\" }}|{{ string }}|", "|---|"),
        SpecificationCase("padding, triple", "{{@ string: String = \"---\" }}|{{{ string }}}|", "|---|"),
        SpecificationCase("padding, ampersand", "{{@ string: String = \"---\" }}|{{& string }}|", "|---|"),
    ]

    private static let yes = "{{@ boolean: Bool = true }}"
    private static let no = "{{@ boolean: Bool = false }}"

    static let sections = [
        SpecificationCase(
            "truthy", yes + "\"{{#if boolean}}This should be rendered.{{/if}}\"", "\"This should be rendered.\""),
        SpecificationCase("falsey", no + "\"{{#if boolean}}This should not be rendered.{{/if}}\"", "\"\""),
        SpecificationCase(
            "null is falsey", "{{@ nothing: String? }}\"{{#if nothing}}This should not be rendered.{{/if}}\"", "\"\""),
        SpecificationCase(
            "context",
            "{{@ context: Person? = Person(name: \"Joe\") }}\"{{#with context as |c|}}Hi {{c.name}}.{{/with}}\"",
            "\"Hi Joe.\""),
        SpecificationCase(
            "parent contexts",
            "{{@ a: String = \"foo\", sec: Person = Person(name: \"bar\"), c: String = \"baz\" }}"
                + "\"{{#with sec as |s|}}{{a}}, {{s.name}}, {{c}}{{/with}}\"", "\"foo, bar, baz\""),
        SpecificationCase(
            "variable test", "{{@ foo: String = \"bar\" }}\"{{#if foo}}{{foo}} is {{foo}}{{/if}}\"", "\"bar is bar\""),
        SpecificationCase(
            "list contexts",
            "{{@ tops: [[String]] = [[\"a\", \"b\"], [\"c\"]] }}"
                + "{{#each tops as |top|}}<{{#each top as |middle|}}{{middle}}{{/each}}>{{/each}}".replacing(
                    "<", with: "("
                )
                .replacing(">", with: ")"), "(ab)(c)"),
        SpecificationCase(
            "list", "{{@ list: [Int] = [1, 2, 3] }}\"{{#each list as |item|}}{{item}}{{/each}}\"", "\"123\""),
        SpecificationCase("empty list", "{{@ list: [Int] = [] }}\"{{#each list}}Yay lists!{{/each}}\"", "\"\""),
        SpecificationCase(
            "doubled",
            "{{@ bool: Bool = true, two: String = \"second\" }}\n"
                + "{{#if bool}}\n* first\n{{/if}}\n* {{two}}\n{{#if bool}}\n* third\n{{/if}}\n",
            "* first\n* second\n* third\n"),
        SpecificationCase(
            "nested, truthy", yes + "| A {{#if boolean}}B {{#if boolean}}C{{/if}} D{{/if}} E |", "| A B C D E |"),
        SpecificationCase(
            "nested, falsey", no + "| A {{#if boolean}}B {{#if boolean}}C{{/if}} D{{/if}} E |", "| A  E |"),
        SpecificationCase(
            "implicit iterator, string",
            "{{@ list: [String] = [\"a\", \"b\", \"c\"] }}\"{{#each list}}({{.}}){{/each}}\"",
            "\"(a)(b)(c)\""),
        SpecificationCase(
            "implicit iterator, integer", "{{@ list: [Int] = [1, 2, 3] }}\"{{#each list}}({{.}}){{/each}}\"",
            "\"(1)(2)(3)\""),
        SpecificationCase(
            "implicit iterator, decimal", "{{@ list: [Double] = [1.1, 2.2] }}\"{{#each list}}({{.}}){{/each}}\"",
            "\"(1.1)(2.2)\""),
        SpecificationCase(
            "implicit iterator, array",
            "{{@ list: [[Int]] = [[1, 2], [3]] }}"
                + "\"{{#each list}}({{#each .}}{{.}}{{/each}}){{/each}}\"", "\"(12)(3)\""),
        SpecificationCase(
            "dotted names, truthy", "{{@ a: Person = Person(name: \"x\") }}\"{{#if a.name}}Here{{/if}}\" == \"Here\"",
            "\"Here\" == \"Here\""),
        SpecificationCase(
            "dotted names, falsey", "{{@ a: Person = Person(name: \"\") }}\"{{#if a.name}}Here{{/if}}\" == \"\"",
            "\"\" == \"\""),
        SpecificationCase(
            "surrounding whitespace", yes + " | {{#if boolean}}\t|\t{{/if}} | \n", " | \t|\t | \n"),
        SpecificationCase(
            "internal whitespace", yes + " | {{#if boolean}} {{! Important Whitespace }}\n {{/if}} | \n",
            " |  \n  | \n"),
        SpecificationCase(
            "indented inline", yes + " {{#if boolean}}YES{{/if}}\n {{#if boolean}}GOOD{{/if}}\n", " YES\n GOOD\n"),
        SpecificationCase(
            "standalone lines", yes + "| This Is\n{{#if boolean}}\n|\n{{/if}}\n| A Line\n", "| This Is\n|\n| A Line\n"
        ),
        SpecificationCase(
            "indented standalone lines", yes + "| This Is\n  {{#if boolean}}\n|\n  {{/if}}\n| A Line\n",
            "| This Is\n|\n| A Line\n"),
        SpecificationCase(
            "standalone line endings", yes + "|\r\n{{#if boolean}}\r\n{{/if}}\r\n|", "|\r\n|"),
        SpecificationCase("standalone without previous line", yes + "\n  {{#if boolean}}\n#{{/if}}\n/", "#\n/"),
        SpecificationCase("standalone without newline", yes + "#{{#if boolean}}\n/\n  {{/if}}", "#\n/\n"),
        SpecificationCase("padding", yes + "|{{# if boolean }}={{/ if }}|", "|=|"),
    ]

    static let inverted = [
        SpecificationCase(
            "falsey", no + "\"{{#unless boolean}}This should be rendered.{{/unless}}\"",
            "\"This should be rendered.\""),
        SpecificationCase("truthy", yes + "\"{{#unless boolean}}This should not be rendered.{{/unless}}\"", "\"\""),
        SpecificationCase(
            "null is falsey", "{{@ nothing: Int? }}\"{{#unless nothing}}This should be rendered.{{/unless}}\"",
            "\"This should be rendered.\""),
        SpecificationCase(
            "context", "{{@ context: Person? = Person(name: \"Joe\") }}\"{{#unless context}}Hi.{{/unless}}\"", "\"\""),
        SpecificationCase("list", "{{@ list: [Int] = [1] }}\"{{#unless list}}Yay lists!{{/unless}}\"", "\"\""),
        SpecificationCase(
            "empty list", "{{@ list: [Int] = [] }}\"{{#unless list}}Yay lists!{{/unless}}\"", "\"Yay lists!\""),
        SpecificationCase(
            "nested, falsey", no + "| A {{#unless boolean}}B {{#unless boolean}}C{{/unless}} D{{/unless}} E |",
            "| A B C D E |"),
        SpecificationCase(
            "standalone indented lines", no + "| This Is\n  {{#unless boolean}}\n|\n  {{/unless}}\n| A Line\n",
            "| This Is\n|\n| A Line\n"),
        SpecificationCase(
            "standalone line endings", no + "|\r\n{{#unless boolean}}\r\n{{/unless}}\r\n|", "|\r\n|"),
        SpecificationCase("padding", no + "|{{# unless boolean }}={{/ unless }}|", "|=|"),
    ]

    static let partials = [
        SpecificationCase("basic", "\"{{>text}}\"", "\"from partial\"", ["text": "from partial"]),
        SpecificationCase(
            "context", "{{@ text: String = \"content\" }}\"{{>starred text=text}}\"", "\"*content*\"",
            ["starred": "{{@ text: String }}*{{text}}*"]),
        SpecificationCase(
            "recursion", "{{>node node=(sampleTree)}}", "X(Y())",
            [
                "node":
                    "{{@ node: Tree }}{{node.content}}({{#each node.nodes as |child|}}{{>node node=child}}{{/each}})"
            ]),
        SpecificationCase(
            "nested", "{{>outer}}", "*hello world!*", ["outer": "*{{>inner}}*", "inner": "hello world!"]),
        SpecificationCase("surrounding whitespace", "| {{>tabs}} |", "| \t|\t |", ["tabs": "\t|\t"]),
        SpecificationCase(
            "inline indentation", "{{@ data: String = \"|\" }}  {{data}}  {{> lines}}\n", "  |  &gt;\n&gt;\n",
            ["lines": "&gt;\n&gt;"]),
        SpecificationCase("standalone line endings", "|\r\n{{>one}}\r\n|", "|\r\n&gt;|", ["one": "&gt;"]),
        SpecificationCase(
            "standalone without previous line, not indented", "  {{>two}}\n|", "&gt;\n&gt;|", ["two": "&gt;\n&gt;"]),
        SpecificationCase(
            "standalone without newline, not indented", "!\n  {{>three}}", "!\n&gt;\n&gt;", ["three": "&gt;\n&gt;"]),
        SpecificationCase("padding", "|{{> box }}|", "|[]|", ["box": "[]"]),
    ]

    /// What the templates above use.
    static let support = """
        struct Person { var name: String }
        struct Depth {
            struct B { let c = C() }
            struct C { let d = D() }
            struct D { let e = Person(name: "Phil") }
            let b = B()
        }
        struct Chain { var b: B?; struct B { var c: String? } }
        struct Tree { var content: String; var nodes: [Tree] = [] }
        func sampleTree() -> Tree { Tree(content: "X", nodes: [Tree(content: "Y")]) }

        """
}
