import ZzzAppABI

/// The fields of a request that make its answer depend on what the client has already (RFC 9110 section 13), and the
/// part that it wants (section 14.2).
struct Preconditions {
    private var ifMatch: String?
    private var ifNoneMatch: String?
    private var ifModifiedSince: String?
    private var ifUnmodifiedSince: String?
    private var ifRange: String?
    private var range: String?
    private var isEmpty = true

    enum Verdict: Equatable {
        /// The whole representation: 200.
        case whole
        /// 304
        case notModified
        /// 412
        case failed
        /// The representation, or what this value of Range asks for.
        case part(String)
    }

    /// What the answer is for.
    struct Validators {
        var tag: EntityTag?
        /// Seconds since 1970.
        var modifiedSeconds: Int64?
    }

    init(_ headers: UnsafeBufferPointer<zzz_header>) {
        for header in headers {
            let name = header.name.buffer
            // Few fields begin like these: the others are passed over by their first letter.
            guard let first = name.first, first | 0x20 == UInt8(ascii: "i") || first | 0x20 == UInt8(ascii: "r") else {
                continue
            }
            if name.count == 5, name.equalsIgnoringCase("range") {
                set(\.range, header.value)
            } else if name.count == 8, name.equalsIgnoringCase("if-match") {
                append(\.ifMatch, header.value)
            } else if name.count == 8, name.equalsIgnoringCase("if-range") {
                set(\.ifRange, header.value)
            } else if name.count == 13, name.equalsIgnoringCase("if-none-match") {
                append(\.ifNoneMatch, header.value)
            } else if name.count == 17, name.equalsIgnoringCase("if-modified-since") {
                set(\.ifModifiedSince, header.value)
            } else if name.count == 19, name.equalsIgnoringCase("if-unmodified-since") {
                set(\.ifUnmodifiedSince, header.value)
            }
        }
    }

    /// The lines of a list are one list (RFC 9110 section 5.3).
    private mutating func append(_ field: WritableKeyPath<Preconditions, String?>, _ value: zzz_bytes) {
        isEmpty = false
        self[keyPath: field] = self[keyPath: field].map { $0 + "," + value.string } ?? value.string
    }

    /// A field that may occur once: a second one makes it say nothing.
    private mutating func set(_ field: WritableKeyPath<Preconditions, String?>, _ value: zzz_bytes) {
        isEmpty = false
        self[keyPath: field] = self[keyPath: field] == nil ? value.string : ""
    }

    /// In the order of RFC 9110 section 13.2.2, for GET and HEAD, when the answer would be 200.
    func evaluate(_ validators: Validators, isHead: Bool) -> Verdict {
        if isEmpty { return .whole }
        if let ifMatch {
            guard Self.lists(ifMatch, validators.tag, EntityTag.matchesStrongly) else { return .failed }
        } else if let date = Self.date(ifUnmodifiedSince), let modified = validators.modifiedSeconds, modified > date {
            return .failed
        }
        if let ifNoneMatch {
            if Self.lists(ifNoneMatch, validators.tag, EntityTag.matchesWeakly) { return .notModified }
        } else if let date = Self.date(ifModifiedSince), let modified = validators.modifiedSeconds, modified <= date {
            return .notModified
        }
        guard let range, !isHead, ifRange.map({ isUnchanged($0, validators) }) ?? true else { return .whole }
        return .part(range)
    }

    /// Whether the part that the client has is of this very representation (RFC 9110 section 13.1.5).
    private func isUnchanged(_ field: String, _ validators: Validators) -> Bool {
        if let tag = EntityTag(field[...]) { return validators.tag.map { tag.matchesStrongly($0) } ?? false }
        // A date names the representation only when it is the very one (and not one that another might share: the
        // daemon's files get a weak tag while they are that young).
        guard let date = Self.date(field), let modified = validators.modifiedSeconds else { return false }
        return date == modified && validators.tag?.isWeak != true
    }

    private static func lists(
        _ field: String, _ tag: EntityTag?, _ matches: (EntityTag) -> (EntityTag) -> Bool
    ) -> Bool {
        if field.utf8.elementsEqual("*".utf8) { return true }
        guard let tag else { return false }
        return EntityTag.List(field[...]).contains { matches(tag)($0) }
    }

    /// Seconds since 1970; nil for what is no date, which then counts as absent.
    private static func date(_ text: String?) -> Int64? {
        text.flatMap(HTTPDate.seconds)
    }
}
