import ZzzSpelling

/// The blocks of the language, each by its word.
extension TemplateParser {
    private static let blocks = [
        "if", "unless", "each", "with", "component", "slot", "yield", "section", "fragment", "form",
    ]

    mutating func block(_ word: String, _ tag: Tag, _ inside: ExpressionParser) throws(Problem) -> Node.Kind {
        switch word {
        case "if": return try condition(tag, inside)
        case "unless": return try unless(tag, inside)
        case "each": return try each(tag, inside)
        case "with": return try with(tag, inside)
        case "component": return .call(try component(tag, inside, hasBody: true))
        case "yield": return try yield(tag, inside, hasBody: true)
        case "section": return try section(tag, inside)
        case "fragment": return try fragment(tag)
        case "form": return try form(tag, inside)
        default:
            let meant = NearestName.of(word, among: Self.blocks)
            let advice = meant.map { "did you mean {{#\($0)}}?" } ?? "write {{#if \(word)}} or {{#each \(word)}}"
            throw Problem(tag.range.lowerBound, "there is no block {{#\(word)}}: \(advice)")
        }
    }

    /// A tag that is neither a block nor a partial.
    mutating func simple(_ tag: Tag) throws(Problem) -> Node.Kind {
        if source.bytes[tag.content].first == UInt8(ascii: "=") {
            throw Problem(tag.range.lowerBound, "the braces around tags can't be changed")
        }
        var inside = try ExpressionParser(tag.content, of: source)
        if inside.isAtEnd { throw Problem(tag.range.lowerBound, "this tag is empty") }
        if tag.kind == .print, case .identifier(let word) = inside.current.kind {
            try ForeignSyntax.refuseTag(word, at: tag.range.lowerBound)
            switch word {
            case "component", "yield":
                inside.advance()
                return word == "yield"
                    ? try yield(tag, inside, hasBody: false) : .call(try component(tag, inside, hasBody: false))
            case "flush":
                inside.advance()
                try inside.requireEnd()
                return .flush
            case _ where Self.blocks.contains(word) && !["form"].contains(word):
                throw Problem(tag.range.lowerBound, "'\(word)' begins a block: {{#\(word)}}")
            default: break
            }
        }
        let value = try inside.expression()
        try inside.requireEnd()
        return .print(value, isRaw: tag.kind == .raw)
    }

    // MARK: Conditions

    private mutating func condition(_ tag: Tag, _ inside: ExpressionParser) throws(Problem) -> Node.Kind {
        var branches: [Branch] = []
        var condition = try wholeExpression(inside)
        while true {
            let body = try body(of: Opening(word: "if", tag: tag, takesElse: true))
            branches.append(Branch(condition: condition, body: body.nodes))
            guard let end = body.end, end.kind == .otherwise else { return .condition(branches, otherwise: nil) }
            if end.content.isEmpty {
                let otherwise = try plainBody(of: Opening(word: "if", tag: tag, hadElse: true))
                return .condition(branches, otherwise: otherwise)
            }
            var next = try ExpressionParser(end.content, of: source)
            guard next.takeWord("if") else {
                throw Problem(end.range.lowerBound, "after {{else}} only 'if' and a condition may follow")
            }
            condition = try wholeExpression(next)
        }
    }

    private mutating func unless(_ tag: Tag, _ inside: ExpressionParser) throws(Problem) -> Node.Kind {
        let condition = try wholeExpression(inside)
        let (body, otherwise) = try bodies("unless", tag)
        // With an else it is an if the other way round, in which what the condition has found can be used.
        guard let otherwise else {
            return .condition([Branch(condition: .not(condition), body: body)], otherwise: nil)
        }
        return .condition([Branch(condition: condition, body: otherwise)], otherwise: body)
    }

    private func wholeExpression(_ parser: ExpressionParser) throws(Problem) -> Expression {
        var parser = parser
        let value = try parser.expression()
        try parser.requireEnd()
        return value
    }

    // MARK: Lists and values

    private mutating func each(_ tag: Tag, _ inside: ExpressionParser) throws(Problem) -> Node.Kind {
        var inside = inside
        let items = try inside.expression()
        let names = try blockNames(&inside, most: 2)
        let (body, otherwise) = try bodies("each", tag)
        return .each(items, names: names, body: body, otherwise: otherwise)
    }

    private mutating func with(_ tag: Tag, _ inside: ExpressionParser) throws(Problem) -> Node.Kind {
        var inside = inside
        let value = try inside.expression()
        guard let name = try blockNames(&inside, most: 1).first else {
            throw Problem(inside.offset, "a name for the value is missing: {{#with value as |name|}}")
        }
        let (body, otherwise) = try bodies("with", tag)
        return .with(value, name: name, body: body, otherwise: otherwise)
    }

