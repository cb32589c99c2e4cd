import Testing

@testable import ZzzTemplateCompiler

/// The messages for what can't be read as a template.
@Suite struct SyntaxMessageTests {
    @Test(arguments: [
        ("a {{b", "1:3: this tag is not closed: }} is missing"),
        ("a {{{b}}", "1:3: this tag is not closed: }}} is missing"),
        ("{{!-- a }}", "1:1: this comment is not closed: --}} is missing"),
        ("{{{{raw b", "1:1: this raw block's tag is not closed: }}}} is missing"),
        ("{{{{raw b}}}} {{{{/raw}}}}", "1:1: this raw block is not closed: {{{{/rawb}}}} is missing"),
        ("{{{{}}}}", "1:1: a raw block has one name: {{{{raw}}}}"),
        ("{{{{raw}}}} a", "1:1: this raw block is not closed: {{{{/raw}}}} is missing"),
        ("{{a \"b}}\n\"", "1:5: this string is not closed on its line"),
        ("{{> a\"b c\" }}", "1:10: this string is not closed on its line"),
        ("{{}}", "1:1: this tag is empty"),
        ("ä\n\n  {{  }}", "3:3: this tag is empty"),
    ])
    func tags(text: String, message: String) { #expect(messages(text) == message) }

    @Test func textThatIsNotUTF8() {
        let source = TemplateSource(name: "a", path: "a.html.zzz", bytes: Array("<p>\nab".utf8) + [0xC3, 0x28])
        let diagnostics = TemplateCompiler.compile([source]).diagnostics
        #expect(diagnostics.map(\.description) == ["a.html.zzz:2:3: error: this is not UTF-8"])
    }

    @Test(arguments: [
        ("{{#if a}}", "1:1: {{#if}} is not closed: {{/if}} is missing"),
        ("{{/if}}", "1:1: {{/if}} closes nothing: no {{#if}} is open"),
        ("\n{{#if true}}{{/each}}", "2:13: {{/each}} where {{/if}} is missing: that is open since line 2"),
        ("{{^a}}{{/a}}", "1:1: there is no {{^a}}: write {{#unless a}}"),
        ("{{else}}", "1:1: {{else}} is outside of any block"),
        ("{{#form}}{{else}}{{/form}}", "1:10: {{#form}} has no {{else}}"),
        ("{{#if true}}{{else}}{{else}}{{/if}}", "1:21: {{#if}} has its {{else}} already"),
        ("{{#each a}}{{else}}{{else}}{{/each}}", "1:20: {{#each}} has its {{else}} already"),
        ("{{#if true}}{{elseif true}}{{/if}}", "1:13: there is no {{elseif}}: write {{else if}}"),
        ("{{#if true}}{{end}}", "1:13: there is no {{end}}: a block ends with its name, as in {{/if}}"),
        ("{{^if a}}{{/if}}", "1:1: there is no {{^if a}}: write {{#unless a}}"),
        ("{{=<% %>=}}", "1:1: the braces around tags can't be changed"),
        ("{{#each a}}{{else if b}}{{/each}}", "1:12: {{#each}} has no {{else if b}}"),
        ("{{#if true}}{{else unless b}}{{/if}}", "1:13: after {{else}} only 'if' and a condition may follow"),
        ("{{#slot \"a\"}}{{/slot}}", "1:1: {{#slot}} belongs directly into a {{#component}}"),
        ("{{#> a}}{{/a}}", "1:1: there is no {{#>}}: write {{#component \"name\"}}"),
        ("{{#*inline \"a\"}}{{/inline}}", "1:1: there is no {{#*}}: put an inline partial into a file of its own"),
        ("{{#}}{{/}}", "1:1: a block's name is missing: {{#if value}}"),
        ("{{#fi a}}{{/fi}}", "1:1: there is no block {{#fi}}: did you mean {{#if}}?"),
        ("{{#people}}{{/people}}", "1:1: there is no block {{#people}}: write {{#if people}} or {{#each people}}"),
        ("{{each a}}", "1:1: 'each' begins a block: {{#each}}"),
        ("{{#if true}}{{@ a: Int}}{{/if}}", "1:13: what a template takes is declared outside of its blocks"),
        ("{{#with a}}{{/with}}", "1:10: a name for the value is missing: {{#with value as |name|}}"),
        ("{{#with a as b}}{{/with}}", "1:14: after 'as' a name follows: as |name|"),
        ("{{#with a as |b}}{{/with}}", "1:16: a name or the closing '|' is missing"),
        ("{{#with a as |b c|}}{{/with}}", "1:17: at most one name here"),
        ("{{#each a as |b c d|}}{{/each}}", "1:19: at most 2 names here"),
        ("{{#each true as |output|}}{{/each}}", "1:18: 'output' is a name that templates need themselves"),
        ("{{> }}", "1:5: a partial's name is missing: {{> users/row}}"),
        ("{{> (a)}}", "1:5: a partial's name is missing: {{> users/row}}"),
        ("{{> users/row user}}", "1:15: a partial takes values by name: name=value"),
        ("{{component box}}", "1:13: a component's name is missing: component \"button\""),
        ("{{component \"box\" 1}}", "1:19: a component takes values by name: name=value"),
        (
            "{{#component \"box\"}}{{#slot a}}{{/slot}}{{/component}}",
            "1:29: a slot's name is missing: {{#slot \"name\"}}"
        ),
        ("{{yield \"a\" b=1}}", "1:13: a slot takes values without names: {{yield \"name\" value}}"),
        ("{{#section a}}{{/section}}", "1:12: a section's name is missing: {{#section \"name\"}}"),
        ("{{#fragment a}}{{/fragment}}", "1:13: a fragment's name is missing: {{#fragment \"row\" user: User}}"),
        ("{{#form a b}}{{/form}}", "1:11: a form has one value, the rest is by name: name=value"),
        ("{{#form as |f|}}{{/form}}", "1:13: 'f' names nothing: {{#form data as |f|}}"),
        (
            "{{#form method=\"head\"}}{{/form}}",
            "1:16: a form's method is one of \"get\", \"post\", \"put\", \"patch\", \"delete\""
        ),
    ])
    func blocks(text: String, message: String) { #expect(messages(text) == message) }

    @Test(arguments: [
        ("{{@ }}", "1:5: a declaration is missing: {{@ name: Type}}"),
        ("{{@}}", "1:4: a declaration is missing: {{@ name: Type}}"),
        ("{{@ 5: Int}}", "1:5: '5' is no name: letters, digits, - and _, beginning with a letter"),
        ("{{@ : Int}}", "1:5: a name is missing: name: Type"),
        ("{{@ a.b: Int}}", "1:8: a name is missing: name: Type"),
        ("{{@ a Int}}", "1:7: the type of 'a' is missing: a: Type"),
        ("{{@ a: }}", "1:7: the type of 'a' is missing: a: Type"),
        ("{{@ a: Int = }}", "1:13: the default value of 'a' is missing"),
        ("{{@ a: [Int}}", "1:8: this '[' is not closed"),
        ("{{@ a: Int)}}", "1:11: this ')' closes nothing"),
        ("{{@ a: Int, a: Int}}", "1:13: 'a' is declared twice"),
        ("{{@ this: Int}}", "1:5: 'this' is a name that templates need themselves"),
        ("{{@ a: Slot = b}}", "1:5: a slot has no default value: write {{#yield}}...{{/yield}} where it goes"),
        ("{{@import}}", "1:10: a module's name is missing: {{@import Models}}"),
        ("{{@import }}", "1:10: a module's name is missing: {{@import Models}}"),
        ("{{@import A B}}", "1:13: one module in each {{@import}}"),
    ])
    func declarations(text: String, message: String) { #expect(messages(text) == message) }

    @Test(arguments: [
        ("{{a b=}}", "1:7: a value is missing"),
        ("{{#if}}{{/if}}", "1:6: a value is missing"),
        ("{{5 a}}", "1:5: only a function takes arguments"),
        ("{{a b c=1 | d}}", "1:11: unexpected '|': there are no filters: a function stands before its value"),
        ("{{(a) b}}", "1:7: only a function takes arguments"),
        ("{{a() @index}}", "1:7: only a function takes arguments"),
        ("{{(a b \"c\") \"d\"}}", "1:13: only a function takes arguments"),
        ("{{a == b c == d}}", "1:12: unexpected '=='"),
        ("{{#with a as |b| c}}{{/with}}", "1:18: unexpected 'c'"),
        ("{{#with a as |b| @c}}{{/with}}", "1:18: unexpected '@c'"),
        ("{{#with a as |b| \"c\"}}{{/with}}", "1:18: unexpected \"c\""),
        ("{{#with a as |b| 5}}{{/with}}", "1:18: unexpected '5'"),
        ("{{a ; b}}", "1:5: unexpected ';'"),
        ("{{a %}}", "1:5: unexpected '%': there is no arithmetic: that belongs into Swift"),
        ("{{a + 1}}", "1:5: unexpected '+': there is no arithmetic: that belongs into Swift"),
        ("{{a ? 1 : 2}}", "1:5: unexpected '?': write {{#if}}"),
        ("{{#if a = 5}}{{/if}}", "1:9: unexpected '=': == compares"),
        ("{{#if a === 5}}{{/if}}", "1:11: unexpected '=': == compares"),
        ("{{and a b}}", "1:3: unexpected 'and': write a && b"),
        ("{{#if not a}}{{/if}}", "1:7: unexpected 'not': write !a"),
        ("{{#each a in b}}{{/each}}", "1:11: unexpected 'in': write {{#each items as |item|}}"),
        ("{{#if a and b}}{{/if}}", "1:9: unexpected 'and': write &&"),
        ("{{../name}}", "1:3: there is no '../': every name around a block can be used inside it"),
        ("{{-a}}", "1:3: unexpected '-': a name has letters, digits and _, and there is no arithmetic"),
        ("{{first-name}}", "1:8: unexpected '-': a name has letters, digits and _, and there is no arithmetic"),
        ("{{(a}}", "1:5: a ')' is missing"),
        ("{{a(1}}", "1:6: a ')' is missing"),
        ("{{a(1 2)}}", "1:7: only a function takes arguments"),
        ("{{a.}}", "1:5: a name is missing after the point"),
        ("{{a. b}}", "1:6: a name is missing after the point"),
        (#"{{"\q"}}"#, #"1:4: unknown escape in a string: there are \n, \t, \\, \" and \'"#),
    ])
    func expressions(text: String, message: String) { #expect(messages(text) == message) }

    @Test func limits() {
        func parentheses(_ count: Int) -> String {
            "{{" + String(repeating: "(", count: count) + "1" + String(repeating: ")", count: count) + "}}"
        }
        #expect(messages(parentheses(49)) == "")
        #expect(messages(parentheses(50)) == "1:53: parentheses more than 50 deep")
        func blocks(_ count: Int) -> String {
            String(repeating: "{{#if true}}", count: count) + String(repeating: "{{/if}}", count: count)
        }
        #expect(messages(blocks(49)) == "")
        #expect(messages(blocks(50)) == "1:589: blocks more than 50 deep")
        func words(_ count: Int) -> String { "{{a" + String(repeating: " 1", count: count) + "}}" }
        #expect(messages(words(498)) == "")
        #expect(messages(words(499)) == "1:3: this tag has more than 500 words and signs")
    }
}
