import ZzzAppABI

/// The parameters that the route's pattern names, decoded by the host.
public struct Params {
    let context: Context

    /// The value, or nil when the pattern has no such name.
    public subscript(name: String) -> String? {
        bytes(name)?.string
    }

    /// The value as another type, or nil when there is none or it is not written like one.
    public subscript<Value: LosslessStringConvertible>(name: String, as type: Value.Type) -> Value? {
        self[name].flatMap(type.init)
    }

    /// The value. An ``Abort`` that renders as 400 without it.
    public func require(_ name: String) throws -> String {
        guard let text = self[name] else { throw Abort(.badRequest, "The parameter \(name) is missing.") }
        return text
    }

    /// The value as another type. An ``Abort`` that renders as 400 when there is none or it is not written like one.
    public func require<Value: LosslessStringConvertible>(
        _ name: String, as type: Value.Type = Value.self
    ) throws -> Value {
        guard let value = type.init(try require(name)) else {
            throw Abort(.badRequest, "The parameter \(name) must be of type \(type).")
        }
        return value
    }

    func bytes(_ name: String) -> zzz_bytes? {
        guard let index = context.endpoint.parameterNames.firstIndex(of: name),
            index < Int(context.head.pointee.param_count)
        else { return nil }
        return context.head.pointee.params[index]
    }
}
