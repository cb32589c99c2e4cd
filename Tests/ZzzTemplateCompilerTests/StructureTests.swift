import Testing
import ZzzTemplate

@testable import ZzzTemplateCompiler

/// No value changes the structure of a page, wherever it stands: a page with an attack in the place of every value
/// has the same tags, attributes, strings and comments as one with a harmless word.
@Suite struct StructureTests {
    static let attacks = [
        "<script>alert(1)</script>", "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
        "'><img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)", "' onmouseover='alert(1)",
        " onmouseover=alert(1) ",
        "x onmouseover=alert(1)", "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)",
        "java\nscript:alert(1)", "java\tscript:alert(1)", "\u{1}javascript:alert(1)", "vbscript:msgbox(1)",
        "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD4=", "//evil.example/x.js",
        "-->", "--!><script>alert(1)</script>", "<!--", "<!--<script>", "]]>", "</style>",
        "</title><script>alert(1)</script>",
        "</textarea><script>alert(1)</script>", "\\", "\\\"; alert(1); //", "'; alert(1); //", "\"; alert(1); //",
        "`; alert(1); //", "${alert(1)}", "*/ alert(1) /*", "// alert(1)", "\n alert(1)", "\r\n", "\u{2028}alert(1)",
        "\u{2029}", "&quot;onclick=alert(1)", "&#34;", "&lt;script&gt;", "expression(alert(1))",
        "url(javascript:alert(1))",
        "red; background: url(//evil.example)", "} body { display: none", "@import '//evil.example'", "/*", "*/",
        "{{7*7}}",
        "\0", "a\0b", "%22%3E", "\u{FEFF}", "ä<ö>", "+ADw-script+AD4-", "=", "`", "/", ">", "<", "\"", "'", "&", " ",
        "",
        "x=\"y\" z", "0", "-1", "--1", "1;alert(1)", "1//", "a,b 2x", "about:blank", "https://ok.example/?a=b&c=d#e",
    ]

    static let templates = [
        "<p>{{a}}</p>{{a}}", "<b title=\"{{a}}\" lang='{{a}}' id={{a}}>x</b>", "<b {{a}} class=\"x{{a}}y\">x</b>",
        "<input value={{a}} disabled={{a}} checked=\"{{a}}\" name=x>",
        "<textarea>{{a}}</textarea><title>{{a}}</title>",
        "<!-- {{a}} --><p>", "<!--{{a}}--><!-- {{a}}- > --><p>", "<a href=\"{{a}}\" title=x>y</a>",
        "<a href={{a}}>y</a>",
        "<a href='/x/{{a}}/{{a}}?b={{a}}#{{a}}'>y</a>",
        "<a href=\"mailto:{{a}}?subject={{a}}\">y</a>", "<a href=\"x{{a}}/{{a}}\">y</a>",
        "<form action=\"{{a}}\"></form>",
        "<img srcset=\"{{a}} {{a}}w, /x/{{a}} 2x\">", "<script src=\"{{a}}\"></script>",
        "<meta http-equiv=\"refresh\" content=\"0; url={{a}}\">", "<meta name=description content=\"{{a}}\">",
        "<script>var a = {{a}}, b = \"{{a}}\", c = '{{a}}', d = `x{{a}}${ {{a}} }`; f({{a}}, [{{a}}])</script>",
        "<script>a = {{a}} / 2; b = /\"/.test(\"{{a}}\"); // it's\nc = {{a}}</script>",
        "<script>return /'/ + {{a}} /* \" */ + '{{a}}'; x++ / {{a}} / 2</script>",
        "<script>if (f(x)) /\"/.test(\"{{a}}\"); (x) / 2 / \"{{a}}\".length; a.return / 2 / {{a}}</script>",
        "<script>var s = 'x\\\r\n{{a}}', t = \"{{a}}\"; for (;;) { /'/.test('{{a}}') } // '\nf('{{a}}')</script>",
        "<script type=\"application/json\">{\"a\": {{a}}, \"b\": \"x{{a}}\"}</script>",
        "<b onclick=\"f({{a}}, '{{a}}')\" onfocus='g(\"{{a}}\", {{a}})' hx-vals='{\"a\": {{a}}}'>x</b>",
        "<b onclick={{a}}>x</b>",
        "<style>b { color: {{a}}; width: {{a}}px; background: url(\"{{a}}\") url({{a}}) }</style>",
        "<style>b::before { content: \"{{a}}\" } /* ' */ b { background: url('/x/{{a}}') }</style>",
        "<b style=\"color: {{a}}; background: url('{{a}}'); font-family: '{{a}}'\">x</b>", "<b style='{{a}}'>x</b>",
        "<svg><a xlink:href=\"{{a}}\"><text>{{a}}</text></a><style>a { fill: {{a}} }</style></svg>",
        "{{#each list as |x|}}<a href=\"{{x}}\" {{#if a}}title={{x}}{{/if}}>{{x}}</a>{{else}}{{a}}{{/each}}",
        "<script>{{#each list as |x|}}f({{x}});{{/each}} g({{#if a}}{{a}}{{else}}null{{/if}})</script>",
        "<a href=\"{{#if a}}/a/{{a}}{{else}}/b{{/if}}?c={{a}}\">x</a>",
    ]

    @Test(arguments: templates)
    func valuesStayInTheirPlaces(template: String) throws {
        let steps = try steps("{{@ a: String, list: [String] }}" + template)
        for isFull in [true, false] {
            let outline = try PageOutline.of(StepRunner(value: "word", isFull: isFull).page(steps))
            for attack in Self.attacks {
                let page = StepRunner(value: attack, isFull: isFull).page(steps)
                let found = try PageOutline.of(page)
                #expect(found == outline, "\(attack.debugDescription) in \(String(decoding: page, as: UTF8.self))")
            }
        }
    }
}
