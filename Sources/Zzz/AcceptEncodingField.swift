/// An Accept-Encoding field: which content codings a client takes, with weights (RFC 9110 section 12.5.3).
struct AcceptEncodingField {
    /// In thousandths, by name in lower case.
    private var weights: [(name: String, quality: Int)] = []

    /// Elements that are malformed are left out.
    init(_ text: String) {
        for element in text.lowercased().split(separator: ",") {
            let parts = element.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingBlanks() }
            guard let name = parts.first, !name.isEmpty else { continue }
            var quality = 1000
            if parts.count > 1 {
                guard parts.count == 2, parts[1].hasPrefix("q="),
                    let weight = AcceptField.quality(parts[1].dropFirst(2))
                else { continue }
                quality = weight
            }
            weights.append((Self.alias(name), quality))
        }
    }

    /// "A recipient SHOULD consider x-gzip to be equivalent to gzip" (RFC 9110 section 8.4.1.3).
    private static func alias(_ name: Substring) -> String { name == "x-gzip" ? "gzip" : String(name) }

    private func listed(_ name: String) -> Int? { weights.first { $0.name == name }?.quality }

    /// The weight of a coding; 0: not wanted.
    func quality(of name: String) -> Int { listed(name) ?? listed("*") ?? 0 }

    /// Whether a response without a coding is no answer: "identity;q=0", or "*;q=0" without a word about identity.
    var refusesIdentity: Bool { (listed("identity") ?? listed("*")) == 0 }

    /// The one of the codings that the client likes best, the first one of equals; nil when it would rather have none.
    func best<Coding>(of codings: some Sequence<Coding>, name: (Coding) -> String) -> Coding? {
        var best: (coding: Coding, quality: Int)?
        for coding in codings {
            let quality = quality(of: name(coding))
            if quality > best?.quality ?? 0 { best = (coding, quality) }
        }
        guard let best, best.quality >= listed("identity") ?? 0 else { return nil }
        return best.coding
    }
}
