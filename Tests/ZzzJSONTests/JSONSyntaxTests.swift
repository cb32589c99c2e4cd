import Testing

@testable import ZzzJSON

@Suite struct JSONSyntaxTests {
    private func isPlain(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { JSONSyntax.isPlainValue($0) } }

    @Test(arguments: JSONGrammarTests.accepted)
    func whatIsJSON(_ text: String, _: String) {
        #expect(isPlain(text) || text.contains("\\u"), "\(text)")
    }

    @Test(arguments: JSONGrammarTests.refused.filter { !Self.isBeyondGrammar($0.1) })
    func whatIsNot(_ text: String, _: JSONError.Reason, _: Int) { #expect(!isPlain(text), "\(text)") }

    /// What the grammar allows, and the parser refuses.
    private static func isBeyondGrammar(_ reason: JSONError.Reason) -> Bool {
        switch reason {
        case .duplicateKey, .numberOutOfRange: true
        default: false
        }
    }

    @Test(arguments: [-1, 0, 1])
    func levels(beyond: Int) {
        let count = 64 + beyond
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let text = String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
            #expect(isPlain(text) == (beyond <= 0))
        }
    }

    /// Whatever it takes for JSON, the parser does too.
    @Test func agreesWithTheParser() {
        var random = SeededGenerator(seed: 7)
        let text = Array(#"{"a":[1,-2.5e3,"x\"y",{"b":null,"c":[true,false]}],"d":{},"e":[]}"#.utf8)
        let bytes = Array(#"{}[],:"\0129.eE+-tfn a"#.utf8)
        var plain = 0
        for _ in 0..<20_000 {
            var changed = text
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: changed[place] = bytes.randomElement(using: &random) ?? 0
                case 1: changed.remove(at: place)
                default: changed.insert(bytes.randomElement(using: &random) ?? 0, at: place)
                }
            }
            changed.withUnsafeBytes { changed in
                guard JSONSyntax.isPlainValue(changed) else { return }
                plain += 1
                do throws(JSONError) {
                    _ = try JSONParts(changed)
                } catch {
                    #expect(Self.isBeyondGrammar(error.reason), "\(error): \(String(decoding: changed, as: UTF8.self))")
                }
            }
        }
        #expect(plain > 500)
    }
}
