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
}
