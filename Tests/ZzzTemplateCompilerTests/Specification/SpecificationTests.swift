import Testing

@testable import ZzzTemplateCompiler

/// Templates and the pages that they make, all the way: compiled to Swift, that compiled and run.
@Suite struct SpecificationTests {
    private static let cases =
        MustacheCases.comments + MustacheCases.interpolation + MustacheCases.sections + MustacheCases.inverted
        + MustacheCases.partials + HandlebarsCases.each + HandlebarsCases.conditions + HandlebarsCases.expressions
        + HandlebarsCases.whitespace

    /// All cases in one program, since the Swift compiler takes seconds for the first of them.
    @Test func pagesAreWhatTheSpecificationsSay() throws {
        var sources: [TemplateSource] = []
        var program = "import ZzzTemplate\n" + MustacheCases.support + HandlebarsCases.support
        for (index, example) in Self.cases.enumerated() {
            sources.append(TemplateSource(name: "case\(index)", path: example.name, text: example.template))
            for (name, text) in example.partials {
                sources.append(TemplateSource(name: name, path: name, text: text))
            }
            program += "print(try! Templates.case\(index)().rendered(), terminator: \"\\0\")\n"
        }
        let run = try SwiftRun(sources, support: program)
        defer { run.remove() }
        let pages = try run.output().split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
        try #require(pages.count == Self.cases.count + 1)
        for (example, page) in zip(Self.cases, pages) {
            #expect(page == example.page, "\(example.name): \(example.template)")
        }
    }
}
