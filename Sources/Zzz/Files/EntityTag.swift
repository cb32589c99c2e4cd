/// What a representation is told apart by (RFC 9110 section 8.8.3).
struct EntityTag: Equatable, Sendable {
    /// With its quotes: `"x"`.
    var opaque: Substring
    var isWeak = false

    /// As a field has it: `W/"x"`.
    var text: String { isWeak ? "W/" + opaque : String(opaque) }

    init(opaque: Substring, isWeak: Bool = false) {
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// Out of a field that holds one; nil when it is malformed.
    init?(_ text: Substring) {
        var list = List(text)
        guard let tag = list.next(), list.isAtEnd else { return nil }
        self = tag
    }

    /// Whether both are strong, and the same (RFC 9110 section 8.8.3.2).
    func matchesStrongly(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

    /// Whether they are the same but for being weak.
    func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }

    /// The tags of If-Match and If-None-Match, up to what is malformed. A comma within the quotes is part of the tag.
    struct List: Sequence, IteratorProtocol {
        private var rest: Substring.UTF8View

        init(_ text: Substring) { rest = text.utf8 }

        var isAtEnd: Bool { rest.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") } }

        mutating func next() -> EntityTag? {
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }
            let isWeak = rest.starts(with: "W/".utf8)
            let quoted = isWeak ? rest.dropFirst(2) : rest
            guard quoted.first == UInt8(ascii: "\""),
                let end = quoted.dropFirst().firstIndex(of: UInt8(ascii: "\""))
            else { return nil }
            rest = quoted[quoted.index(after: end)...]
            return EntityTag(opaque: Substring(quoted[...end]), isWeak: isWeak)
        }
    }
}
