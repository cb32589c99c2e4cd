/// Reads `{{@ users: [User], title: String = "Users" }}`, `{{@import Models}}`, and what a fragment takes. Types and
/// default values are Swift, and are left to its compiler.
struct DeclarationParser {
    private let source: TemplateSource
    private let end: Int
    private var position: Int

    init(_ range: Range<Int>, of source: TemplateSource) {
        self.source = source
        position = range.lowerBound
        end = range.upperBound
    }

    private var current: UInt8? { position < end ? source.bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, TagScanner.isSpace(byte) { position += 1 }
    }

    private mutating func word() -> Name? {
        skipSpace()
        let start = position
        while let byte = current, TagScanner.isNameByte(byte) || byte == UInt8(ascii: ".") && position > start {
            position += 1
        }
        return start == position ? nil : Name(text: source.text(start..<position), offset: start)
    }

    /// The module of `import Models`.
    mutating func importedModule() throws(Problem) -> Name? {
        let start = position
        guard let first = word(), first.text == "import", current != UInt8(ascii: ":") else {
            position = start
            return nil
        }
        guard let module = word() else { throw Problem(position, "a module's name is missing: {{@import Models}}") }
        skipSpace()
        guard position == end else { throw Problem(position, "one module in each {{@import}}") }
        return module
    }

    /// `"row" user: User`, after the word fragment.
    mutating func fragment() throws(Problem) -> (Name, [Parameter]) {
        _ = word()
        skipSpace()
        let start = position
        guard let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw Problem(position, "a fragment's name is missing: {{#fragment \"row\" user: User}}")
        }
        position += 1
        while let byte = current, byte != quote { position += 1 }
        let name = Name(text: source.text(start + 1..<position), offset: start)
        position += 1
        return (name, try parameters(mayBeEmpty: true))
    }

    /// Parameters up to the end of the tag.
    mutating func parameters(mayBeEmpty: Bool = false) throws(Problem) -> [Parameter] {
        var parameters: [Parameter] = []
        skipSpace()
        if position == end, !mayBeEmpty { throw Problem(position, "a declaration is missing: {{@ name: Type}}") }
        while position < end {
            parameters.append(try parameter())
            skipSpace()
            if current == UInt8(ascii: ",") {
                position += 1
                skipSpace()
            }
        }
        return parameters
    }

    private mutating func parameter() throws(Problem) -> Parameter {
        guard let name = word(), !name.text.contains(".") else {
            throw Problem(position, "a name is missing: name: Type")
        }
        skipSpace()
        guard current == UInt8(ascii: ":") else {
            throw Problem(position, "the type of '\(name.text)' is missing: \(name.text): Type")
        }
        position += 1
        let type = try swift(until: [UInt8(ascii: ","), UInt8(ascii: "=")])
        guard !type.isEmpty else {
            throw Problem(position, "the type of '\(name.text)' is missing: \(name.text): Type")
        }
        var value: String?
        if current == UInt8(ascii: "=") {
            position += 1
            value = try swift(until: [UInt8(ascii: ",")])
            if value?.isEmpty == true { throw Problem(position, "the default value of '\(name.text)' is missing") }
        }
        return Parameter(name: name.text, type: type, defaultValue: value, offset: name.offset)
    }

    /// Swift text up to one of these bytes outside of its brackets and strings, or the end.
    private mutating func swift(until ends: [UInt8]) throws(Problem) -> String {
        let start = position
        var open: [(close: UInt8, offset: Int)] = []
        while let byte = current {
            if open.isEmpty, ends.contains(byte) { break }
            switch byte {
            case UInt8(ascii: "("): open.append((UInt8(ascii: ")"), position))
            case UInt8(ascii: "["): open.append((UInt8(ascii: "]"), position))
            case UInt8(ascii: "{"): open.append((UInt8(ascii: "}"), position))
            case UInt8(ascii: "<"): open.append((UInt8(ascii: ">"), position))
            // An arrow is no bracket.
            case UInt8(ascii: "-") where position + 1 < end && source.bytes[position + 1] == UInt8(ascii: ">"):
                position += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ">"):
                guard open.popLast()?.close == byte else {
                    throw Problem(position, "this '\(Character(Unicode.Scalar(byte)))' closes nothing")
                }
            case UInt8(ascii: "\""): skipString()
            default: break
            }
            position += 1
        }
        if let bracket = open.last {
            throw Problem(
                bracket.offset, "this '\(Character(Unicode.Scalar(source.bytes[bracket.offset])))' is not closed")
        }
        return source.trimmedText(start..<min(position, end))
    }

    /// Leaves the position on the closing quote.
    private mutating func skipString() {
        position += 1
        while let byte = current, byte != UInt8(ascii: "\"") {
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
    }
}

extension TemplateSource {
    /// The text without whitespace at its ends.
    fileprivate func trimmedText(_ range: Range<Int>) -> String {
        var bytes = self.bytes[range]
        while let first = bytes.first, TagScanner.isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, TagScanner.isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
