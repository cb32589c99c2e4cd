/// Writes Swift, line by line.
struct SwiftWriter {
    private(set) var text = ""
    private var depth = 0
    private let path: String
    private let source: TemplateSource
    /// Where the last directive has put us, in lines of the template; nil: in the generated file itself.
    private var line: Int?

    init(_ source: TemplateSource) {
        self.source = source
        path = SwiftLiteral.string(Array(source.swiftPath.utf8))
    }

    mutating func write(_ content: String) {
        text += content.isEmpty ? "\n" : String(repeating: "    ", count: depth) + content + "\n"
        line = line.map { $0 + 1 + content.count { $0 == "\n" } }
    }

    /// A list in parentheses after `head`. No directive may stand in it, so that each item is put on the line that it
    /// has in the template.
    mutating func write(_ head: String, _ items: [(text: String, offset: Int?)], _ tail: String) {
        var content = head + "("
        if let first = items.first?.offset { locate(first) }
        var reached = line
        for (index, item) in items.enumerated() {
            if index > 0 { content += "," }
            if let wanted = item.offset.map({ source.location(of: $0).line }), let current = reached, wanted > current
            {
                content += String(repeating: "\n", count: wanted - current)
                reached = wanted
            } else if index > 0 {
                content += " "
            }
            content += item.text
            reached = reached.map { $0 + item.text.count { $0 == "\n" } }
        }
        write(content + ")" + tail)
    }

    /// Lines in braces.
    mutating func block(_ head: String, _ body: (inout SwiftWriter) -> Void) {
        write(head + " {")
        indented(body)
        write("}")
    }

    mutating func indented(_ body: (inout SwiftWriter) -> Void) {
        depth += 1
        body(&self)
        depth -= 1
    }

    /// Says that the next line comes from this place of the template: there the compiler shows its errors.
    mutating func locate(_ offset: Int) {
        let (next, _) = source.location(of: offset)
        guard line != next else { return }
        text += "#sourceLocation(file: \(path), line: \(next))\n"
        line = next
    }

    /// Back to the generated file.
    mutating func unlocate() {
        guard line != nil else { return }
        text += "#sourceLocation()\n"
        line = nil
    }

    // MARK: Steps

    mutating func write(_ steps: [Step]) {
        for step in steps { write(step) }
    }

    private mutating func write(_ step: Step) {
        switch step {
        case .bytes(let bytes): write("output.append(\(SwiftLiteral.string(bytes)))")
        case .print(let value, let escape, let offset):
            locate(offset)
            write("output.\(escape.rawValue)(\(value))")
        case .presence(let name, let condition, let offset):
            locate(offset)
            write("if \(condition) { output.append(\" \(name)\") }")
        case .condition(let cases, let otherwise): write(cases, otherwise)
        case .loop(let loop): write(loop)
        case .call(let call): write(call)
        case .slot(let label, let arguments, let isOptional, let fallback, let offset):
            locate(offset)
            let call = "\(label)(\((arguments + ["&output"]).joined(separator: ", ")))"
            guard isOptional, !fallback.isEmpty else { return write(call) }
            let presence = label == "slot" ? "has_slot" : "has_" + label.dropFirst(5)
            block("if \(presence)") { $0.write(call) }
            extend("else") { $0.write(fallback) }
        case .constant(let name, let value, let body, let offset):
            block("do") {
                $0.locate(offset)
                $0.write("let \(SwiftName.quoted(name)) = \(value)")
                $0.write(body)
            }
        case .formToken: write("output.formToken()")
        case .flush: write("output.flush()")
        }
    }

    /// Goes on after a closing brace: `} else {`.
    private mutating func extend(_ head: String, _ body: (inout SwiftWriter) -> Void) {
        text.removeLast()
        text += " \(head) {\n"
        indented(body)
        write("}")
    }

    /// An `else if` whose condition is on another line of the template stands in an `else` of its own, so that errors
    /// in it are shown there.
    private mutating func write(_ cases: [Step.Case], _ otherwise: [Step]) {
        guard let first = cases.first else { return write(otherwise) }
        locate(first.offset)
        block("if \(first.condition)") { $0.write(first.body) }
        let rest = Array(cases.dropFirst())
        if !rest.isEmpty || !otherwise.isEmpty { extend("else") { $0.write(rest, otherwise) } }
    }

    private mutating func write(_ loop: Step.Loop) {
        if let counter = loop.counter { write("var \(counter) = 0") }
        locate(loop.offset)
        block("for \(loop.pattern) in \(loop.sequence)") {
            $0.write(loop.body)
            if let counter = loop.counter { $0.write("\(counter) &+= 1") }
        }
        if let counter = loop.counter, !loop.otherwise.isEmpty {
            block("if \(counter) == 0") { $0.write(loop.otherwise) }
        }
    }

    private mutating func write(_ call: Step.Call) {
        locate(call.offset)
        let head = call.function + "(" + (call.arguments + ["into: &output"]).joined(separator: ", ")
        guard !call.slots.isEmpty else { return write(head + ")") }
        write(head + ",")
        depth += 1
        for (index, slot) in call.slots.enumerated() {
            let isLast = index == call.slots.count - 1
            let presence = slot.label == "slot" ? "has_slot" : "has_" + slot.label.dropFirst(5)
            if slot.isOptional { write("\(presence): true,") }
            write("\(slot.label): { (\((slot.parameters + ["output"]).joined(separator: ", "))) in")
            depth += 1
            write(slot.body)
            depth -= 1
            write(isLast ? "})" : "},")
        }
        depth -= 1
    }
}
