import ZzzSpelling

/// Turns the nodes of a template into steps: follows the HTML, resolves names, and finds the templates that are
/// called.
struct Lowering {
    let template: ParsedTemplate
    let signature: Signature
    let catalog: TemplateCatalog
    var tracker: HTMLTracker
    var expressions: ExpressionWriter
    var sections: [Program.Part] = []
    var fragments: [Program.Part] = []
    var loopCount = 0
    /// Whether we are in no block, where sections may stand.
    var isOutside = true

    static func lower(
        _ template: ParsedTemplate, _ signature: Signature, in catalog: TemplateCatalog
    ) throws(Problem) -> Program {
        var lowering = Lowering(
            template: template, signature: signature, catalog: catalog, tracker: HTMLTracker(template.source),
            expressions: ExpressionWriter(assets: catalog.assets))
        if signature.name.hasPrefix("layouts/"), !signature.yields {
            throw Problem(0, "a layout has a {{yield}} where the page goes")
        }
        let steps = try lowering.whole(
            template.nodes, lowering.rootScope, "the template", at: template.source.bytes.count)
        let main = Program.Function(name: signature.function, parameters: signature.parameters, steps: steps)
        return Program(
            source: template.source, imports: template.imports, signature: signature, main: main,
            sections: lowering.sections, fragments: lowering.fragments)
    }

    private var rootScope: Scope {
        var scope = Scope()
        for parameter in signature.parameters { scope.declare(parameter.name, as: parameter.name) }
        for slot in signature.slots where slot.isDeclared { scope.names[slot.name] = .slot(slot) }
        return scope
    }

    /// Nodes that begin and end between tags.
    mutating func whole(_ nodes: [Node], _ scope: Scope, _ what: String, at end: Int) throws(Problem) -> [Step] {
        var list = StepList()
        for node in nodes { try lower(node, scope, into: &list) }
        try tracker.finish(at: end, what)
        list.append(.bytes(tracker.takePending()))
        return list.steps
    }

    /// Nodes elsewhere: in an HTML of their own.
    mutating func separately(_ nodes: [Node], _ scope: Scope, _ what: String, at end: Int) throws(Problem) -> [Step] {
        let outer = (tracker, isOutside)
        tracker = HTMLTracker(template.source)
        isOutside = false
        defer { (tracker, isOutside) = outer }
        return try whole(nodes, scope, what, at: end)
    }

    /// A block's nodes, and where they leave the page.
    mutating func block(
        _ nodes: [Node], _ scope: Scope, _ edge: HTMLTracker.Edge, _ word: String, at offset: Int
    ) throws(Problem) -> ([Step], Place) {
        let wasOutside = isOutside
        isOutside = false
        defer { isOutside = wasOutside }
        var list = StepList()
        for node in nodes { try lower(node, scope, into: &list) }
        let place = try tracker.endBlock(edge, at: offset, of: word)
        list.append(.bytes(tracker.takePending()))
        return (list.steps, place)
    }

    // MARK: Nodes

    private mutating func lower(_ node: Node, _ scope: Scope, into list: inout StepList) throws(Problem) {
        switch node.kind {
        case .text(let range): try tracker.advance(range)
        case .print(let expression, let isRaw): try print(expression, isRaw, node.offset, scope, into: &list)
        case .condition(let branches, let otherwise):
            try condition(branches, otherwise, node.offset, scope, into: &list)
        case .each(let items, let names, let body, let otherwise):
            try each(items, names, body, otherwise, node.offset, scope, into: &list)
        case .with(let value, let name, let body, let otherwise):
            try with(value, name, body, otherwise, node.offset, scope, into: &list)
        case .call(let call): try self.call(call, node.offset, scope, into: &list)
        case .yield(let slot, let arguments, let fallback):
            try yield(slot, arguments, fallback, node.offset, scope, into: &list)
        case .section(let name, let body): try section(name, body, node.offset, scope)
        case .fragment(let name, let parameters, let body):
            try fragment(name, parameters, body, node.offset, scope, into: &list)
        case .form(let form): try self.form(form, node.offset, scope, into: &list)
        case .flush:
            list.append(.bytes(tracker.takePending()))
            list.append(.flush)
        }
    }

