/// Reads a template: pieces become nodes.
struct TemplateParser {
    let source: TemplateSource
    private let pieces: [Piece]
    private var index = 0
    private var depth = 0
    private var result: ParsedTemplate

    static func parse(_ source: TemplateSource) throws(Problem) -> ParsedTemplate {
        if let offset = InvalidUTF8.first(in: source.bytes) { throw Problem(offset, "this is not UTF-8") }
        let pieces = Whitespace.trim(try TagScanner.scan(source), of: source)
        var parser = TemplateParser(source: source, pieces: pieces, result: ParsedTemplate(source: source))
        let body = try parser.body(of: nil)
        parser.result.nodes = body.nodes
        return parser.result
    }

    /// What a block contains, up to the tag that ends it.
    struct Body {
        var nodes: [Node] = []
        var slots: [Slot] = []
        /// `{{else}}` or the closing tag; nil at the end of the template.
        var end: Tag?
    }

    /// A block that is being read.
    struct Opening {
        let word: String
        let tag: Tag
        /// Whether `{{else}}` may follow.
        var takesElse = false
        /// Whether this is what follows it.
        var hadElse = false
        /// Whether it is a component, which has slots.
        var takesSlots = false
    }

    // MARK: Bodies

    mutating func body(of opening: Opening?) throws(Problem) -> Body {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw Problem(opening?.tag.range.lowerBound ?? 0, "blocks more than \(Self.maximumDepth) deep")
        }
        var body = Body()
        while index < pieces.count {
            let piece = pieces[index]
            index += 1
            switch piece {
            case .text(let range), .verbatim(let range):
                if !range.isEmpty { body.nodes.append(Node(kind: .text(range), offset: range.lowerBound)) }
            case .tag(let tag):
                if tag.kind == .close || tag.kind == .otherwise {
                    try check(tag, ends: opening)
                    body.end = tag
                    return body
                }
                try take(tag, into: &body, of: opening)
            }
        }
        if let opening {
            throw Problem(
                opening.tag.range.lowerBound, "{{#\(opening.word)}} is not closed: {{/\(opening.word)}} is missing")
        }
        return body
    }

    static let maximumDepth = 50

    private func check(_ tag: Tag, ends opening: Opening?) throws(Problem) {
        let word = source.text(tag.content)
        if tag.kind == .close {
            guard let opening else {
                throw Problem(tag.range.lowerBound, "{{/\(word)}} closes nothing: no {{#\(word)}} is open")
            }
            guard word == opening.word else {
                let (line, _) = source.location(of: opening.tag.range.lowerBound)
                throw Problem(
                    tag.range.lowerBound,
                    "{{/\(word)}} where {{/\(opening.word)}} is missing: that is open since line \(line)"
                )
            }
        } else if source.bytes[tag.content.lowerBound - 1] == UInt8(ascii: "^"), !word.isEmpty {
            let value = word.hasPrefix("if ") ? word.dropFirst(3) : word[...]
            throw Problem(tag.range.lowerBound, "there is no {{^\(word)}}: write {{#unless \(value)}}")
        } else if opening?.takesElse != true {
            let place =
                opening.map { "{{#\($0.word)}} has \($0.hadElse ? "its {{else}} already" : "no {{else}}")" }
                ?? "{{else}} is outside of any block"
            throw Problem(tag.range.lowerBound, place)
        }
    }

    private mutating func take(_ tag: Tag, into body: inout Body, of opening: Opening?) throws(Problem) {
        let offset = tag.range.lowerBound
        func node(_ kind: Node.Kind) -> Node { Node(kind: kind, offset: offset) }
        switch tag.kind {
        case .comment, .close, .otherwise: break
        case .declaration: try declare(tag, isFirst: opening == nil)
        case .print, .raw: body.nodes.append(node(try simple(tag)))
        case .partial: body.nodes.append(node(.call(try partial(tag))))
        case .open:
            guard let first = source.bytes[tag.content].first, TagScanner.isNameByte(first) else {
                throw Self.blockWithoutName(tag, source)
            }
            var inside = try ExpressionParser(tag.content, of: source)
            guard let word = inside.takeIdentifier() else { throw inside.unexpected() }
            if word == "slot" {
                guard opening?.takesSlots == true else {
                    throw Problem(offset, "{{#slot}} belongs directly into a {{#component}}")
                }
                body.slots.append(try slot(tag, inside))
            } else {
                body.nodes.append(node(try block(word, tag, inside)))
            }
        }
    }

    private static func blockWithoutName(_ tag: Tag, _ source: TemplateSource) -> Problem {
        switch source.text(tag.content).first {
        case ">": Problem(tag.range.lowerBound, "there is no {{#>}}: write {{#component \"name\"}}")
        case "*": Problem(tag.range.lowerBound, "there is no {{#*}}: put an inline partial into a file of its own")
        default: Problem(tag.range.lowerBound, "a block's name is missing: {{#if value}}")
        }
    }

    private mutating func declare(_ tag: Tag, isFirst: Bool) throws(Problem) {
        guard isFirst else {
            throw Problem(tag.range.lowerBound, "what a template takes is declared outside of its blocks")
        }
        var declaration = DeclarationParser(tag.content, of: source)
        if let module = try declaration.importedModule() {
            result.imports.append(module)
        } else {
            result.parameters += try declaration.parameters()
        }
    }

    // MARK: What blocks are made of

    /// The body of a block without `{{else}}`.
    mutating func plainBody(of opening: Opening) throws(Problem) -> [Node] {
        try body(of: opening).nodes
    }

    /// The body of a block, and what is after its `{{else}}`.
    mutating func bodies(_ word: String, _ tag: Tag) throws(Problem) -> (body: [Node], otherwise: [Node]?) {
        let first = try body(of: Opening(word: word, tag: tag, takesElse: true))
        guard let end = first.end, end.kind == .otherwise else { return (first.nodes, nil) }
        guard end.content.isEmpty else {
            throw Problem(end.range.lowerBound, "{{#\(word)}} has no {{else \(source.text(end.content))}}")
        }
        return (first.nodes, try plainBody(of: Opening(word: word, tag: tag, hadElse: true)))
    }
}
