// What a condition makes of a value: the value when it counts as true, nil when it does not. False are: false, nil,
// 0, and what is empty. Every other value is true.
extension HTMLOutput {
    @inlinable public func truthy(_ value: Bool) -> Bool? { value ? true : nil }
    @inlinable public func truthy<Number: Numeric>(_ value: Number) -> Number? { value == 0 ? nil : value }
    @inlinable public func truthy<Items: Collection>(_ value: Items) -> Items? { value.isEmpty ? nil : value }

    @inlinable public func truthy(_ value: Bool?) -> Bool? { value == true ? true : nil }
    @inlinable public func truthy<Number: Numeric>(_ value: Number?) -> Number? { value == 0 ? nil : value }
    @inlinable public func truthy<Items: Collection>(_ value: Items?) -> Items? {
        if let value, !value.isEmpty { value } else { nil }
    }
    @inlinable public func truthy<Value>(_ value: Value?) -> Value? { value }

    /// The value of `{{#with}}`, which an optional may lack.
    @inlinable public func present<Value>(_ value: Value?) -> Value? { value }
}