    mutating func print(
        _ expression: Expression, _ isRaw: Bool, _ offset: Int, _ scope: Scope, into list: inout StepList
    ) throws(Problem) {
        let escape = try tracker.value(at: offset, isRaw: isRaw)
        list.append(.bytes(tracker.takePending()))
        if escape == .presence {
            let condition = try expressions.condition(expression, scope)
            list.append(.presence(tracker.place.tag.attribute, condition: condition, offset: expression.offset))
        } else {
            list.append(.print(try expressions.value(expression, scope), escape, offset: expression.offset))
        }
    }

    // MARK: Blocks

    private mutating func condition(
        _ branches: [Branch], _ otherwise: [Node]?, _ offset: Int, _ scope: Scope, into list: inout StepList
    ) throws(Problem) {
        let edge = try tracker.beginBlock(at: offset)
        list.append(.bytes(tracker.takePending()))
        var cases: [Step.Case] = []
        var places: [Place] = []
        for branch in branches {
            tracker.restart(edge)
            let (condition, body, place) = try self.branch(branch, edge, offset, scope)
            cases.append(Step.Case(condition: condition, body: body, offset: branch.condition.offset))
            places.append(place)
        }
        tracker.restart(edge)
        let (last, place) = try block(otherwise ?? [], scope, edge, "if", at: offset)
        tracker.place = join(places + [place])
        list.append(.condition(cases, otherwise: last))
    }

    /// The place after branches, each of which ends where the block began, but for what is known of it.
    private func join(_ places: [Place]) -> Place {
        places.dropFirst().reduce(places[0]) { joined, place in
            guard let next = Place.join(joined, place) else {
                preconditionFailure("ends that are all like the beginning are alike")
            }
            return next
        }
    }

    /// A condition with its body. Paths that the condition finds to be there are bound, so that what is inside an
    /// optional can be used in the body.
    private mutating func branch(
        _ branch: Branch, _ edge: HTMLTracker.Edge, _ offset: Int, _ scope: Scope
    ) throws(Problem) -> (String, [Step], Place) {
        var scope = scope
        let conditions = Self.conjunction(branch.condition)
        var written: [(path: String?, local: String, value: String)] = []
        for condition in conditions {
            if let path = ExpressionWriter.path(condition), ExpressionWriter.slot(condition, scope) == nil {
                let value = try expressions.value(condition, scope)
                let local = Self.local(path)
                written.append((path, local, value))
                scope.found[path] = local
            } else {
                written.append((nil, "", try expressions.condition(condition, scope)))
            }
        }
        let before = expressions.used
        expressions.used = []
        let (body, place) = try block(branch.body, scope, edge, "if", at: offset)
        // A name that a condition further on uses must be bound as well.
        let used = expressions.used
        expressions.used.formUnion(before)
        let clauses = written.enumerated().map { index, clause -> String in
            guard clause.path != nil else { return clause.value }
            let isUsed =
                used.contains(clause.local) || written[(index + 1)...].contains { $0.value.mentions(clause.local) }
            return isUsed
                ? "let \(SwiftName.quoted(clause.local)) = output.truthy(\(clause.value))"
                : "output.truthy(\(clause.value)) != nil"
        }
        return (clauses.joined(separator: ", "), body, place)
    }

    /// The parts of `a && b && c`.
    private static func conjunction(_ expression: Expression) -> [Expression] {
        guard case .binary("&&", let left, let right) = expression else { return [expression] }
        return conjunction(left) + conjunction(right)
    }

    /// `user_address` for `user.address`.
    private static func local(_ path: String) -> String {
        path == "this" ? "this_item" : path.replacing("?.", with: "_").replacing(".", with: "_")
    }

