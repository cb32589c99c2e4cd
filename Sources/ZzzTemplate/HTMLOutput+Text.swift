/// Text between tags, in quoted attributes, in `title` and `textarea`, and in comments: escaping five characters makes
/// it safe in all of them. HTML stays as it is between tags; elsewhere the Swift compiler refuses it.
extension HTMLOutput {
    /// Writes text.
    @inlinable
    public mutating func text(_ value: String) {
        if value.utf8.withContiguousStorageIfAvailable({ appendEscaped(UnsafeRawBufferPointer($0)) }) == nil {
            var copy = value
            copy.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0)) }
        }
    }

    /// Writes a number: nothing in it needs an escape.
    @inlinable
    public mutating func text<Value: FixedWidthInteger & TemplateValue>(_ value: Value) {
        append(integer: value)
    }

    /// Writes a value.
    @inlinable
    public mutating func text(_ value: some TemplateValue) {
        let start = used
        value.write(to: &self)
        escape(from: start, TextEscape.self)
    }

    /// Writes HTML, as it is.
    @inlinable
    public mutating func text(_ value: some Template) {
        value.render(into: &self)
    }

    /// Writes HTML, as it is, or nothing.
    @inlinable
    public mutating func text<Value: Template>(_ value: Value?) {
        value?.render(into: &self)
    }

    /// Writes a value's description.
    @_disfavoredOverload @inlinable
    public mutating func text(_ value: some CustomStringConvertible) {
        text(value.description)
    }

    /// Writes a value's description, or nothing.
    @_disfavoredOverload @inlinable
    public mutating func text<Value: CustomStringConvertible>(_ value: Value?) {
        if let value { text(value.description) }
    }

    /// Writes text in an attribute, in `title` or `textarea`, or in a comment.
    @inlinable
    public mutating func attribute(_ value: String) { text(value) }

    /// Writes a number: nothing in it needs an escape.
    @inlinable
    public mutating func attribute<Value: FixedWidthInteger & TemplateValue>(_ value: Value) {
        append(integer: value)
    }

    /// Writes a value.
    @inlinable
    public mutating func attribute(_ value: some TemplateValue) { text(value) }

    /// Writes a value's description.
    @_disfavoredOverload @inlinable
    public mutating func attribute(_ value: some CustomStringConvertible) { text(value.description) }

    /// Writes a value's description, or nothing.
    @_disfavoredOverload @inlinable
    public mutating func attribute<Value: CustomStringConvertible>(_ value: Value?) {
        if let value { text(value.description) }
    }

    // No overload takes an optional of what another one takes: the Swift compiler could not say what is wrong with an
    // expression then.

    /// Writes a value that is HTML already: `{{{value}}}`. Nothing is escaped.
    @inlinable
    public mutating func raw(_ value: some TemplateValue) { value.write(to: &self) }

    /// Writes HTML.
    @inlinable
    public mutating func raw(_ value: some Template) { value.render(into: &self) }

    @usableFromInline
    mutating func appendEscaped(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while true {
            let plainCount = TextEscape.plainPrefixCount(rest)
            append(UnsafeRawBufferPointer(rebasing: rest[..<plainCount]))
            guard plainCount < rest.count else { return }
            let byte = rest[plainCount]
            append(maximumCount: TextEscape.count(byte)) { TextEscape.write(byte, to: $0) }
            rest = UnsafeRawBufferPointer(rebasing: rest[(plainCount &+ 1)...])
        }
    }
}
