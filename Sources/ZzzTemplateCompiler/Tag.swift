/// One `{{...}}` of a template.
struct Tag {
    enum Kind {
        /// `{{value}}`
        case print
        /// `{{{value}}}`, `{{&value}}`
        case raw
        /// `{{#block}}`
        case open
        /// `{{/block}}`
        case close
        /// `{{else}}`, `{{else if}}`, `{{^}}`
        case otherwise
        /// `{{> partial}}`
        case partial
        /// `{{! ...}}`, `{{!-- ... --}}`
        case comment
        /// `{{@ name: Type}}`
        case declaration
    }

    let kind: Kind
    /// From the first brace to after the last.
    let range: Range<Int>
    /// What is inside, without the signs that tell the kind.
    let content: Range<Int>
    /// `{{~`: the whitespace before it goes.
    let trimsBefore: Bool
    /// `~}}`: the whitespace after it goes.
    let trimsAfter: Bool
}

/// A template is a row of these.
enum Piece {
    case text(Range<Int>)
    /// Text in which nothing is trimmed: the inside of a raw block, or an escaped brace.
    case verbatim(Range<Int>)
    case tag(Tag)
}
