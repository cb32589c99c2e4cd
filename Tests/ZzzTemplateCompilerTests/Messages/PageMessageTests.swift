import Testing

@testable import ZzzTemplateCompiler

/// The messages for what is wrong with the HTML, and for values in places where they can't be made safe.
@Suite struct PageMessageTests {
    /// With two values to print, a text and a list.
    private func problem(_ text: String) -> String { messages("{{@ a: String, list: [String]}}\n" + text) }

    @Test(arguments: [
        ("<div>", "2:1: <div> is not closed: </div> is missing"),
        ("<ul><li>a<li>b</ul></div>", "2:20: </div> closes nothing: no <div> is open"),
        ("<div><span></div>", "2:12: </div> where </span> is missing: <span> is open since line 2"),
        ("<div>{{#if a}}</div>{{/if}}", "2:15: </div> closes an element that was opened outside of this block"),
        ("{{#if a}}<div>{{/if}}</div>", "2:10: <div> is not closed: </div> is missing"),
        ("<div/>", "2:1: <div/> closes nothing in HTML: write <div></div>"),
        ("<br></br>", "2:5: </br>: <br> has no end tag"),
        ("<form><p><form></form></form>", "2:10: a form inside the form of line 2"),
        ("<p>\n{{#form}}{{#form}}{{/form}}{{/form}}", "3:10: a form inside the form of line 3"),
        ("<a", "2:1: the template ends in the name of a tag"),
        ("<a b", "2:1: the template ends inside the tag <a>"),
        ("<a b=\"c", "2:1: the template ends in the value of 'b'"),
        ("<!-- a", "2:7: the template ends in a comment"),
        ("<script>a", "2:1: the template ends in <script> (code)"),
        (
            "<!-- {{a}}> -->",
            "2:11: a '>' right behind a value or block in a comment may end it: put a space between them"
        ),
        (
            "<!-- {{a}}-!> -->",
            "2:13: a '>' right behind a value or block in a comment may end it: put a space between them"
        ),
        ("<!-- {{a}}--> {{a}} <!--{{#if a}}x{{/if}}--!>", ""),
        ("<a =b>", "2:4: a '=' without the name of an attribute"),
        ("<a \"b\">", "2:4: unexpected '\"' in the tag <a>"),
        ("<a b'>", "2:5: unexpected ''' in the name of an attribute"),
        ("<a b=>", "2:6: the value of 'b' is missing"),
        ("<a b=c=d>", "2:7: put quotes around the value of 'b'"),
        ("<a {{#if a}}b{{/if}}c>", "2:21: a space is missing between two attributes"),
        ("<script><!-- a</script>", "2:9: '<!--' in a script changes where it ends: take it out"),
        ("<style>a </style{{a}}", "2:10: '</style' right before a tag in <style> may end it: separate them"),
        ("<title><{{a}}</title>", "2:8: '<' right before a tag in <title> may end it: separate them"),
        ("<script>'<!-{{a}}'</script>", "2:10: '<!-' right before a tag in <script> may end it: separate them"),
    ])
    func elements(text: String, message: String) { #expect(problem(text) == message) }

    @Test(arguments: [
        ("<{{a}}>", "2:2: the name of a tag can't be a value"),
        ("<b{{a}}>", "2:3: the name of a tag can't be a value"),
        ("<b></b {{a}}>", "2:8: a value in the end tag </b>"),
        ("<b c{{a}}=\"\">", "2:5: the name of an attribute can't be a value, nor a part of one"),
        ("<!doctype {{a}}>", "2:11: a value in a markup declaration can't be made safe"),
        ("<b c=d{{a}}>", "2:7: put quotes around the value of 'c'"),
        ("<input disabled=\"x{{a}}\">", "2:19: 'disabled' is there or not: its value is a single {{...}}"),
        ("<input disabled=\"{{a}}x\">", "2:23: 'disabled' is there or not: its value is a single {{...}}"),
        ("<input disabled={{a}}x>", "2:22: 'disabled' is there or not: its value is a single {{...}}"),
        ("<input disabled=\"{{a}}{{a}}\">", "2:23: 'disabled' is there or not: its value is a single {{...}}"),
        ("<input disabled=\"{{#if a}}x{{/if}}\">", "2:18: 'disabled' is there or not: its value is a single {{...}}"),
        (
            "<b c=\"{{{a}}}\">",
            "2:7: {{{...}}} stands between tags only, and here is in the value of 'c': write {{...}}"
        ),
        ("<b {{{a}}}>", "2:4: {{{...}}} stands between tags only, and here is inside the tag <b>: write {{...}}"),
        (
            "<script>{{{a}}}</script>",
            "2:9: {{{...}}} stands between tags only, and here is in <script> (code): {{...}} writes the value as JSON"
        ),
        ("<iframe srcdoc=\"{{a}}\"></iframe>", "2:17: a value in srcdoc can't be made safe"),
        ("<script type=\"{{a}}\"></script>", "2:15: a value in the type of a script can't be made safe"),
        ("<script type=\"text/x\">{{a}}</script>", "2:23: a value in a script of type text/x can't be made safe"),
        ("<xmp>{{a}}</xmp>", "2:6: a value in <xmp> can't be made safe"),
        ("<meta http-equiv={{a}}>", "2:18: a value in http-equiv can't be made safe"),
        ("<svg><set to=\"{{a}}\"/></svg>", "2:15: a value in what an animation sets can't be made safe"),
        (
            "<meta http-equiv=refresh content=\"{{a}}\">",
            "2:35: the URL of a refresh can't be checked here: write content=\"0; url={{...}}\""
        ),
        (
            "<meta content=\"{{a}}\" http-equiv=refresh>",
            "2:16: the URL of a refresh can't be checked here: write content=\"0; url={{...}}\""
        ),
        (
            "<b onclick=\"f(&quot;{{a}}&quot;)\">",
            "2:21: a character reference before a value in 'onclick': write the character itself"
        ),
    ])
    func values(text: String, message: String) { #expect(problem(text) == message) }

    @Test(arguments: [
        ("<a href=\"javascript:f({{a}})\">", "2:23: a value in a javascript: URL can't be made safe"),
        ("<a href=\"{{a}}:b\">", "2:15: a value can't be the scheme of a URL: write the scheme out"),
        ("<a href=\"java{{a}}:b\">", "2:19: a value can't be the scheme of a URL: write the scheme out"),
        (
            "<a href=\"{{#if a}}/b{{/if}}{{a}}\">",
            "2:28: blocks before leave open whether the URL begins here: write the URL out in each branch"
        ),
        (
            "<a href=\"{{#each list as |b|}}{{b}}{{/each}}\">",
            "2:31: blocks before leave open whether the URL begins here: write the URL out in each branch"
        ),
        (
            "<a href=\"{{#if a}}/b{{/if}}:\">",
            "2:28: a ':' after a block at the start of a URL: write the URL out in each branch"
        ),
        ("<script>// {{a}}\n</script>", "2:12: a value in a comment of a script can't be made safe: take it out"),
        ("<script>/* {{a}} */</script>", "2:12: a value in a comment of a script can't be made safe: take it out"),
        ("<script>x = /a{{a}}/</script>", "2:15: a value in a regular expression can't be made safe: use new RegExp"),
        ("<script>'\\{{\\{{a}}'</script>", ""),
        ("<script>'\\\\{{a}}'</script>", "2:12: a value after a backslash in a script can't be made safe"),
        ("<script>x{{a}}</script>", "2:10: a value can't be a part of a name in a script"),
        (
            "<script>x = 1 /{{a}}</script>",
            "2:16: a value right after a '/' in a script can't be made safe: put a space between them"
        ),
        (
            "<script>x = 1 /{{#if a}}2{{/if}}</script>",
            "2:16: a '/' right before a block in a script: put a space between them"
        ),
        (
            "<script>`${{#if a}}2{{/if}}`</script>",
            "2:11: a '$' right before a block in a script: put it into the block"
        ),
        (
            "<script>x{{#if a}} = {{/if}}/a/</script>",
            "2:30: it is not certain whether this '/' divides: put what is before it into parentheses"
        ),
        (
            "<script>x = {} /{{a}}/</script>",
            "2:17: a value right after a '/' in a script can't be made safe: put a space between them"
        ),
        (
            "<script>x = {} / {{a}}</script>",
            "2:17: it is not certain whether this '/' divides: put what is before it into parentheses"
        ),
        (
            "<a href=\"java&#115;cript:{{a}}\">x</a>",
            "2:26: a character reference before a value in 'href': write the character itself"
        ),
        ("<style>/* {{a}} */</style>", "2:11: a value in a CSS comment can't be made safe: take it out"),
        ("<style>a { b: \"\\\\{{a}}\" }</style>", "2:18: a value after a backslash in CSS can't be made safe"),
    ])
    func languages(text: String, message: String) { #expect(problem(text) == message) }

    @Test(arguments: [
        ("<b c={{#if a}}\"d\"{{/if}}>", "2:6: put quotes around the value of 'c'"),
        ("<b c=d{{#if a}}e{{/if}}>", "2:16: a space is missing between two attributes"),
        ("<b{{#if a}}c{{/if}}>", "2:3: a block can't begin or end in the name of a tag"),
        (
            "{{#if a}}<b c=\"{{/if}}\"></b>",
            "2:1: a block ends where it began: {{#if}} begins between tags and ends in the value of 'c'"
        ),
        (
            "<b {{#if a}}c>{{/if}}</b>",
            "2:4: a block ends where it began: {{#if}} begins inside the tag <b> and ends between tags"
        ),
        (
            "<b c=\"{{#each list as |d|}}\" e=\"{{/each}}\"></b>",
            "2:7: a block ends where it began: {{#each}} begins in the value of 'c' and ends in the value of 'e'"
        ),
        (
            "<script>{{#if a}}'{{/if}}'</script>",
            "2:9: a block ends where it began: {{#if}} begins in <script> (code)"
                + " and ends in <script> (inside a string)"
        ),
        (
            "<script>`{{#if a}}${ {{/if}}`</script>",
            "2:10: a block ends where it began: {{#if}} begins in <script> (inside a template literal)"
                + " and ends in <script> (code)"
        ),
        (
            "<script>{{#if a}}x = /y{{/if}}/</script>",
            "2:9: a block ends where it began: {{#if}} begins in <script> (code)"
                + " and ends in <script> (inside a regular expression)"
        ),
        (
            "<script>{{#if a}}/*{{/if}}*/</script>",
            "2:9: a block ends where it began: {{#if}} begins in <script> (code)"
                + " and ends in <script> (inside a comment)"
        ),
        (
            "<style>{{#if a}}\"{{/if}}\"</style>",
            "2:8: a block ends where it began: {{#if}} begins in <style>"
                + " and ends in <style> (inside a string, url() or comment)"
        ),
    ])
    func blocks(text: String, message: String) { #expect(problem(text) == message) }
}