    /// `as |user index|`, then the end of the tag.
    private func blockNames(_ parser: inout ExpressionParser, most: Int) throws(Problem) -> [Name] {
        var names: [Name] = []
        if parser.takeWord("as") {
            guard parser.take("|") else { throw Problem(parser.offset, "after 'as' a name follows: as |name|") }
            while !parser.take("|") {
                let offset = parser.offset
                guard let name = parser.takeIdentifier() else {
                    throw Problem(offset, "a name or the closing '|' is missing")
                }
                guard names.count < most else {
                    throw Problem(offset, "at most \(most == 1 ? "one name" : "\(most) names") here")
                }
                names.append(Name(text: name, offset: offset))
                _ = parser.take(",")
            }
        }
        try parser.requireEnd()
        return names
    }

    // MARK: Other templates

    mutating func partial(_ tag: Tag) throws(Problem) -> TemplateCall {
        var start = tag.content.lowerBound
        while start < tag.content.upperBound, !TagScanner.isSpace(source.bytes[start]) { start += 1 }
        let name = Name(text: source.text(tag.content.lowerBound..<start), offset: tag.content.lowerBound)
        var inside = try ExpressionParser(start..<tag.content.upperBound, of: source)
        guard !name.text.isEmpty, !name.text.hasPrefix("(") else {
            throw Problem(name.offset, "a partial's name is missing: {{> users/row}}")
        }
        let unquoted = name.text.filter { $0 != "\"" && $0 != "'" }
        let arguments = try labelled(inside.arguments(), of: "a partial")
        try inside.requireEnd()
        return TemplateCall(
            word: .partial, name: Name(text: unquoted, offset: name.offset), arguments: arguments, content: nil,
            slots: [])
    }

    private func labelled(_ arguments: [Argument], of what: String) throws(Problem) -> [Argument] {
        for argument in arguments where argument.label == nil {
            throw Problem(argument.offset, "\(what) takes values by name: name=value")
        }
        return arguments
    }

    private mutating func component(
        _ tag: Tag, _ inside: ExpressionParser, hasBody: Bool
    ) throws(Problem) -> TemplateCall {
        var inside = inside
        let name = try quotedName(&inside, "a component's name is missing: component \"button\"")
        let arguments = try labelled(inside.arguments(), of: "a component")
        try inside.requireEnd()
        let body = hasBody ? try body(of: Opening(word: "component", tag: tag, takesSlots: true)) : nil
        return TemplateCall(
            word: .component, name: name, arguments: arguments, content: body?.nodes, slots: body?.slots ?? [])
    }

    private func quotedName(_ parser: inout ExpressionParser, _ message: String) throws(Problem) -> Name {
        let offset = parser.offset
        guard let text = parser.takeString() else { throw Problem(offset, message) }
        return Name(text: text, offset: offset)
    }

    mutating func slot(_ tag: Tag, _ inside: ExpressionParser) throws(Problem) -> Slot {
        var inside = inside
        let name = try quotedName(&inside, "a slot's name is missing: {{#slot \"name\"}}")
        let values = try blockNames(&inside, most: 5)
        return Slot(name: name, values: values, body: try plainBody(of: Opening(word: "slot", tag: tag)))
    }

    private mutating func yield(_ tag: Tag, _ inside: ExpressionParser, hasBody: Bool) throws(Problem) -> Node.Kind {
        var inside = inside
        let offset = inside.offset
        let slot = inside.takeString().map { Name(text: $0, offset: offset) }
        let arguments = try inside.arguments()
        if let labelled = arguments.first(where: { $0.label != nil }) {
            throw Problem(labelled.offset, "a slot takes values without names: {{yield \"name\" value}}")
        }
        try inside.requireEnd()
        let fallback = hasBody ? try plainBody(of: Opening(word: "yield", tag: tag)) : nil
        return .yield(slot: slot, arguments: arguments.map(\.value), fallback: fallback)
    }

    private mutating func section(_ tag: Tag, _ inside: ExpressionParser) throws(Problem) -> Node.Kind {
        var inside = inside
        let name = try quotedName(&inside, "a section's name is missing: {{#section \"name\"}}")
        try inside.requireEnd()
        return .section(name, body: try plainBody(of: Opening(word: "section", tag: tag)))
    }

    private mutating func fragment(_ tag: Tag) throws(Problem) -> Node.Kind {
        var declaration = DeclarationParser(tag.content, of: source)
        let (name, parameters) = try declaration.fragment()
        let body = try plainBody(of: Opening(word: "fragment", tag: tag))
        return .fragment(name, parameters: parameters, body: body)
    }

    private mutating func form(_ tag: Tag, _ inside: ExpressionParser) throws(Problem) -> Node.Kind {
        var inside = inside
        let arguments = try inside.arguments()
        let names = try blockNames(&inside, most: 1)
        let data = arguments.filter { $0.label == nil }
        if data.count > 1 { throw Problem(data[1].offset, "a form has one value, the rest is by name: name=value") }
        if let name = names.first, data.isEmpty {
            throw Problem(name.offset, "'\(name.text)' names nothing: {{#form data as |\(name.text)|}}")
        }
        let body = try plainBody(of: Opening(word: "form", tag: tag))
        return .form(
            Form(
                data: data.first?.value, arguments: arguments.filter { $0.label != nil }, name: names.first,
                body: body))
    }
}