    private mutating func each(
        _ items: Expression, _ names: [Name], _ body: [Node], _ otherwise: [Node]?, _ offset: Int, _ scope: Scope,
        into list: inout StepList
    ) throws(Problem) {
        let sequence = try expressions.value(items, scope)
        loopCount += 1
        let edge = try tracker.beginBlock(at: offset)
        list.append(.bytes(tracker.takePending()))
        for name in names { try SwiftName.check(name.text, at: name.offset) }
        let loop = Scope.Loop(
            item: names.first?.text ?? "item_\(loopCount)", key: names.dropFirst().first?.text, number: loopCount)
        var inner = scope
        inner.loop = loop
        inner.forget("this")
        for name in names { inner.declare(name.text, as: name.text) }
        let before = expressions.used
        expressions.used = []
        let saved = self
        var (steps, place) = try block(body, inner, edge, "each", at: offset)
        if place != edge.place {
            // The next round begins where this one has ended.
            self = saved
            tracker.restart(edge, at: join([edge.place, place]))
            (steps, place) = try block(body, inner, edge, "each", at: offset)
        }
        let used = expressions.used
        expressions.used.formUnion(before)
        tracker.restart(edge)
        let (empty, emptyPlace) = try block(otherwise ?? [], scope, edge, "each", at: offset)
        tracker.place = join([place, emptyPlace])
        list.append(
            .loop(Self.loop(loop, sequence, used, hasOtherwise: otherwise != nil, steps, empty, items.offset)))
    }

    private static func loop(
        _ loop: Scope.Loop, _ sequence: String, _ used: Set<String>, hasOtherwise: Bool, _ body: [Step],
        _ otherwise: [Step], _ offset: Int
    ) -> Step.Loop {
        var pattern = used.contains(loop.item) ? SwiftName.quoted(loop.item) : "_"
        var source = "output.each(\(sequence))"
        if used.contains(loop.keyName) {
            pattern = "(\(pattern), \(SwiftName.quoted(loop.keyName)))"
            source = "output.eachWithKey(\(sequence))"
        }
        if used.contains(loop.last) {
            pattern = "(\(pattern), \(loop.last))"
            source = "output.eachWithLast(\(source))"
        }
        return Step.Loop(
            pattern: pattern, sequence: source, counter: hasOtherwise || used.contains(loop.index) ? loop.index : nil,
            body: body, otherwise: otherwise, offset: offset)
    }

    private mutating func with(
        _ value: Expression, _ name: Name, _ body: [Node], _ otherwise: [Node]?, _ offset: Int, _ scope: Scope,
        into list: inout StepList
    ) throws(Problem) {
        try SwiftName.check(name.text, at: name.offset)
        let written = try expressions.value(value, scope)
        let edge = try tracker.beginBlock(at: offset)
        list.append(.bytes(tracker.takePending()))
        var inner = scope
        inner.declare(name.text, as: name.text)
        let before = expressions.used
        expressions.used = []
        let (steps, place) = try block(body, inner, edge, "with", at: offset)
        let isUsed = expressions.used.contains(name.text)
        expressions.used.formUnion(before)
        tracker.restart(edge)
        let (empty, emptyPlace) = try block(otherwise ?? [], scope, edge, "with", at: offset)
        tracker.place = join([place, emptyPlace])
        let condition =
            isUsed
            ? "let \(SwiftName.quoted(name.text)) = output.present(\(written))" : "output.present(\(written)) != nil"
        list.append(
            .condition([Step.Case(condition: condition, body: steps, offset: value.offset)], otherwise: empty))
    }
}

extension String {
    /// Whether a Swift name is among the words of this text.
    fileprivate func mentions(_ name: String) -> Bool {
        utf8.split { !TagScanner.isNameByte($0) }.contains { $0.elementsEqual(name.utf8) }
    }
}
