// What can't be printed. Without these the Swift compiler would say that nothing matches exactly; with them it says, at
// the template's own line, what to do. They are chosen only when nothing else fits.
extension HTMLOutput {
    @_disfavoredOverload
    @available(*, unavailable, message: "no text of its own: print a member, or make its type CustomStringConvertible")
    public mutating func text<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "no text of its own: print a member, or make its type CustomStringConvertible")
    public mutating func attribute<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "no text of its own: print a member, or make its type CustomStringConvertible")
    public mutating func urlPart<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "no text of its own: print a member, or make its type CustomStringConvertible")
    public mutating func address<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "no text of its own: print a member, or make its type CustomStringConvertible")
    public mutating func scriptString<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "no text of its own: print a member, or make its type CustomStringConvertible")
    public mutating func style<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "no text of its own: print a member, or make its type CustomStringConvertible")
    public mutating func styleString<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "a URL is a String or a TrustedURL, and this is neither")
    public mutating func url<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "a URL is a String or a TrustedURL, and this is neither")
    public mutating func listURL<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "a URL is a String or a TrustedURL, and this is neither")
    public mutating func styleURL<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "{{{...}}} takes HTML in a String, or HTML(trusted:), and this is neither")
    public mutating func raw<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "code is loaded from here: use a TrustedURL, such as {{asset \"app.js\"}}")
    public mutating func resourceURL<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "a value in a script is written as JSON: make its type Encodable")
    public mutating func script<Value>(_ value: Value) {}

    @_disfavoredOverload
    @available(*, unavailable, message: "a value in a script is written as JSON: make its type Encodable")
    public mutating func scriptAttribute<Value>(_ value: Value) {}

    @available(*, unavailable, message: "HTML stands between tags, not in an attribute: print text there")
    public mutating func attribute(_ value: some Template) {}

    @available(*, unavailable, message: "a function, and not what it returns: call it with ()")
    public mutating func text<Value>(_ function: () -> Value) {}

    @available(*, unavailable, message: "a function, and not what it returns: call it with ()")
    public mutating func attribute<Value>(_ function: () -> Value) {}
}
