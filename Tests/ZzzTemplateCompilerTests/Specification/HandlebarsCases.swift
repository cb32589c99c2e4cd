/// What Handlebars has beyond Mustache (its own tests, spec/builtins.js, basic.js, blocks.js, whitespace-control.js,
/// subexpressions.js), as far as the languages agree.
enum HandlebarsCases {
    private static let goodbyes =
        "{{@ goodbyes: [String] = [\"goodbye\", \"Goodbye\", \"GOODBYE\"], world: String = \"world\" }}"
    private static let empty = "{{@ goodbyes: [String] = [], world: String = \"world\" }}"

    static let each = [
        SpecificationCase(
            "each", goodbyes + "{{#each goodbyes as |text|}}{{text}}! {{/each}}cruel {{world}}!",
            "goodbye! Goodbye! GOODBYE! cruel world!"),
        SpecificationCase(
            "each, empty", empty + "{{#each goodbyes as |text|}}{{text}}! {{/each}}cruel {{world}}!", "cruel world!"),
        SpecificationCase(
            "each with else", empty + "{{#each goodbyes as |text|}}{{text}}! {{else}}nobody, {{/each}}{{world}}",
            "nobody, world"),
        SpecificationCase(
            "each with {{^}}", empty + "{{#each goodbyes}}x{{^}}nobody, {{/each}}{{world}}", "nobody, world"),
        SpecificationCase(
            "@index", goodbyes + "{{#each goodbyes as |text|}}{{@index}}. {{text}}! {{/each}}cruel {{world}}!",
            "0. goodbye! 1. Goodbye! 2. GOODBYE! cruel world!"),
        SpecificationCase(
            "nested @index",
            goodbyes
                + "{{#each goodbyes as |text|}}{{@index}}. {{text}}! {{#each goodbyes as |t|}}{{@index}} {{/each}}"
                + "After {{@index}} {{/each}}{{@locale}}",
            "0. goodbye! 0 1 2 After 0 1. Goodbye! 0 1 2 After 1 2. GOODBYE! 0 1 2 After 2 en"),
        SpecificationCase(
            "block params",
            goodbyes
                + "{{#each goodbyes as |value index|}}{{index}}. {{value}}! {{#each goodbyes as |child childIndex|}}"
                + "{{index}} {{childIndex}} {{/each}}After {{index}} {{/each}}{{@locale}}",
            "0. goodbye! 0 0 0 1 0 2 After 0 1. Goodbye! 1 0 1 1 1 2 After 1 2. GOODBYE! 2 0 2 1 2 2 After 2 en"),
        SpecificationCase(
            "@first",
            goodbyes + "{{#each goodbyes as |text|}}{{#if @first}}{{text}}! {{/if}}{{/each}}cruel {{world}}!",
            "goodbye! cruel world!"),
        SpecificationCase(
            "nested @first",
            goodbyes
                + "{{#each goodbyes as |text|}}({{#if @first}}{{text}}! {{/if}}{{#each goodbyes as |t|}}{{#if @first}}"
                + "{{t}}!{{/if}}{{/each}}{{#if @first}} {{text}}!{{/if}}) {{/each}}{{world}}",
            "(goodbye! goodbye! goodbye!) (goodbye!) (goodbye!) world"),
        SpecificationCase(
            "@last", goodbyes + "{{#each goodbyes as |text|}}{{#if @last}}{{text}}! {{/if}}{{/each}}cruel {{world}}!",
            "GOODBYE! cruel world!"),
        SpecificationCase(
            "@key",
            "{{@ items: KeyValuePairs<String, Int> = [\"a\": 1, \"b\": 2] }}"
                + "{{#each items as |value|}}{{@key}}={{value}} {{@last}} {{/each}}",
            "a=1 false b=2 true "),
        SpecificationCase(
            "value and key",
            "{{@ items: [String: Int] = [\"a\": 1] }}{{#each items as |value key|}}{{key}}={{value}}{{/each}}",
            "a=1"),
        SpecificationCase(
            "each over an optional", "{{@ items: [Int]? }}{{#each items}}{{this}}{{else}}none{{/each}}", "none"),
        SpecificationCase(
            "each over a range", "{{@ items: ClosedRange<Int> = 1...3 }}{{#each items}}{{this}}{{/each}}", "123"),
        SpecificationCase(
            "each, all at once",
            "{{@ items: [Int] = [7, 8] }}"
                + "{{#each items as |item key|}}{{@index}}{{@first}}{{@last}}{{key}}{{item}} {{/each}}",
            "0truefalse07 1falsetrue18 "),
    ]

    private static let user = "{{@ user: Account? = Account(), nobody: Account? }}"

