import Testing
import ZzzTemplate

@Suite struct OutputTests {
    private struct Repeated: Template {
        let text: String
        let count: Int
        func render(into output: inout HTMLOutput) { for _ in 0..<count { output.text(text) } }
    }

    @Test func itGrows() throws {
        #expect(try Repeated(text: "0123456789<", count: 10_000).rendered().utf8.count == 140_000)
    }

    @Test func aPageHasALimit() throws {
        #expect(try Repeated(text: "x", count: 99).rendered(limitBytes: 100).utf8.count == 99)
        #expect(try Repeated(text: "x", count: 100).rendered(limitBytes: 100).utf8.count == 100)
        let failure = TemplateError.tooLarge(limitBytes: 100)
        #expect(throws: failure) { try Repeated(text: "x", count: 101).rendered(limitBytes: 100) }
        // Escaping makes it larger than what was written.
        #expect(try Repeated(text: "<", count: 25).rendered(limitBytes: 100).utf8.count == 100)
        #expect(throws: failure) { try Repeated(text: "<", count: 26).rendered(limitBytes: 100) }
        #expect(throws: TemplateError.self) { try Repeated(text: "x", count: 1 << 20).rendered(limitBytes: 1000) }
    }

    @Test func afterALimitTheOutputIsAsNew() {
        var output = HTMLOutput(limitBytes: 100)
        output.text(String(repeating: "<", count: 50))
        #expect(output.failure == .tooLarge(limitBytes: 100))
        output.removeAll()
        #expect(output.failure == nil && output.count == 0)
        output.text("<")
        #expect(output.withBytes { String(decoding: $0, as: UTF8.self) } == "&lt;")
    }

    /// Takes what is flushed.
    private final class Sink: RenderEnvironment {
        var pieces: [String] = []
        var takes = true

        func flush(_ bytes: UnsafeRawBufferPointer) -> Bool {
            if takes { pieces.append(String(decoding: bytes, as: UTF8.self)) }
            return takes
        }
    }

    @Test func whatIsFlushedIsGone() {
        let sink = Sink()
        var output = HTMLOutput(limitBytes: 150, environment: sink)
        output.render(Repeated(text: "x", count: 2), layout: .app)
        #expect(sink.pieces == ["<!doctype html>\n<html lang=\"en\">\n<head>\n<title>Zzz</title>\n</head>\n"])
        let rest = output.withBytes { String(decoding: $0, as: UTF8.self) }
        #expect(rest == "<body class=\"narrow\">\nxx</body>\n</html>\n")
        // What was flushed counts.
        output.text(String(repeating: "y", count: 60))
        #expect(output.failure == .tooLarge(limitBytes: 150))
        output.flush()
        #expect(sink.pieces.count == 1)
    }

    @Test func whatIsNotTakenStays() throws {
        let sink = Sink()
        sink.takes = false
        #expect(try Repeated(text: "x", count: 1).rendered(layout: .app, environment: sink).hasPrefix("<!doctype"))
        #expect(sink.pieces.isEmpty)
    }

    @Test func numbers() {
        for number in [0, 9, 10, 99, 100, -1, .min, .max] {
            var output = HTMLOutput()
            output.text(number)
            #expect(output.withBytes { String(decoding: $0, as: UTF8.self) } == "\(number)")
        }
        var output = HTMLOutput()
        output.text(UInt64.max)
        output.text(Int8.min)
        #expect(output.withBytes { String(decoding: $0, as: UTF8.self) } == "18446744073709551615-128")
    }

    @Test func valuesOfOtherTypes() {
        var output = HTMLOutput()
        output.text(Substring("a<"))
        output.text(Character(">"))
        output.text(Optional("&"))
        output.text(String?.none)
        output.text(Int??.some(5))
        output.text(1.5)
        output.text(Float(0.25))
        output.text(Optional(true))
        output.text(Tone.loud)
        output.text(Optional(HTML(trusted: "<b>")))
        #expect(output.withBytes { String(decoding: $0, as: UTF8.self) } == "a&lt;&gt;&amp;51.50.25trueloud<b>")
    }

    @Test func whatIsNoJSON() {
        var output = HTMLOutput()
        output.script(Double.nan)
        guard case .notJSON? = output.failure else {
            Issue.record("\(String(describing: output.failure))")
            return
        }
    }
}
