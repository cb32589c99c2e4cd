/// Text between tags, in quoted attributes, in `title` and `textarea`, and in comments: escaping five characters makes
/// it safe in all of them.
extension HTMLOutput {
    /// Writes text.
    @inlinable
    public mutating func text(_ value: String) {
        if value.utf8.withContiguousStorageIfAvailable({ appendEscaped(UnsafeRawBufferPointer($0)) }) == nil {
            var copy = value
            copy.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0)) }
        }
    }

    /// Writes text, or nothing.
    @inlinable
    public mutating func text(_ value: String?) {
        if let value { text(value) }
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

    /// Writes text that is HTML already: `{{{value}}}`. Nothing is escaped.
    @inlinable
    public mutating func raw(_ value: String) { append(value) }

    /// Writes text that is HTML already, or nothing.
    @inlinable
    public mutating func raw(_ value: String?) {
        if let value { append(value) }
    }

    /// Writes a value that is HTML already.
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
            append(maximumCount: TextEscape.maximumCount) { TextEscape.write(byte, to: $0) }
            rest = UnsafeRawBufferPointer(rebasing: rest[(plainCount &+ 1)...])
        }
    }
}
