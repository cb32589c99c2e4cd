import ZzzAppABI
import ZzzJSON

/// The parameters of a request: those that the route's pattern names, then those of a body that ``BodyParser`` has
/// read, then those of the query. A name is looked for in that order; where it occurs several times in a form or a
/// query, the last value counts, as for a check box with a hidden field before it.
///
/// `user[name]` stands for a member of a nested value, `tags[]` for the elements of an array.
public struct Params {
    let context: Context

    /// Where a parameter came from.
    public enum Source: String, Sendable {
        case path, body, query
    }

    /// The value, or nil when there is none: text, and numbers and truth values of a JSON body as text.
    public subscript(name: String) -> String? { find(name)?.text }

    /// The value as another type, or nil when there is none or it is not written like one.
    public subscript<Value: LosslessStringConvertible>(name: String, as type: Value.Type) -> Value? {
        self[name].flatMap(type.init)
    }

    /// The value. An ``Abort`` that renders as 400 without it, and says so.
    public func require(_ name: String) throws -> String {
        if let (text, _) = find(name) { return text }
        throw Abort(missingParameter: name)
    }

    /// The value as another type. An ``Abort`` that renders as 400 when there is none or it is not written like one:
    /// it says which parameter, where it came from and what it must be.
    public func require<Value: LosslessStringConvertible>(
        _ name: String, as type: Value.Type = Value.self
    ) throws -> Value {
        guard let (text, source) = find(name) else { throw Abort(missingParameter: name) }
        guard let value = type.init(text) else { throw Abort(badParameter: name, source, expected: type) }
        return value
    }

    /// Where the value comes from, or nil when there is none.
    public func source(of name: String) -> Source? { find(name)?.source }

    /// All the values of a name: elements of an array in the body, repeated parameters of the query. `tags` and
    /// `tags[]` are the same.
    public func all(_ name: String) -> [String] {
        if let text = bytes(name)?.string { return [text] }
        let plain = name.hasSuffix("[]") ? String(name.dropLast(2)) : name
        if let value = bodyValue(plain) {
            return value.arrayValue?.compactMap(\.parameterText) ?? value.parameterText.map { [$0] } ?? []
        }
        return FormPairs(bytes: context.head.pointee.query.buffer)
            .filter { $0.name.equalsDecoded(plain) || $0.name.equalsDecoded(plain + "[]") }
            .map { $0.value.decodedForm() }
    }

    /// A nested value: an object for `user` when there are `user[name]` and `user[email]`. Nil when there is none, and
    /// when the query is malformed.
    public func value(_ name: String) -> JSONValue? {
        if let text = bytes(name)?.string { return .string(text) }
        if let value = bodyValue(name) { return value }
        return queryTree()?.value(at: name)
    }

    /// Everything in one object, the names of the path before those of the body before those of the query.
    public var merged: JSONObject {
        var result = queryTree()?.objectValue ?? JSONObject()
        for (name, value) in body?.objectValue ?? JSONObject() { result[name] = value }
        for (index, name) in context.endpoint.parameterNames.enumerated()
        where index < Int(context.head.pointee.param_count) {
            result[name] = .string(context.head.pointee.params[index].string)
        }
        return result
    }

    private func find(_ name: String) -> (text: String, source: Source)? {
        if let text = bytes(name)?.string { return (text, .path) }
        if let text = bodyValue(name)?.parameterText { return (text, .body) }
        var found: UnsafeRawBufferPointer?
        for pair in FormPairs(bytes: context.head.pointee.query.buffer) where pair.name.equalsDecoded(name) {
            found = pair.value
        }
        return found.map { ($0.decodedForm(), .query) }
    }

    var body: JSONValue? { context.isTouched ? context.assigns[BodyParameters.self] : nil }

    private func bodyValue(_ name: String) -> JSONValue? { body?.value(at: name) }

    private func queryTree() -> JSONValue? {
        let query = context.head.pointee.query.buffer
        return query.isEmpty ? nil : try? FormTree(query, limits: FormLimits()).root
    }

    func bytes(_ name: String) -> zzz_bytes? {
        guard let index = context.endpoint.parameterNames.firstIndex(of: name),
            index < Int(context.head.pointee.param_count)
        else { return nil }
        return context.head.pointee.params[index]
    }
}

/// What was read out of the request's body.
enum BodyParameters: AssignKey { typealias Value = JSONValue }

extension Abort {
    /// 400: a parameter is not there.
    init(missingParameter name: String, _ source: Params.Source? = nil) {
        let place = source.map { "\($0) " } ?? ""
        self.init(
            .badRequest, "The \(place)parameter \(name) is missing.",
            details: [("parameter", .string(name)), ("expected", "to be there")])
    }

    /// 400: a parameter is not written like what is needed.
    init(badParameter name: String, _ source: Params.Source, expected type: Any.Type) {
        let expected = Self.description(of: type)
        self.init(
            .badRequest, "The \(source) parameter \(name) must be \(expected).",
            details: [
                ("parameter", .string(name)), ("in", .string(source.rawValue)), ("expected", .string(expected)),
            ])
    }

    private static func description(of type: Any.Type) -> String {
        switch type {
        case is any UnsignedInteger.Type: "an integer that is not negative"
        case is any FixedWidthInteger.Type: "an integer"
        case is any BinaryFloatingPoint.Type: "a number"
        case is Bool.Type: "true or false"
        case is Upload.Type: "a file"
        default: "of type \(type)"
        }
    }
}
