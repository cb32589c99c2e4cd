/// What a developer wants to know about an error, as HTML. Never for strangers.
struct DeveloperPage {
    let error: any Error
    let context: Context
    let secrets: [String]

    var html: String {
        let kind = "\(type(of: error))".escapedForHTML
        let policy = "default-src 'none'; style-src 'unsafe-inline'"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(kind)</title>
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
            pre{background:#8882;padding:1em;overflow:auto}td,th{text-align:left;vertical-align:top;padding-right:1em}
            </style></head>
            <body><h1>\(kind)</h1>
            <pre>\("\(error)".escapedForHTML)</pre>
            <h2>Route</h2>\(table([("pattern", context.routePattern), ("source", context.endpoint.source)]))
            <h2>Request</h2>\(table([("method", context.methodName), ("path", context.path)]))
            <h2>Parameters</h2>\(table(context.params.merged.map { ($0, shown($0, $1)) }))
            <h2>Fields</h2>\(table(context.headers.map { ($0.name, isSecret($0.name) ? "[FILTERED]" : $0.value) }))
            </body></html>

            """
    }

    private func table(_ rows: [(String, String)]) -> String {
        let lines = rows.map { "<tr><th>\($0.escapedForHTML)</th><td>\($1.escapedForHTML)</td></tr>" }
        return "<table>\(lines.joined(separator: "\n"))</table>"
    }

    private func isSecret(_ name: String) -> Bool { secrets.contains { name.lowercased().contains($0) } }

    private func shown(_ name: String, _ value: JSONValue) -> String {
        guard !isSecret(name) else { return "[FILTERED]" }
        if let text = value.parameterText { return text }
        guard let bytes = try? filtered(value).serialized() else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func filtered(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(JSONObject(members.map { ($0, isSecret($0) ? "[FILTERED]" : filtered($1)) }))
        case .array(let elements): .array(elements.map(filtered))
        default: value
        }
    }
}
