import ZzzJSON

/// A place in a JSON value: `$.orders[0].items[*].name`, a part of RFC 9535.
///
/// `$` is the whole value, `.name` and `['any name']` a member, `[0]` an element and `[-1]` the last one, `.*` and
/// `[*]` all members or elements. With one of those the path leads to a list of values, otherwise to one.
struct JSONPath: Sendable {
    enum Step: Sendable, Equatable {
        case member(String)
        case element(Int)
        case all
    }

    let text: String
    let steps: [Step]

    /// Whether it leads to a list of values.
    var isPlural: Bool { steps.contains(.all) }

    /// - Throws: ``TestFailure`` that says where the path is malformed.
    init(_ text: String) throws {
        self.text = text
        var rest = text[...]
        guard rest.popFirst() == "$" else { throw TestFailure("the JSON path \"\(text)\" does not begin with $") }
        var steps: [Step] = []
        while !rest.isEmpty {
            let place = text.distance(from: text.startIndex, to: rest.startIndex)
            guard let step = Self.step(&rest) else {
                throw TestFailure("the JSON path \"\(text)\" is malformed at character \(place + 1)")
            }
            steps.append(step)
        }
        self.steps = steps
    }

    private static func step(_ rest: inout Substring) -> Step? {
        switch rest.popFirst() {
        case ".":
            if rest.hasPrefix("*") {
                rest.removeFirst()
                return .all
            }
            let name = rest.prefix { $0 != "." && $0 != "[" }
            rest = rest[name.endIndex...]
            return name.isEmpty ? nil : .member(String(name))
        case "[": return bracket(&rest)
        default: return nil
        }
    }

    /// After "[".
    private static func bracket(_ rest: inout Substring) -> Step? {
        if let quote = rest.first, quote == "'" || quote == "\"" {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: quote) else { return nil }
            let name = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
            guard rest.popFirst() == "]" else { return nil }
            return .member(name)
        }
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let inside = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if inside == "*" { return .all }
        return Int(inside).map { .element($0) }
    }

    /// The values that it leads to, in order.
    func values(in value: JSONValue) -> [JSONValue] {
        steps.reduce([value]) { values, step in values.flatMap { Self.values(at: step, of: $0) } }
    }

    private static func values(at step: Step, of value: JSONValue) -> [JSONValue] {
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .element(let index):
            let count = value.arrayValue?.count ?? 0
            return value[index < 0 ? count + index : index].map { [$0] } ?? []
        case .all: return value.arrayValue ?? value.objectValue?.values ?? []
        }
    }

    /// The value that it leads to, for a plural path an array of them; nil when there is none.
    func value(in value: JSONValue) -> JSONValue? {
        let values = values(in: value)
        return isPlural ? .array(values) : values.first
    }
}

extension JSONValue {
    /// Whether they say the same; 1 and 1.0 do.
    func means(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.means($1) }
        case (.object(let left), .object(let right)):
            left.count == right.count && left.allSatisfy { name, value in right[name].map { value.means($0) } ?? false }
        case (.integer, .number), (.number, .integer): doubleValue == other.doubleValue
        default: self == other
        }
    }

    /// As JSON text, for messages.
    var text: String {
        guard let bytes = try? JSONBytesEncoder().encode(self) else { return "\(self)" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
