/// The value of Cache-Control for files with certain names.
public struct CacheRule: Sendable {
    let value: String
    private let matcher: @Sendable (String) -> Bool
    /// Whether it looks at the query, and at no name.
    let isForVersions: Bool

    private init(
        _ value: String, isForVersions: Bool = false, _ matcher: @escaping @Sendable (String) -> Bool
    ) {
        self.value = value
        self.isForVersions = isForVersions
        self.matcher = matcher
    }

    /// - Parameters:
    ///   - pattern: of the name, "*.html", or with a slash of the whole path below the directory, "images/*". "?" and
    ///     "*" stand for one and any number of characters but "/", "**" for anything.
    ///   - value: "public, max-age=3600".
    public init(_ pattern: String, _ value: String) {
        let pattern = Array(pattern.utf8)[...]
        let isPath = pattern.contains(UInt8(ascii: "/"))
        self.init(value) { path in
            let name = isPath ? path[...] : path.split(separator: "/").last ?? ""
            return stands(pattern, for: Array(name.utf8)[...])
        }
    }

    /// For names that change with the contents: kept for a year, without asking.
    public static func immutable(_ pattern: String) -> CacheRule { CacheRule(pattern, immutable) }

    /// The same for names that end in a digest, before the extension: "app-3f2a91c0.js", "app.0d3f2a91.css". A digest
    /// has 8 to 64 hexadecimal digits, and not only decimal ones, of which dates are made.
    public static let digestedNames = CacheRule(immutable) { path in
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), let start = name[..<dot].lastIndex(where: { $0 == "-" || $0 == "." })
        else { return false }
        let digest = name[name.index(after: start)..<dot].utf8
        return start != name.startIndex && (8...64).contains(digest.count)
            && digest.allSatisfy { $0.hexValue != nil } && digest.contains { $0 > UInt8(ascii: "9") }
            && digest.contains { $0 <= UInt8(ascii: "9") }
    }

    /// The same for URLs that end in a digest, "app.css?v=3f2a91c0": what `{{asset "app.css"}}` in a template makes.
    public static let versions = CacheRule(immutable, isForVersions: true) { _ in false }

    /// Whether a query is that of a version: 8 to 64 hexadecimal digits.
    static func isVersion(_ query: String) -> Bool {
        let digest = query.utf8.dropFirst(2)
        return query.hasPrefix("v=") && (8...64).contains(digest.count) && digest.allSatisfy { $0.hexValue != nil }
    }

    private static let immutable = "public, max-age=31536000, immutable"

    func matches(_ path: String) -> Bool { matcher(path) }
}

/// Whether a pattern stands for a name. Both are the app's own, so that a pattern that takes long is its own fault.
private func stands(_ pattern: ArraySlice<UInt8>, for name: ArraySlice<UInt8>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    let slash = UInt8(ascii: "/")
    switch first {
    case UInt8(ascii: "*"):
        let rest = pattern.dropFirst()
        let crossesSlashes = rest.first == first
        let behind = crossesSlashes ? rest.dropFirst() : rest
        var name = name
        while true {
            if stands(behind, for: name) { return true }
            guard let byte = name.popFirst(), crossesSlashes || byte != slash else { return false }
        }
    case UInt8(ascii: "?"):
        return name.first.map { $0 != slash } == true && stands(pattern.dropFirst(), for: name.dropFirst())
    default:
        return name.first == first && stands(pattern.dropFirst(), for: name.dropFirst())
    }
}