    static let conditions = [
        SpecificationCase("if, 0 is false", "{{@ n: Int = 0 }}{{#if n}}yes{{else}}no{{/if}}", "no"),
        SpecificationCase("if, empty text is false", "{{@ s: String = \"\" }}{{#if s}}yes{{else}}no{{/if}}", "no"),
        SpecificationCase("if, empty list is false", "{{@ a: [Int] = [] }}{{#if a}}yes{{else}}no{{/if}}", "no"),
        SpecificationCase(
            "if, optional false is false", "{{@ b: Bool? = false }}{{#if b}}yes{{else}}no{{/if}}", "no"),
        SpecificationCase("if, optional 0 is false", "{{@ n: Double? = 0 }}{{#if n}}yes{{else}}no{{/if}}", "no"),
        SpecificationCase(
            "if, optional empty text is false", "{{@ s: String? = \"\" }}{{#if s}}yes{{else}}no{{/if}}", "no"),
        SpecificationCase(
            "if, any other value is true", "{{@ p: Account = Account() }}{{#if p}}yes{{else}}no{{/if}}", "yes"),
        SpecificationCase(
            "else if",
            "{{@ n: Int = 2 }}{{#if n == 1}}one{{else if n == 2}}two{{else if n == 3}}three{{else}}many{{/if}}", "two"
        ),
        SpecificationCase(
            "else if, the end", "{{@ n: Int = 9 }}{{#if n == 1}}one{{else if n == 2}}two{{else}}many{{/if}}", "many"),
        SpecificationCase(
            "unless with else", user + "{{#unless nobody}}log in{{else}}{{nobody.name}}{{/unless}}", "log in"),
        SpecificationCase(
            "unless with else, else", user + "{{#unless user}}log in{{else}}{{user.name}}{{/unless}}", "Ada"),
        SpecificationCase(
            "if lets in", user + "{{#if user}}{{user.name}} {{user.address.city}}{{/if}}", "Ada London"),
        SpecificationCase(
            "if lets in, with &&",
            user + "{{#if user && user.isAdmin}}{{user.name}}{{/if}}{{#if nobody && nobody.isAdmin}}x{{/if}}",
            "Ada"),
        SpecificationCase(
            "if lets in, deep", "{{@ a: Account = Account() }}{{#if a.friend}}{{a.friend.name}}{{else}}none{{/if}}",
            "none"),
        SpecificationCase("if lets in, a list", "{{@ a: [Int]? = [1, 2] }}{{#if a}}{{a.count}}{{/if}}", "2"),
        SpecificationCase(
            "if, this", "{{@ a: [Int?] = [1, nil, 2] }}{{#each a}}{{#if this}}{{this}}{{else}}-{{/if}}{{/each}}",
            "1-2"),
        SpecificationCase("with", user + "{{#with user as |u|}}{{u.name}}{{/with}}", "Ada"),
        SpecificationCase("with, else", user + "{{#with nobody as |u|}}{{u.name}}{{else}}nobody{{/with}}", "nobody"),
        SpecificationCase(
            "comparisons",
            "{{@ n: Int = 5, s: String = \"b\" }}"
                + "{{n == 5}} {{n != 5}} {{n < 6}} {{n <= 5}} {{n > 5}} {{n >= 5}} {{s < \"c\"}}",
            "true false true true false true true"),
        SpecificationCase(
            "operators",
            "{{@ a: Bool = true, b: Bool = false, s: String = \"\" }}"
                + "{{a && b}} {{a || b}} {{(!a)}} {{(!s)}} {{(!!s)}} {{(!(a && b))}} {{a && (b || !s)}}",
            "false true false true false true true"),
        SpecificationCase(
            "fallback", "{{@ a: String?, b: String? = \"b\" }}{{a ?? \"none\"}} {{a ?? b ?? \"none\"}}", "none b"),
        SpecificationCase(
            "members of an enumeration",
            "{{@ role: Role = .admin }}{{#if role == .admin}}admin{{else}}{{role}}{{/if}}", "admin"),
    ]

