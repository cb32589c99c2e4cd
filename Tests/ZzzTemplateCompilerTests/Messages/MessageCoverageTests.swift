import Foundation
import Testing

/// Every message of the compiler is in one of the tables beside this file.
@Suite struct MessageCoverageTests {
    private static let tables = URL(filePath: #filePath).deletingLastPathComponent()
    private static let sources = tables.appending(path: "../../../Sources/ZzzTemplateCompiler")

    private func texts(_ folder: URL) throws -> [(name: String, text: String)] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted().filter { $0.hasSuffix(".swift") }
            .map { ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
    }

    /// The parts of a literal between its interpolations, up to its closing quote.
    private func parts(of literal: Substring) -> [String] {
        var parts = [""]
        var depth = 0
        var last: Character = " "
        for character in literal {
            if depth > 0 {
                depth += character == "(" ? 1 : character == ")" ? -1 : 0
            } else if character == "(", last == "\\" {
                depth = 1
                parts[parts.count - 1].removeLast()
                parts.append("")
            } else if character == "\"", last != "\\" {
                return parts
            } else {
                parts[parts.count - 1].append(character)
            }
            last = character
        }
        return parts
    }

    /// What is written in `Problem(offset, "...")`, but for short words.
    private func messages(in source: String) -> [String] {
        source.components(separatedBy: "Problem(").dropFirst().flatMap { call -> [String] in
            guard let quote = call.firstIndex(of: "\""), !call[..<quote].contains("{") else { return [] }
            return parts(of: call[call.index(after: quote)...])
        }.filter { $0.count >= 12 }
    }

    @Test func everyMessageIsTested() throws {
        // Long messages are on several lines of the tables.
        let expected = try texts(Self.tables).map(\.text).joined()
            .replacingOccurrences(of: "\"\\s*\\+ \"", with: "", options: .regularExpression)
        var count = 0
        for (name, source) in try texts(Self.sources) {
            for message in messages(in: source) {
                let isTested = expected.contains(message)
                #expect(isTested, "\(name): \(message)")
                count += 1
            }
        }
        #expect(count > 90)
    }
}
