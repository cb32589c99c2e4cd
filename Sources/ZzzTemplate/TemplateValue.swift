/// What a template can print: strings, numbers, booleans, optionals of those (nil prints nothing), and what helpers
/// return. Everything else that has a `description` prints that.
///
/// ```swift
/// extension Money: TemplateValue {
///     func write(to output: inout HTMLOutput) { output.append("\(euros) EUR") }
/// }
/// ```
public protocol TemplateValue {
    /// Writes the value as plain text. What is written is escaped afterwards, for the place where it stands.
    func write(to output: inout HTMLOutput)
}

extension String: TemplateValue {
    @inlinable public func write(to output: inout HTMLOutput) { output.append(self) }
}

extension Substring: TemplateValue {
    @inlinable public func write(to output: inout HTMLOutput) {
        if utf8.withContiguousStorageIfAvailable({ output.append(UnsafeRawBufferPointer($0)) }) == nil {
            output.append(String(self))
        }
    }
}

extension Character: TemplateValue {
    @inlinable public func write(to output: inout HTMLOutput) { output.append(String(self)) }
}

extension Bool: TemplateValue {
    @inlinable public func write(to output: inout HTMLOutput) {
        output.append(self ? "true" : "false" as StaticString)
    }
}

extension Double: TemplateValue {
    @inlinable public func write(to output: inout HTMLOutput) { output.append(description) }
}

extension Float: TemplateValue {
    @inlinable public func write(to output: inout HTMLOutput) { output.append(description) }
}

extension Optional: TemplateValue where Wrapped: TemplateValue {
    @inlinable public func write(to output: inout HTMLOutput) { self?.write(to: &output) }
}

extension TemplateValue where Self: FixedWidthInteger {
    @inlinable public func write(to output: inout HTMLOutput) { output.append(integer: self) }
}

extension Int: TemplateValue {}
extension Int8: TemplateValue {}
extension Int16: TemplateValue {}
extension Int32: TemplateValue {}
extension Int64: TemplateValue {}
extension UInt: TemplateValue {}
extension UInt8: TemplateValue {}
extension UInt16: TemplateValue {}
extension UInt32: TemplateValue {}
extension UInt64: TemplateValue {}

extension HTMLOutput {
    @inlinable @inline(__always)
    mutating func append(integer value: some FixedWidthInteger) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(magnitude: UInt64(value.magnitude))
    }

    @inlinable
    mutating func append(magnitude value: UInt64) {
        // 20 digits are enough for 64 bits; they are found from the last to the first.
        append(maximumCount: 20) { target in
            var digits = 1
            var bound: UInt64 = 10
            while digits < 20, value >= bound {
                digits &+= 1
                bound = digits == 20 ? .max : bound &* 10
            }
            var rest = value
            var index = digits &- 1
            while index >= 0 {
                target[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                index &-= 1
            }
            return digits
        }
    }
}
