/// An Accept field: what a client would like to get, with weights (RFC 9110 section 12.5.1).
struct AcceptField {
    private struct Range {
        var type: Substring
        var subtype: Substring
        /// Beside q; a type that has not all of them is not in the range.
        var parameters: [String]
        /// In thousandths.
        var quality: Int

        /// How narrow the range is: only the narrowest that a type is in counts.
        var precedence: Int { (type == "*" ? 0 : subtype == "*" ? 1 : 2) + parameters.count }
    }

    private let ranges: [Range]

    /// Ranges that are malformed are left out.
    init(_ text: String) {
        ranges = text.lowercased().split(separator: ",").compactMap { Self.range($0) }
    }

    private static func range(_ text: Substring) -> Range? {
        let parts = text.split(separator: ";").map { $0.trimmingBlanks() }
        guard let essence = parts.first, let slash = essence.firstIndex(of: "/") else { return nil }
        var range = Range(
            type: essence[..<slash], subtype: essence[essence.index(after: slash)...], parameters: [], quality: 1000)
        guard !range.type.isEmpty, !range.subtype.isEmpty, range.type != "*" || range.subtype == "*" else { return nil }
        for parameter in parts.dropFirst() {
            guard parameter.hasPrefix("q=") else {
                range.parameters.append(String(parameter))
                continue
            }
            guard let quality = quality(parameter.dropFirst(2)) else { return nil }
            range.quality = quality
            // What follows q are extensions, which nobody uses.
            break
        }
        return range
    }

    /// "0.8" is 800; nil for what is no weight (RFC 9110 section 12.4.2).
    static func quality(_ text: Substring) -> Int? {
        let digits = text.utf8
        guard let first = digits.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1") else { return nil }
        guard digits.count > 1 else { return first == UInt8(ascii: "1") ? 1000 : 0 }
        let fraction = digits.dropFirst(2)
        guard digits.dropFirst().first == UInt8(ascii: "."), fraction.count <= 3 else { return nil }
        var value = 0
        for place in 0..<3 {
            let byte = fraction.dropFirst(place).first ?? UInt8(ascii: "0")
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        if first == UInt8(ascii: "1") { return value == 0 ? 1000 : nil }
        return value
    }

    /// The weight of a type, "text/html" or "text/html;level=1", in thousandths; 0: not wanted.
    func quality(of type: String) -> Int {
        let parts = type.lowercased().split(separator: ";").map { $0.trimmingBlanks() }
        guard let essence = parts.first, let slash = essence.firstIndex(of: "/") else { return 0 }
        let (main, sub) = (essence[..<slash], essence[essence.index(after: slash)...])
        var best: Range?
        for range in ranges {
            guard range.type == "*" || range.type == main, range.subtype == "*" || range.subtype == sub,
                range.parameters.allSatisfy({ parts.dropFirst().contains(Substring($0)) })
            else { continue }
            if range.precedence > best?.precedence ?? -1 { best = range }
        }
        return best?.quality ?? 0
    }
}

extension Context {
    /// The type that the client would like most among those that the app can make, by its Accept field; the first one
    /// of equals, and of all when there is no Accept field. Nil when the client takes none of them.
    ///
    /// ```swift
    /// switch context.preferredType(among: ["text/html", "application/json"]) { ... }
    /// ```
    public func preferredType(among types: [String]) -> String? {
        let lines = headers.all("accept")
        guard !lines.isEmpty else { return types.first }
        let accept = AcceptField(lines.joined(separator: ","))
        var best: (type: String, quality: Int)?
        for type in types {
            let quality = accept.quality(of: type)
            if quality > best?.quality ?? 0 { best = (type, quality) }
        }
        return best?.type
    }

    /// The same, or an ``Abort`` that renders as 406 and lists the types there are. The response varies by Accept.
    public func accepts(_ types: String...) throws -> String {
        addVary("Accept")
        guard let type = preferredType(among: types) else { throw Abort(notAcceptable: types) }
        return type
    }

    /// Adds a name to Vary, unless it is there (RFC 9110 section 12.5.5).
    public func addVary(_ name: String) {
        let isThere = fields.values("Vary").contains { value in
            value.split(separator: ",").contains { $0.trimmingBlanks().lowercased() == name.lowercased() }
        }
        if !isThere { addHeader("Vary", name) }
    }
}

extension Abort {
    /// 406: the client takes none of the types.
    init(notAcceptable types: [String]) {
        self.init(
            .notAcceptable, "This is available as \(types.joined(separator: ", ")).", headers: [("Vary", "Accept")],
            details: [("available", .array(types.map { .string($0) }))])
    }
}
