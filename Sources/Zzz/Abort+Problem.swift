import ZzzJSON

extension Abort {
    /// The problem details of the error (RFC 9457): "title", "status", "detail", and what ``details`` adds, which
    /// cannot replace those.
    public var problem: JSONValue {
        var members = JSONObject()
        members["title"] = .string(status.reason)
        members["status"] = .integer(Int64(status.rawValue))
        members["detail"] = .string(message)
        for (name, value) in details where members[name] == nil { members[name] = value }
        return .object(members)
    }

    /// The problem details as text. Details with a number that JSON cannot express are left out.
    var problemBytes: [UInt8] {
        if let bytes = try? problem.serialized() { return bytes }
        var plain = self
        plain.details = []
        return (try? plain.problem.serialized()) ?? Array("{}".utf8)
    }
}
