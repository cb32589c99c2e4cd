import ZzzSpelling

/// Calls of other templates, and what they are given.
extension Lowering {
    mutating func call(
        _ call: TemplateCall, _ offset: Int, _ scope: Scope, into list: inout StepList
    ) throws(Problem) {
        let callee = try catalog.find(call.name, call.word)
        try tracker.requireText("a \(call.word.rawValue)", at: offset)
        list.append(.bytes(tracker.takePending()))
        let arguments = try arguments(call, of: callee, scope)
        let slots = try slotBodies(call, of: callee, scope)
        list.append(.call(Step.Call(function: callee.function, arguments: arguments, slots: slots, offset: offset)))
    }

    /// The arguments in the order of the parameters, as Swift wants them.
    private mutating func arguments(
        _ call: TemplateCall, of callee: Signature, _ scope: Scope
    ) throws(Problem) -> [String] {
        var given: [String: Argument] = [:]
        var rest: [Argument] = []
        for argument in call.arguments {
            guard let label = argument.label else { continue }
            if let slot = callee.slots.first(where: { $0.name == label }) {
                throw Problem(
                    argument.offset, "'\(label)' is a slot: write {{#slot \"\(slot.name)\"}} inside the component")
            }
            if callee.parameters.contains(where: { $0.name == label }) {
                guard given.updateValue(argument, forKey: label) == nil else {
                    throw Problem(argument.offset, "'\(label)' is given twice")
                }
            } else if callee.rest != nil {
                rest.append(argument)
            } else {
                throw unknown(label, argument.offset, callee, call)
            }
        }
        var written: [String] = []
        for parameter in callee.parameters {
            if let argument = given[parameter.name] {
                written.append("\(parameter.name): \(try expressions.value(argument.value, scope))")
            } else if parameter.name == callee.rest?.name {
                if !rest.isEmpty { written.append("\(parameter.name): [\(try attributes(rest, scope))]") }
            } else if parameter.defaultValue == nil, !parameter.type.hasSuffix("?") {
                throw Problem(
                    call.name.offset,
                    "\"\(call.name.text)\" needs '\(parameter.name)': \(parameter.name)=... (\(parameter.type))")
            }
        }
        return written
    }

    private func unknown(_ label: String, _ offset: Int, _ callee: Signature, _ call: TemplateCall) -> Problem {
        let names = callee.parameters.map(\.name)
        let advice =
            NearestName.of(label, among: names).map { "did you mean '\($0)'?" }
            ?? (names.isEmpty ? "it takes nothing" : "it takes " + names.map { "'\($0)'" }.joined(separator: ", "))
        return Problem(offset, "\"\(call.name.text)\" takes no '\(label)': \(advice)")
    }

    /// Attributes that a component passes on to an element of its own.
    private mutating func attributes(_ arguments: [Argument], _ scope: Scope) throws(Problem) -> String {
        var items: [String] = []
        for argument in arguments {
            guard let name = argument.label?.replacing("_", with: "-") else { continue }
            switch AttributeKind.of(name, in: "") {
            case .text: items.append(".init(\"\(name)\", \(try expressions.value(argument.value, scope)))")
            case .boolean:
                items.append(".init(\"\(name)\", if: \(try expressions.condition(argument.value, scope)))")
            default:
                throw Problem(
                    argument.offset, "'\(name)' can't be passed on: its value needs care that depends on the tag")
            }
        }
        return items.joined(separator: ", ")
    }

    // MARK: Slots

    private mutating func slotBodies(
        _ call: TemplateCall, of callee: Signature, _ scope: Scope
    ) throws(Problem) -> [Step.SlotBody] {
        var bodies: [Step.SlotBody] = []
        if let content = call.content {
            let isEmpty = content.allSatisfy { isBlank($0) }
            if !callee.yields, !isEmpty {
                throw Problem(
                    content.first { !isBlank($0) }?.offset ?? call.name.offset,
                    "\"\(call.name.text)\" has no {{yield}} for what is inside it")
            }
            if callee.yields, !isEmpty {
                let body = try separately(content, scope, "what is inside the component", at: call.name.offset)
                bodies.append(Step.SlotBody(label: "slot", isOptional: true, parameters: [], body: body))
            }
        }
        for slot in call.slots where !callee.slots.contains(where: { $0.name == slot.name.text }) {
            let known = callee.slots.map(\.name)
            let advice =
                NearestName.of(slot.name.text, among: known).map { "did you mean \"\($0)\"?" }
                ?? "it has " + (known.isEmpty ? "none" : known.map { "\"\($0)\"" }.joined(separator: ", "))
            throw Problem(slot.name.offset, "\"\(call.name.text)\" has no slot \"\(slot.name.text)\": \(advice)")
        }
        for declaration in callee.slots {
            if let body = try slotBody(declaration, call, scope) { bodies.append(body) }
        }
        return bodies
    }

    private func isBlank(_ node: Node) -> Bool {
        guard case .text(let range) = node.kind else { return false }
        return template.source.bytes[range].allSatisfy(TagScanner.isSpace)
    }

