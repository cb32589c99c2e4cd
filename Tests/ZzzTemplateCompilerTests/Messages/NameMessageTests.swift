import Testing

@testable import ZzzTemplateCompiler

/// The messages for names that nobody knows, and for calls of other templates.
@Suite struct NameMessageTests {
    private func problem(_ text: String) -> String {
        messages("{{@ user: User, users: [User], note: Slot? }}\n" + text)
    }

    @Test(arguments: [
        ("{{usr.name}}", "2:3: unknown name 'usr': did you mean 'user'?"),
        (
            "{{siteName}}",
            "2:3: unknown name 'siteName': declare it with {{@ siteName: Type }}; a function is called with ()"
        ),
        (
            "{{#each users as |person|}}{{persn.name}}{{/each}}",
            "2:30: unknown name 'persn': did you mean 'person'?"
        ),
        (
            "{{#each users as |person|}}{{/each}}{{person.name}}",
            "2:39: unknown name 'person': declare it with {{@ person: Type }}; a function is called with ()"
        ),
        ("{{this.name}}", "2:3: 'this' is the item of {{#each}}, and here is none"),
        ("{{@index}}", "2:3: '@index' belongs into {{#each}}"),
        ("{{@frist}}", "2:3: unknown name '@frist': did you mean '@first'?"),
        (
            "{{@root}}",
            "2:3: unknown name '@root': there are @index, @first, @last, @key, @csrfToken, @locale, @nonce"
        ),
        ("{{note}}", "2:3: 'note' is a slot: write {{yield \"note\"}}"),
        (
            "<link rel=stylesheet href=\"{{asset \"ap.css\"}}\">",
            "2:36: there is no asset \"ap.css\": did you mean \"app.css\"?"
        ),
        ("<img src=\"{{asset \"cat.png\"}}\">", "2:19: there is no asset \"cat.png\": Assets/cat.png is missing"),
        ("{{date user.born format=\"shrot\"}}", "2:25: \"shrot\" is no date format: did you mean \"short\"?"),
        (
            "{{date(user.born, time: \"H o'clock'\")}}",
            "2:25: \"H o'clock'\" is no date format: 'o' means nothing in a pattern, and text stands in apostrophes"
        ),
        ("<img src=\"{{asset user.name}}\">", "2:13: the name of the asset is missing: asset \"app.css\""),
    ])
    func names(text: String, message: String) { #expect(problem(text) == message) }

    @Test(arguments: [
        ("{{> users/rwo user=user}}", "2:5: there is no partial \"users/rwo\": did you mean \"users/row\"?"),
        ("{{> header}}", "2:5: there is no partial \"header\": header.html.zzz is missing"),
        ("{{component \"crad\"}}", "2:13: there is no component \"crad\": did you mean \"card\"?"),
        ("{{component \"table\"}}", "2:13: there is no component \"table\": components/table.html.zzz is missing"),
        ("{{> users/row}}", "2:5: \"users/row\" needs 'user': user=... (User)"),
        ("{{> users/row usr=user}}", "2:15: \"users/row\" takes no 'usr': did you mean 'user'?"),
        (
            "{{> users/row user=user colour=1}}",
            "2:25: \"users/row\" takes no 'colour': it takes 'user', 'isOdd', 'note'"
        ),
        ("{{component \"box\" a=1}}", "2:19: \"box\" takes no 'a': it takes nothing"),
        ("{{> users/row user=user user=user}}", "2:25: 'user' is given twice"),
        (
            "{{component \"card\" footer=1}}",
            "2:20: 'footer' is a slot: write {{#slot \"footer\"}} inside the component"
        ),
        (
            "{{component \"button\" label=\"a\" onclick=\"b\"}}",
            "2:32: 'onclick' can't be passed on: its value needs care that depends on the tag"
        ),
        (
            "{{#component \"button\" label=\"a\"}}b{{/component}}",
            "2:34: \"button\" has no {{yield}} for what is inside it"
        ),
        (
            "{{#component \"box\"}}{{#slot \"a\"}}{{/slot}}{{/component}}",
            "2:29: \"box\" has no slot \"a\": it has none"
        ),
        (
            "{{#component \"card\" title=\"a\" users=users}}{{#slot \"note\"}}{{/slot}}{{/component}}",
            "2:52: \"card\" has no slot \"note\": it has \"line\", \"footer\""
        ),
        (
            "{{#component \"card\" title=\"\" users=users}}{{#slot \"foter\"}}{{/slot}}{{/component}}",
            "2:51: \"card\" has no slot \"foter\": did you mean \"footer\"?"
        ),
        ("{{#component \"card\" title=\"\" users=users}}{{/component}}", "2:14: \"card\" needs the slot \"line\""),
        (
            "{{#component \"card\" title=\"\" users=users}}{{#slot \"line\" as |a b|}}{{/slot}}{{/component}}",
            "2:64: the slot \"line\" is given (User): too many names"
        ),
        (
            "{{#component \"card\" title=\"\" users=users}}{{#slot \"line\"}}{{/slot}}"
                + "{{#slot \"line\"}}{{/slot}}{{/component}}",
            "2:76: the slot \"line\" is given twice"
        ),
        ("{{#component \"box\"}}<b>{{/component}}", "2:21: <b> is not closed: </b> is missing"),
        (
            "<b title=\"{{> users/row user=user}}\">",
            "2:11: a partial stands between tags, and here is in the value of 'title'"
        ),
        ("<b {{component \"box\"}}>", "2:4: a component stands between tags, and here is inside the tag <b>"),
        ("<b title=\"{{yield}}\">", "2:11: {{yield}} stands between tags, and here is in the value of 'title'"),
        ("<b {{#form}}{{/form}}>", "2:4: a form stands between tags, and here is inside the tag <b>"),
        ("{{yield user}}", "2:9: the name of a slot is in quotes: {{yield \"user\"}}"),
        ("{{yield 5}}", "2:9: what is inside a component takes no values: name a slot"),
        ("{{yield \"a\" user}}", "2:9: declare the slot, since it takes values: {{@ a: Slot<Type> }}"),
        ("{{yield \"note\" user}}", "2:9: the slot \"note\" takes (): 1 given"),
        ("{{yield \"a b\"}}", "2:9: 'a b' is no name: letters, digits, - and _, beginning with a letter"),
    ])
    func calls(text: String, message: String) { #expect(problem(text) == message) }

    @Test func fallbackOfASlotThatIsAlwaysGiven() {
        #expect(
            messages("{{@ a: Slot }}{{#yield \"a\"}}{{/yield}}")
                == "1:15: the slot \"a\" is always given: declare it with Slot?")
    }

    @Test(arguments: [
        ("{{#if true}}{{#section \"a\"}}{{/section}}{{/if}}", "1:13: {{#section}} stands outside of all blocks"),
        (
            "<b title=\"{{#section \"a\"}}{{/section}}\">",
            "1:11: a section stands between tags, and here is in the value of 'title'"
        ),
        ("{{#section \"a\"}}{{/section}}{{#section \"a\"}}{{/section}}", "1:40: the section \"a\" is there twice"),
        ("{{#section \"a\"}}<b>{{/section}}", "1:17: <b> is not closed: </b> is missing"),
        (
            "{{yield}}{{#section \"a\"}}{{/section}}",
            "1:10: a template with {{yield}} has no sections: it is no page"
        ),
        (
            "<b {{#fragment \"a\"}}{{/fragment}}>",
            "1:4: a fragment stands between tags, and here is inside the tag <b>"
        ),
        (
            "{{#fragment \"a\"}}{{/fragment}}{{#fragment \"a\"}}{{/fragment}}",
            "1:43: the fragment \"a\" is there twice"
        ),
        ("{{#fragment \"a\" b: Int}}{{/fragment}}", "1:17: 'b' is not known here: a fragment takes names around it"),
    ])
    func parts(text: String, message: String) { #expect(messages(text) == message) }

    @Test(arguments: [
        (
            "users/sign in", "",
            "1:1: 'sign in' can't name a template or its folder: letters, digits, - and _, beginning with "
                + "a letter"
        ),
        (
            "users/1st", "",
            "1:1: '1st' can't name a template or its folder: letters, digits, - and _, beginning with a letter"
        ),
        ("layouts/app", "<p>", "1:1: a layout has a {{yield}} where the page goes"),
        ("components/Box", "", ""),
        ("users_row", "", "1:1: \"users_row\" and \"users/row\" are the same name in Swift: rename one of them"),
        (
            "tree", "<p>{{> tree}}",
            "1:8: \"tree\" always calls itself without end: put the call into {{#if}}"
        ),
        ("tree", "{{#if true}}{{> tree}}{{/if}}", ""),
    ])
    func templates(name: String, text: String, message: String) { #expect(messages(text, name: name) == message) }

    @Test func templatesThatCallEachOther() {
        let sources = [
            TemplateSource(name: "a", path: "a", text: "{{> b}}"),
            TemplateSource(name: "b", path: "b", text: "{{> c}}"),
            TemplateSource(name: "c", path: "c", text: "\n{{> a}}"),
        ]
        #expect(
            TemplateCompiler.compile(sources).diagnostics.map(\.description) == [
                "a:1:5: error: \"a\" always calls \"b\", which calls it again, without end: put the call into {{#if}}",
                "b:1:5: error: \"b\" always calls \"c\", which calls it again, without end: put the call into {{#if}}",
                "c:2:5: error: \"c\" always calls \"a\", which calls it again, without end: put the call into {{#if}}",
            ])
    }

    @Test func everyTemplateIsLookedAt() {
        let sources = [
            TemplateSource(name: "a", path: "a.html.zzz", text: "{{b}}"),
            TemplateSource(name: "c", path: "c.html.zzz", text: "{{d}}"),
        ]
        #expect(TemplateCompiler.compile(sources).diagnostics.map(\.path) == ["a.html.zzz", "c.html.zzz"])
    }
}
