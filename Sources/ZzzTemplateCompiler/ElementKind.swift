/// What the HTML standard says of elements by their names (section 13.1.2).
enum ElementKind {
    /// Elements without content and end tag.
    static let void: Set = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    ]

    /// Elements whose end tag may be left out.
    static let closesItself: Set = [
        "body", "caption", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rb", "rp", "rt",
        "rtc",
        "tbody", "td", "tfoot", "th", "thead", "tr",
    ]

    /// Elements whose content is text up to their end tag, and in which values are text.
    static let text: Set = ["textarea", "title"]

    /// The same, but nothing in them is decoded, so that values in them can't be made safe.
    static let raw: Set = ["iframe", "noembed", "noframes", "plaintext", "xmp"]

    /// Elements in which `/>` ends an element.
    static let foreign: Set = ["svg", "math"]

    /// Types of script elements that are JavaScript or JSON.
    static func isScript(type: String) -> Bool {
        let name = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let known = [
            "", "module", "importmap", "speculationrules", "text/javascript", "application/javascript",
            "text/ecmascript",
            "application/ecmascript", "application/x-javascript", "text/jscript", "application/json",
            "text/json",
        ]
        return known.contains(name) || name.hasSuffix("+json")
    }
}
