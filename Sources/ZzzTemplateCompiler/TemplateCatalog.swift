import ZzzSpelling

/// The templates that can be called, and the files that can be linked to.
struct TemplateCatalog {
    let signatures: [String: Signature]
    let assets: [String: Asset]

    /// The template of this name: as it is, or as a component.
    func find(_ name: Name, _ word: TemplateCall.Word) throws(Problem) -> Signature {
        let candidates = word == .component ? [name.text, "components/" + name.text] : [name.text]
        for candidate in candidates {
            if let signature = signatures[candidate] { return signature }
        }
        var known = Array(signatures.keys)
        if word == .component {
            known += known.filter { $0.hasPrefix("components/") }.map { String($0.dropFirst(11)) }
        }
        let advice = NearestName.of(name.text, among: known.sorted()).map { ": did you mean \"\($0)\"?" } ?? ""
        let file = "\(candidates[candidates.count - 1]).html.zzz"
        throw Problem(
            name.offset,
            "there is no \(word.rawValue) \"\(name.text)\"" + (advice.isEmpty ? ": \(file) is missing" : advice))
    }
}

/// A file that pages link to.
public struct Asset: Sendable {
    /// Changes with the content: for the URL.
    public let digest: String
    /// For the attribute of the same name.
    public let integrity: String

    public init(digest: String, integrity: String) {
        self.digest = digest
        self.integrity = integrity
    }
}
