/// Forms: what the compiler writes itself.
extension Lowering {
    /// `<form>` with its attributes, the hidden field against forgery, and the one for a method that HTML does not
    /// have.
    mutating func form(_ form: Form, _ offset: Int, _ scope: Scope, into list: inout StepList) throws(Problem) {
        try tracker.requireText("a form", at: offset)
        let method = try method(of: form)
        try tracker.write("<form method=\"\(method == "get" ? "get" : "post")\"", at: offset)
        for argument in form.arguments {
            guard let label = argument.label, label != "method" else { continue }
            try attribute(label.replacing("_", with: "-"), argument.value, scope, into: &list)
        }
        try tracker.write(">", at: offset)
        list.append(.bytes(tracker.takePending()))
        if method != "get" { list.append(.formToken) }
        if method != "get", method != "post" {
            try tracker.write("<input type=\"hidden\" name=\"_method\" value=\"\(method)\">", at: offset)
        }
        var inner = scope
        if let name = form.name {
            try SwiftName.check(name.text, at: name.offset)
            inner.declare(name.text, as: name.text)
        }
        let edge = try tracker.beginBlock(at: offset)
        list.append(.bytes(tracker.takePending()))
        let before = expressions.used
        expressions.used = []
        let (steps, place) = try block(form.body, inner, edge, "form", at: offset)
        let used = expressions.used
        expressions.used.formUnion(before)
        tracker.place = place
        if let name = form.name, let data = form.data {
            let value = "Form(\(try expressions.value(data, scope)))"
            let constant = used.contains(name.text) ? name.text : "_"
            list.append(.constant(constant, value, body: steps, offset: data.offset))
        } else {
            for step in steps { list.append(step) }
        }
        try tracker.write("</form>", at: offset)
    }

    private mutating func attribute(
        _ name: String, _ value: Expression, _ scope: Scope, into list: inout StepList
    ) throws(Problem) {
        guard case .string(let text, let offset) = value else {
            try tracker.write(" \(name)=", at: value.offset)
            return try print(value, false, value.offset, scope, into: &list)
        }
        let escaped = text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
        try tracker.write(" \(name)=\"\(escaped)\"", at: offset)
    }

    private func method(of form: Form) throws(Problem) -> String {
        guard let argument = form.arguments.first(where: { $0.label == "method" }) else { return "post" }
        let methods = ["get", "post", "put", "patch", "delete"]
        guard case .string(let text, _) = argument.value, methods.contains(text.lowercased()) else {
            throw Problem(
                argument.value.offset, "a form's method is one of \"\(methods.joined(separator: "\", \""))\"")
        }
        return text.lowercased()
    }
}
