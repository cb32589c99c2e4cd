import ZzzJSON

extension JSONValue {
    /// The value as JSON, for an app's own table. Dates and times become their text; what JSON cannot say is an error.
    init(_ node: ConfigNode) throws(SettingProblem) {
        switch node.value {
        case .boolean(let value): self = .bool(value)
        case .integer(let value): self = .integer(Int64(value))
        case .double(let value):
            guard value.isFinite else {
                throw SettingProblem(
                    message: "has a number that is not finite, which JSON lacks", location: node.location)
            }
            self = .number(value)
        case .string(let value), .dateTime(let value): self = .string(value)
        case .array(let nodes):
            var values: [JSONValue] = []
            for node in nodes { values.append(try JSONValue(node)) }
            self = .array(values)
        case .table(let table):
            var members = JSONObject()
            for (key, node) in table.entries { members[key] = try JSONValue(node) }
            self = .object(members)
        }
    }
}