    private mutating func slotBody(
        _ declaration: Signature.SlotDeclaration, _ call: TemplateCall, _ scope: Scope
    ) throws(Problem) -> Step.SlotBody? {
        let given = call.slots.filter { $0.name.text == declaration.name }
        guard let slot = given.first else {
            if declaration.isOptional { return nil }
            throw Problem(call.name.offset, "\"\(call.name.text)\" needs the slot \"\(declaration.name)\"")
        }
        if given.count > 1 { throw Problem(given[1].name.offset, "the slot \"\(declaration.name)\" is given twice") }
        guard slot.values.count <= declaration.types.count else {
            throw Problem(
                slot.values[declaration.types.count].offset,
                "the slot \"\(declaration.name)\" is given \(declaration.typeList): too many names"
            )
        }
        var inner = scope
        for value in slot.values {
            try SwiftName.check(value.text, at: value.offset)
            inner.declare(value.text, as: value.text)
        }
        let before = expressions.used
        expressions.used = []
        let body = try separately(slot.body, inner, "the slot", at: slot.name.offset)
        let used = expressions.used
        expressions.used.formUnion(before)
        let parameters = declaration.types.indices.map { index in
            index < slot.values.count && used.contains(slot.values[index].text)
                ? SwiftName.quoted(slot.values[index].text) : "_"
        }
        return Step.SlotBody(
            label: declaration.label, isOptional: declaration.isOptional, parameters: parameters, body: body)
    }

    mutating func yield(
        _ slot: Name?, _ arguments: [Expression], _ fallback: [Node]?, _ offset: Int, _ scope: Scope,
        into list: inout StepList
    ) throws(Problem) {
        try tracker.requireText("{{yield}}", at: offset, orIn: ElementKind.text)
        let declaration = signature.slots.first { $0.name == slot?.text }
        if fallback != nil, declaration?.isOptional == false {
            throw Problem(offset, "the slot \"\(declaration?.name ?? "")\" is always given: declare it with Slot?")
        }
        let edge = try tracker.beginBlock(at: offset)
        list.append(.bytes(tracker.takePending()))
        let (steps, place) = try block(fallback ?? [], scope, edge, "yield", at: offset)
        tracker.place = place
        var values: [String] = []
        for argument in arguments { values.append(try expressions.value(argument, scope)) }
        let name = declaration?.label ?? "slot"
        list.append(
            .slot(
                name, arguments: values, isOptional: declaration?.isOptional ?? true, fallback: steps, offset: offset)
        )
    }

    // MARK: Parts that can be rendered alone

    mutating func section(_ name: Name, _ body: [Node], _ offset: Int, _ scope: Scope) throws(Problem) {
        guard isOutside else { throw Problem(offset, "{{#section}} stands outside of all blocks") }
        try tracker.requireText("a section", at: offset)
        try SwiftName.check(name.text, at: name.offset)
        guard !sections.contains(where: { $0.name == name.text }) else {
            throw Problem(name.offset, "the section \"\(name.text)\" is there twice")
        }
        guard signature.isPage else {
            throw Problem(offset, "a template with {{yield}} has no sections: it is no page")
        }
        let function = try part("section_" + SwiftName.identifier(name.text), [], body, offset, scope, "the section")
        sections.append(Program.Part(name: name.text, function: function))
    }

    mutating func fragment(
        _ name: Name, _ parameters: [Parameter], _ body: [Node], _ offset: Int, _ scope: Scope,
        into list: inout StepList
    ) throws(Problem) {
        try tracker.requireText("a fragment", at: offset)
        try SwiftName.check(name.text, at: name.offset)
        guard !fragments.contains(where: { $0.name == name.text }) else {
            throw Problem(name.offset, "the fragment \"\(name.text)\" is there twice")
        }
        list.append(.bytes(tracker.takePending()))
        let identifier = SwiftName.identifier(name.text)
        let function = try part(identifier, parameters, body, offset, scope, "the fragment")
        fragments.append(Program.Part(name: name.text, function: function))
        var arguments: [String] = []
        for parameter in function.parameters {
            let name = Expression.name(parameter.name, offset: parameter.offset)
            arguments.append("\(parameter.name): \(try expressions.value(name, scope))")
        }
        list.append(.call(Step.Call(function: function.name, arguments: arguments, slots: [], offset: offset)))
    }

    /// A function for a part of this template. It takes what it declares, and those of the template's parameters that
    /// it mentions.
    private mutating func part(
        _ name: String, _ own: [Parameter], _ body: [Node], _ offset: Int, _ scope: Scope, _ what: String
    ) throws(Problem) -> Program.Function {
        var inner = Scope()
        for parameter in signature.parameters { inner.declare(parameter.name, as: parameter.name) }
        for parameter in own {
            try SwiftName.check(parameter.name, at: parameter.offset)
            guard scope.names[parameter.name] != nil else {
                throw Problem(
                    parameter.offset, "'\(parameter.name)' is not known here: a fragment takes names around it")
            }
            inner.declare(parameter.name, as: parameter.name)
        }
        let before = expressions.used
        expressions.used = []
        let steps = try separately(body, inner, what, at: offset)
        let used = expressions.used
        expressions.used.formUnion(before)
        let inherited = signature.parameters.filter { parameter in
            used.contains(parameter.name) && !own.contains { $0.name == parameter.name }
        }
        return Program.Function(name: signature.function + "_" + name, parameters: inherited + own, steps: steps)
    }
}
