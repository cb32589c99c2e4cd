/// Where in the page the next byte stands.
struct Place: Equatable {
    enum State: Equatable {
        case text
        /// After `<`.
        case tagStart
        case tagName
        /// Between the attributes of a start tag, or behind the name in an end tag.
        case tag
        case attributeName
        case afterAttributeName
        case beforeValue
        case value(Quote)
        /// After the value that says whether a boolean attribute is there.
        case afterPresence(Quote)
        /// `<!doctype ...>` and the like.
        case markup
        case comment
        /// Up to the end tag of `tag.name`, where no tag begins.
        case rawText
    }

    enum Quote: Equatable {
        case none
        case single
        case double
        /// Not in the template: put around a value that had none.
        case added

        var byte: UInt8? {
            switch self {
            case .single: UInt8(ascii: "'")
            case .double: UInt8(ascii: "\"")
            case .none, .added: nil
            }
        }
    }

    /// The language of an attribute's value, or of the text in an element.
    enum Content: Equatable {
        case plain
        case url(URLTracker)
        case urlList(URLTracker, isDescriptor: Bool)
        case script(ScriptTracker)
        case style(StyleTracker)
        case forbidden(String)
    }

    /// The tag that is being read, or was read last.
    struct Tag: Equatable {
        var name = ""
        var isEnd = false
        var offset = 0
        var attribute = ""
        var kind = AttributeKind.text
        /// The value of the attribute as far as the template has it.
        var value = ""
        var hasValue = false
        /// nil until the attribute is there: the first one counts.
        var scriptType: String?
        /// Whether `/` stands at its end.
        var isSelfClosing = false
        /// Whether it is inside svg or math, where character references stand in scripts and styles too.
        var isForeign = false
        var isRefresh = false
        /// Where a meta element's content is a value that may be a URL.
        var openContent: Int?
    }

    var state = State.text
    var tag = Tag()
    var content = Content.plain
    /// Whether a character reference stands before, in a language that is tracked.
    var hasReference = false
    /// Whether whitespace must come before the next attribute.
    var needsSpace = false
    /// The last characters of a comment, with `?` for what is not known.
    var commentEnd = ""

    /// What is the same at both ends of a block: everything that matters to what follows.
    mutating func settle(at offset: Int) throws(Problem) {
        switch state {
        case .attributeName, .afterAttributeName, .afterPresence(.none):
            state = .tag
            needsSpace = true
        case .value where tag.kind == .boolean:
            throw Problem(offset, "'\(tag.attribute)' is there or not: its value is a single {{...}}")
        case .beforeValue: throw Problem(offset, "put quotes around the value of '\(tag.attribute)'")
        case .tagStart, .tagName: throw Problem(offset, "a block can't begin or end in the name of a tag")
        default: break
        }
        if state == .tag {
            tag.attribute = ""
            tag.value = ""
            tag.kind = .text
            tag.hasValue = false
            tag.isSelfClosing = false
            content = .plain
        }
        if state == .comment { commentEnd = "?" }
        switch content {
        case .script(var script):
            try script.settle(at: offset)
            content = .script(script)
        case .style(var style):
            style.settle()
            content = .style(style)
        case .url(var url):
            url.settle()
            content = .url(url)
        case .plain, .urlList, .forbidden: break
        }
    }

    /// The place after blocks that may end in either; nil when nothing can be said of it.
    static func join(_ left: Place, _ right: Place) -> Place? {
        var joined = left
        joined.needsSpace = left.needsSpace || right.needsSpace
        joined.hasReference = left.hasReference || right.hasReference
        joined.tag.value = ""
        joined.tag.isRefresh = left.tag.isRefresh || right.tag.isRefresh
        joined.tag.openContent = left.tag.openContent ?? right.tag.openContent
        joined.tag.hasValue = left.tag.hasValue || right.tag.hasValue
        switch (left.content, right.content) {
        case (.url(let one), .url(let other)): joined.content = .url(.join(one, other))
        case (.script(let one), .script(let other)):
            guard let script = ScriptTracker.join(one, other) else { return nil }
            joined.content = .script(script)
        case (.style(let one), .style(let other)):
            guard let style = StyleTracker.join(one, other) else { return nil }
            joined.content = .style(style)
        default: break
        }
        var other = right
        other.needsSpace = joined.needsSpace
        other.hasReference = joined.hasReference
        other.tag.value = ""
        other.tag.isRefresh = joined.tag.isRefresh
        other.tag.openContent = joined.tag.openContent
        other.tag.hasValue = joined.tag.hasValue
        other.content = joined.content
        if case .text = joined.state {
            // What the last tag was makes no difference.
            joined.tag = Tag()
            other.tag = Tag()
        }
        guard sameLanguage(left.content, right.content) else { return nil }
        return joined == other ? joined : nil
    }

    private static func sameLanguage(_ left: Content, _ right: Content) -> Bool {
        switch (left, right) {
        case (.plain, .plain), (.url, .url), (.script, .script), (.style, .style): true
        default: left == right
        }
    }

    /// As a message names it.
    var description: String {
        switch state {
        case .text: "between tags"
        case .tagStart, .tagName: "in the name of a tag"
        case .tag, .afterAttributeName, .attributeName, .beforeValue:
            "inside the tag <\(tag.isEnd ? "/" : "")\(tag.name)>"
        case .value, .afterPresence: "in the value of '\(tag.attribute)'\(language)"
        case .markup: "in a markup declaration"
        case .comment: "in a comment"
        case .rawText: "in <\(tag.name)>\(language)"
        }
    }

    private var language: String {
        switch content {
        case .script(let script): " (\(script.description))"
        case .style(let style): style.state == .code ? "" : " (inside a string, url() or comment)"
        default: ""
        }
    }
}

extension ScriptTracker {
    fileprivate var description: String {
        switch state {
        case .code: "code"
        case .string: "inside a string"
        case .template: "inside a template literal"
        case .expression: "inside a regular expression"
        case .lineComment, .blockComment: "inside a comment"
        }
    }
}
