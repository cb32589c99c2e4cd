/// A value as JSON, wherever it stands: `data-user="{{json user}}"`. In scripts a value is JSON without this.
public struct JSONText<Value: Encodable>: TemplateValue {
    let value: Value

    public func write(to output: inout HTMLOutput) { output.json(value) }
}

/// A value as JSON, for attributes that hold it.
public func json<Value: Encodable>(_ value: Value) -> JSONText<Value> { JSONText(value: value) }

extension HTMLOutput {
    /// Writes what is JSON already.
    public mutating func script(_ value: JSONText<some Encodable>) { script(value.value) }
    public mutating func scriptAttribute(_ value: JSONText<some Encodable>) { scriptAttribute(value.value) }
}
