import Testing
@testable import ZzzTemplateCompiler

@Suite struct MessageTests {
    @Test func works() {
        print(TemplateCompiler.compile([TemplateSource(name: "a", path: "a.html.zzz", text: "{{@ x: Int }}<p>{{x}}")]))
    }
}
