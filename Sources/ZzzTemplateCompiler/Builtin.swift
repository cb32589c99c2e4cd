import ZzzSpelling

/// The functions that the library ZzzTemplate has for templates. Their arguments by name may come in any order.
enum Builtin {
    static let functions = Set(labels.keys).union(["bytes", "json", "lookup", "join", "url"])

    private static let labels = [
        "number": ["fraction"], "percent": ["fraction"], "currency": ["minor", "code"],
        "date": ["format", "time", "offset"],
        "plural": ["zero", "one", "few", "many", "other"],
    ]

    /// The arguments in the order in which Swift wants them.
    static func ordered(_ function: String, _ arguments: [Argument]) -> [Argument] {
        guard let labels = labels[function] else { return arguments }
        let positional = arguments.filter { $0.label == nil }
        let labelled = arguments.filter { $0.label != nil }
        func position(_ argument: Argument) -> Int { labels.firstIndex { $0 == argument.label } ?? labels.count }
        return positional + labelled.sorted { position($0) < position($1) }
    }

    // MARK: Dates

    private static let dateFormats = ["short", "medium", "long", "full", "time", "iso"]
    private static let patternLetters = "yMLdEcaHhmsX"

    /// Refuses a date's format that is written out and is none: it would be printed as it is.
    static func checkFormats(_ function: String, _ arguments: [Argument]) throws(Problem) {
        guard function == "date" else { return }
        for argument in arguments where argument.label == "format" || argument.label == "time" {
            guard case .string(let format, let offset) = argument.value, !dateFormats.contains(format) else { continue }
            // What is between apostrophes is text.
            let parts = format.split(separator: "'", omittingEmptySubsequences: false)
            let pattern = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }.joined()
            guard let letter = pattern.first(where: { isLetter($0) && !patternLetters.contains($0) }) else { continue }
            let advice =
                NearestName.of(format, among: dateFormats).map { "did you mean \"\($0)\"?" }
                ?? "'\(letter)' means nothing in a pattern, and text stands in apostrophes"
            throw Problem(offset, "\"\(format)\" is no date format: \(advice)")
        }
    }

    private static func isLetter(_ character: Character) -> Bool {
        ("a"..."z").contains(character) || ("A"..."Z").contains(character)
    }
}
