// The fuzz target of the template compiler: an input is taken as a template beside others that it may call. Whatever
// it is, the compiler returns, with errors that are somewhere in it or with Swift. And when it is a template, no
// value changes the structure of its page. Linked by Fuzz/run with the compiler and the library, all with
// AddressSanitizer.
import ZzzTemplate

@testable import ZzzTemplateCompiler

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    TemplateProperties(bytes: Array(UnsafeBufferPointer(start: data, count: size))).check()
    return 0
}

struct TemplateProperties {
    var bytes: [UInt8]

    private static let companions = [
        TemplateSource(name: "row", path: "row", text: "{{@ a: Int, b: String? }}<li>{{a}}</li>"),
        TemplateSource(
            name: "components/card", path: "card",
            text:
                "{{@ rest: Attributes = [], line: Slot<Int>? }}<div {{rest}}>{{yield}}{{yield \"line\" 1}}</div>"
        ),
    ]

    func check() {
        let source = TemplateSource(name: "page", path: "page", bytes: bytes)
        let result = TemplateCompiler.compile([source] + Self.companions)
        precondition(result.files.isEmpty != result.diagnostics.isEmpty, "neither Swift nor an error, or both")
        let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
        for diagnostic in result.diagnostics {
            precondition(
                diagnostic.path == "page" && (1...lines).contains(diagnostic.line), "an error that is nowhere")
            precondition((1...bytes.count + 1).contains(diagnostic.column) && !diagnostic.message.isEmpty)
        }
        guard result.diagnostics.isEmpty else { return }
        let (programs, _) = TemplateCompiler.programs([source] + Self.companions, assets: [:])
        guard let program = programs.first(where: { $0.source.name == "page" }) else { return }
        checkStructure(program.main.steps)
        for part in program.sections + program.fragments { checkStructure(part.function.steps) }
    }

    private static let attacks = [
        "</script><script>\"'`<!--", "javascript:alert(1)//\"'>", "\" onx='\\\n\r\0;{}()*/ -->",
        "${x}`</style></title></textarea>",
        " x=y / = > < & &quot; \u{2028}", "",
    ]

    /// With every value the page has the same tags, attributes, strings and comments.
    private func checkStructure(_ steps: [Step]) {
        for isFull in [true, false] {
            guard let outline = try? PageOutline.of(StepRunner(value: "word", isFull: isFull).page(steps)) else {
                preconditionFailure("a page is no HTML although its template is")
            }
            for attack in Self.attacks {
                let found = try? PageOutline.of(StepRunner(value: attack, isFull: isFull).page(steps))
                precondition(found == outline, "a value changes the structure of a page")
            }
        }
    }
}
