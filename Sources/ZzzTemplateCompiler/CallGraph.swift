/// Which templates call which, to find those that never end.
struct CallGraph {
    private struct Call {
        let callee: String
        let name: Name
        /// Whether it happens whenever the caller is rendered.
        let isCertain: Bool
    }

    private var calls: [String: [Call]] = [:]

    init(_ templates: [ParsedTemplate]) {
        let names = Set(templates.map(\.source.name))
        for template in templates {
            var found: [Call] = []
            Self.collect(template.nodes, isCertain: true, names, into: &found)
            calls[template.source.name] = found
        }
    }

    private static func collect(_ nodes: [Node], isCertain: Bool, _ names: Set<String>, into calls: inout [Call]) {
        for node in nodes {
            var isCertainInside = isCertain
            switch node.kind {
            case .call(let call):
                let candidates = [call.name.text, "components/" + call.name.text]
                if let callee = candidates.first(where: names.contains) {
                    calls.append(Call(callee: callee, name: call.name, isCertain: isCertain))
                }
                isCertainInside = false
            case .fragment, .form: break
            default: isCertainInside = false
            }
            for body in node.bodies { collect(body, isCertain: isCertainInside, names, into: &calls) }
        }
    }

    /// Whether a template may be rendered inside itself.
    func isRecursive(_ name: String) -> Bool {
        reaches(name, from: name, onlyCertain: false)
    }

    /// Refuses a call that always comes back to the template it is in.
    func refuseEndless(from name: String) throws(Problem) {
        for call in calls[name] ?? [] where call.isCertain {
            guard call.callee == name || reaches(name, from: call.callee, onlyCertain: true) else { continue }
            let way = call.callee == name ? "itself" : "\"\(call.callee)\", which calls it again,"
            throw Problem(
                call.name.offset,
                "\"\(name)\" always calls \(way) without end: put the call into {{#if}}")
        }
    }

    private func reaches(_ goal: String, from start: String, onlyCertain: Bool) -> Bool {
        var seen: Set<String> = []
        var waiting = [start]
        while let name = waiting.popLast() {
            for call in calls[name] ?? [] where call.isCertain || !onlyCertain {
                if call.callee == goal { return true }
                if seen.insert(call.callee).inserted { waiting.append(call.callee) }
            }
        }
        return false
    }
}
