/// Writes the Swift file of one template: its function, those of its parts, and what Swift code calls.
struct SwiftFile {
    private let program: Program

    static func text(_ program: Program) -> String {
        var writer = SwiftWriter(program.source)
        SwiftFile(program: program).write(into: &writer)
        return writer.text
    }

    private var signature: Signature { program.signature }

    private func write(into writer: inout SwiftWriter) {
        writer.write("// Made from \(program.source.name).html.zzz by zzz-template. Change that.")
        writer.write("import ZzzTemplate")
        for module in program.imports {
            writer.locate(module.offset)
            writer.write("import \(module.text)")
        }
        writer.unlocate()
        writer.write("")
        if signature.isPage { writePage(into: &writer) }
        if signature.isLayout { writeLayout(into: &writer) }
        write(program.main, into: &writer)
        for part in program.sections + program.fragments { write(part.function, into: &writer) }
    }

    // MARK: Functions

    private func write(_ function: Program.Function, into writer: inout SwiftWriter) {
        let isMain = function.name == signature.function
        var items = Self.declarations(function.parameters) + [("into output: inout HTMLOutput", nil)]
        if isMain { items += slotParameters.map { ($0, nil) } }
        writer.write("func \(function.name)", items, " {")
        writer.indented { writer in
            if isMain, signature.isRecursive {
                writer.write("guard output.enter() else { return }")
                writer.write("defer { output.leave() }")
            }
            writer.write(function.steps)
        }
        writer.write("}")
        writer.unlocate()
        writer.write("")
    }

    private static func declarations(_ parameters: [Parameter]) -> [(text: String, offset: Int?)] {
        parameters.map { (declaration($0), $0.offset) }
    }

    private static func declaration(_ parameter: Parameter) -> String {
        let value = parameter.defaultValue.map { " = \($0)" } ?? (parameter.type.hasSuffix("?") ? " = nil" : "")
        return "\(SwiftName.quoted(parameter.name)): \(parameter.type)\(value)"
    }

    private var slotParameters: [String] {
        var list: [String] = []
        if signature.yields {
            list += ["has_slot: Bool = false", "slot: (inout HTMLOutput) -> Void = emptySlot"]
        }
        for slot in signature.slots {
            let type = "(\((slot.types + ["inout HTMLOutput"]).joined(separator: ", "))) -> Void"
            if slot.isOptional {
                let nothing = slot.types.isEmpty ? "emptySlot" : "{ \(slot.types.map { _ in "_, " }.joined())_ in }"
                list += ["\(slot.presence): Bool = false", "\(slot.label): \(type) = \(nothing)"]
            } else {
                list.append("\(slot.label): \(type)")
            }
        }
        return list
    }

    /// `name: name` for each parameter.
    private static func passing(_ parameters: [Parameter]) -> [String] {
        parameters.map { "\($0.name): \(SwiftName.quoted($0.name))" }
    }

    // MARK: What Swift code calls

    private func writePage(into writer: inout SwiftWriter) {
        let path = signature.name.split(separator: "/").map(String.init)
        writer.block("extension \(Self.namespace(path.dropLast()))") { writer in
            let name = SwiftName.quoted(SwiftName.identifier(path.last ?? ""))
            Self.writeStruct(name, program.main, program, into: &writer)
        }
        writer.write("")
    }

    private static func namespace(_ path: ArraySlice<String>) -> String {
        path.isEmpty ? "Templates" : SwiftName.type(path.joined(separator: "/"))
    }

    private static func writeStruct(
        _ name: String, _ function: Program.Function, _ program: Program, isPart: Bool = false,
        into writer: inout SwiftWriter
    ) {
        writer.block("struct \(name): Template") { writer in
            for parameter in function.parameters {
                writer.locate(parameter.offset)
                writer.write("var \(declaration(parameter))")
            }
            writer.unlocate()
            if !function.parameters.isEmpty { writer.write("") }
            writer.block("func render(into output: inout HTMLOutput)") {
                $0.write(
                    "\(function.name)(\((passing(function.parameters) + ["into: &output"]).joined(separator: ", ")))")
            }
            guard !isPart else { return }
            if !program.sections.isEmpty { writeSections(program.sections, into: &writer) }
            for fragment in program.fragments {
                writer.write("")
                let name = SwiftName.quoted(SwiftName.identifier(fragment.name))
                writeStruct(name, fragment.function, program, isPart: true, into: &writer)
            }
        }
    }

    private static func writeSections(_ sections: [Program.Part], into writer: inout SwiftWriter) {
        let names = sections.map { "\"\($0.name)\"" }.joined(separator: ", ")
        writer.write("")
        writer.block("func hasSection(_ name: String) -> Bool") { $0.write("[\(names)].contains(name)") }
        writer.write("")
        writer.block("func renderSection(_ name: String, into output: inout HTMLOutput)") { writer in
            writer.write("switch name {")
            for section in sections {
                let arguments = passing(section.function.parameters) + ["into: &output"]
                writer.write(
                    "case \"\(section.name)\": \(section.function.name)(\(arguments.joined(separator: ", ")))")
            }
            writer.write("default: break")
            writer.write("}")
        }
    }

    private func writeLayout(into writer: inout SwiftWriter) {
        let name = SwiftName.identifier(signature.name.split(separator: "/").dropFirst().joined(separator: "-"))
        let quoted = SwiftName.quoted(name)
        let parameters = program.main.parameters
        var arguments =
            Self.passing(parameters) + ["into: &output", "has_slot: true", "slot: { page.render(into: &$0) }"]
        for slot in signature.slots {
            arguments.append("\(slot.presence): page.hasSection(\"\(slot.name)\")")
            arguments.append("\(slot.label): { page.renderSection(\"\(slot.name)\", into: &$0) }")
        }
        let call = "\(program.main.name)(\(arguments.joined(separator: ", ")))"
        writer.block("extension Layout") { writer in
            if parameters.isEmpty {
                writer.write("static var \(quoted): Layout { Layout { page, output in \(call) } }")
                return
            }
            writer.write("static func \(quoted)", Self.declarations(parameters), " -> Layout {")
            writer.indented { $0.write("Layout { page, output in \(call) }") }
            writer.write("}")
            writer.unlocate()
            if parameters.allSatisfy({ $0.defaultValue != nil || $0.type.hasSuffix("?") }) {
                writer.write("static var \(quoted): Layout { \(quoted)() }")
            }
        }
        writer.write("")
    }
}
