/// What others must know of a template to call it.
struct Signature {
    struct SlotDeclaration {
        let name: String
        /// The types of the values that it is given.
        let types: [String]
        let isOptional: Bool
        /// Whether `{{@ }}` names it, so that a condition can.
        let isDeclared: Bool

        /// As messages name them: "(User, Int)".
        var typeList: String { "(" + types.joined(separator: ", ") + ")" }
        /// The labels of the function's parameters.
        var label: String { "slot_\(SwiftName.identifier(name))" }
        var presence: String { "has_\(SwiftName.identifier(name))" }
    }

    let name: String
    var parameters: [Parameter] = []
    var slots: [SlotDeclaration] = []
    /// Whether there is a `{{yield}}`.
    var yields = false
    /// Whether it may be called from within itself.
    var isRecursive = false

    var function: String { SwiftName.function(name) }
    var rest: Parameter? { parameters.first { $0.type == "Attributes" && $0.name == "rest" } }
    /// Whether Swift can make a page of it: nothing must be put into it.
    var isPage: Bool { !yields && slots.isEmpty }
    var isLayout: Bool { name.hasPrefix("layouts/") && slots.allSatisfy { $0.isOptional && $0.types.isEmpty } }

    init(_ template: ParsedTemplate) throws(Problem) {
        name = template.source.name
        var seen: Set<String> = []
        for parameter in template.parameters {
            guard seen.insert(parameter.name).inserted else {
                throw Problem(parameter.offset, "'\(parameter.name)' is declared twice")
            }
            try SwiftName.check(parameter.name, at: parameter.offset)
            if let slot = try Self.slot(parameter) { slots.append(slot) } else { parameters.append(parameter) }
        }
        try addYields(in: template.nodes)
    }

    /// `Slot`, `Slot?`, `Slot<User>`.
    private static func slot(_ parameter: Parameter) throws(Problem) -> SlotDeclaration? {
        var type = parameter.type.filter { $0 != " " }
        let isOptional = type.hasSuffix("?")
        if isOptional { type.removeLast() }
        guard type == "Slot" || type.hasPrefix("Slot<") && type.hasSuffix(">") else { return nil }
        guard parameter.defaultValue == nil else {
            throw Problem(
                parameter.offset, "a slot has no default value: write {{#yield}}...{{/yield}} where it goes")
        }
        let types = type == "Slot" ? [] : split(type.dropFirst(5).dropLast())
        return SlotDeclaration(name: parameter.name, types: types, isOptional: isOptional, isDeclared: true)
    }

    /// At the commas outside of brackets.
    private static func split(_ list: Substring) -> [String] {
        var depth = 0
        var parts = [""]
        for character in list {
            if "([<".contains(character) { depth += 1 }
            if ")]>".contains(character) { depth -= 1 }
            if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts
    }

    /// A place for a slot that is not declared is one that may stay empty.
    private mutating func addYields(in nodes: [Node]) throws(Problem) {
        for node in nodes {
            if case .yield(let slot, let arguments, _) = node.kind {
                if let slot {
                    try add(slot, argumentCount: arguments.count)
                } else if case .name(let name, let offset) = arguments.first, arguments.count == 1 {
                    throw Problem(offset, "the name of a slot is in quotes: {{yield \"\(name)\"}}")
                } else if let argument = arguments.first {
                    throw Problem(argument.offset, "what is inside a component takes no values: name a slot")
                } else {
                    yields = true
                }
            }
            for body in node.bodies { try addYields(in: body) }
        }
    }

    private mutating func add(_ slot: Name, argumentCount: Int) throws(Problem) {
        try SwiftName.check(slot.text, at: slot.offset)
        if let known = slots.first(where: { $0.name == slot.text }) {
            guard known.types.count == argumentCount else {
                throw Problem(
                    slot.offset, "the slot \"\(slot.text)\" takes \(known.typeList): \(argumentCount) given")
            }
        } else if argumentCount > 0 {
            throw Problem(slot.offset, "declare the slot, since it takes values: {{@ \(slot.text): Slot<Type> }}")
        } else {
            slots.append(SlotDeclaration(name: slot.text, types: [], isOptional: true, isDeclared: false))
        }
    }
}

extension Node {
    /// The nodes inside this one.
    var bodies: [[Node]] {
        switch kind {
        case .text, .print, .flush: []
        case .condition(let branches, let otherwise): branches.map(\.body) + [otherwise ?? []]
        case .each(_, _, let body, let otherwise), .with(_, _, let body, let otherwise): [body, otherwise ?? []]
        case .call(let call): [call.content ?? []] + call.slots.map(\.body)
        case .yield(_, _, let fallback): [fallback ?? []]
        case .section(_, let body), .fragment(_, _, let body): [body]
        case .form(let form): [form.body]
        }
    }
}