    static let expressions = [
        SpecificationCase(
            "literals", "{{\"a\"}} {{'b'}} {{12}} {{-3}} {{1.5}} {{true}} {{false}}", "a b 12 -3 1.5 true false"),
        SpecificationCase("escapes in strings", #"{{"a\"b\\c\td"}}"#, "a&quot;b\\c\td"),
        SpecificationCase("Swift in a string", #"{{"\\(1 + 1)"}}"#, "\\(1 + 1)"),
        SpecificationCase("a function", "{{@ a: String = \"x\" }}{{link a \"/y\"}}", "x -&gt; /y"),
        SpecificationCase(
            "a function, arguments by name", "{{@ a: String = \"x\" }}{{link a to=\"/y\"}}", "x =&gt; /y"),
        SpecificationCase("a function without arguments", "{{(year)}} {{year()}}", "2026 2026"),
        SpecificationCase(
            "subexpressions", "{{@ a: String = \"x\" }}{{link (twice a) (twice (twice a))}}", "xx -&gt; xxxx"),
        SpecificationCase("subexpressions by name", "{{@ a: String = \"x\" }}{{link a to=(twice a)}}", "x =&gt; xx"),
        SpecificationCase("a function in a condition", "{{#if (isOdd 3)}}odd{{/if}}{{#if isOdd 4}}odd{{/if}}", "odd"),
        SpecificationCase("methods", "{{@ a: String = \"x\" }}{{a.uppercased()}} {{a.hasPrefix(\"x\")}}", "X true"),
        SpecificationCase("members of types", "{{Site.name}}", "Zzz"),
        SpecificationCase("HTML is not escaped", "{{bold(\"<\")}}", "<b>&lt;</b>"),
        SpecificationCase("keywords as names", "{{@ class: String = \"a\", for: Int = 1 }}{{class}}{{for}}", "a1"),
        SpecificationCase("a name that a function has too", "{{@ number: Int = 1234 }}{{number number}}", "1,234"),
        SpecificationCase("description", "{{@ role: Role = .admin, none: Role? }}{{role}}{{none}}", "admin"),
    ]

    private static let foo = "{{@ foo: String = \"bar<\" }}"

    static let whitespace = [
        SpecificationCase("strip around values", foo + " {{~foo~}} ", "bar&lt;"),
        SpecificationCase("strip before values", foo + " {{~foo}} ", "bar&lt; "),
        SpecificationCase("strip after values", foo + " {{foo~}} ", " bar&lt;"),
        SpecificationCase("strip around triples", foo + " {{~{foo}~}} {{~&foo~}} ", "bar<bar<"),
        SpecificationCase(
            "strip newlines", foo + "1\n{{foo~}} \n\n 2\n{{bold(\"\")~}} \n3 ", "1\nbar&lt;2\n<b></b>3 "),
        SpecificationCase("strip around blocks", foo + " {{~#if foo~}} bar {{~/if~}} ", "bar"),
        SpecificationCase("strip before a block", foo + " {{#if foo~}} bar {{/if~}} ", " bar "),
        SpecificationCase("strip after a block", foo + " {{~#if foo}} bar {{~/if}} ", " bar "),
        SpecificationCase("strip with newlines", foo + " \n\n{{~#if foo~}} \n\nbar \n\n{{~/if~}}\n\n ", "bar"),
        SpecificationCase(
            "strip around else",
            foo + "{{#if foo~}} bar {{~else~}} baz {{~/if}}{{#unless foo~}} bar {{~else~}} baz {{~/unless}}",
            "barbaz"),
        SpecificationCase("strip around comments", "a {{~! b ~}} c {{~!-- d --~}} e", "ace"),
        SpecificationCase("strip around partials", "foo {{~> dude~}} ", "foobar", ["dude": "bar"]),
        SpecificationCase("dashed comment with braces", "a{{!-- {{b}} --}}c", "ac"),
        SpecificationCase("raw block", "{{{{raw}}}} {{test}} {{{{/raw}}}}", " {{test}} "),
        SpecificationCase("escaped mustache", foo + "\\{{foo}} {{foo}}", "{{foo}} bar&lt;"),
        SpecificationCase("escaped backslash", foo + "\\\\{{foo}}", "\\bar&lt;"),
        SpecificationCase("two escaped mustaches", "\\{{a}} \\{{b}}", "{{a}} {{b}}"),
        SpecificationCase("braces that are no tags", "{a} }} { {b} }", "{a} }} { {b} }"),
        SpecificationCase("standalone else", foo + "\n{{#if foo}}\n  a\n{{else}}\n  b\n{{/if}}\nc", "  a\nc"),
        SpecificationCase("two tags on a line are not alone", foo + "{{#if foo}}{{/if}}\n|", "\n|"),
    ]

    /// What the templates above use.
    static let support = """
        struct Account {
            var name = "Ada"
            var isAdmin = true
            var address = Address()
            var friend: Friend?
        }
        struct Address { var city = "London" }
        struct Friend { var name = "Grace" }
        enum Role: String, CustomStringConvertible { case admin, guest; var description: String { rawValue } }
        enum Site { static let name = "Zzz" }
        func link(_ text: String, _ target: String) -> String { text + " -> " + target }
        func link(_ text: String, to target: String) -> String { text + " => " + target }
        func twice(_ text: String) -> String { text + text }
        func year() -> Int { 2026 }
        func isOdd(_ number: Int) -> Bool { number % 2 == 1 }
        func bold(_ text: String) -> HTML {
            HTML(trusted: "<b>" + text.replacing("<", with: "&lt;") + "</b>")
        }

        """
}
