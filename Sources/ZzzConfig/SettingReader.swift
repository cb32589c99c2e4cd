import ZzzJSON
import ZzzSpelling

/// What is wrong with a value. Its key's path goes before the message.
struct SettingProblem: Error {
    /// The rest of a sentence that begins with the key path.
    var message: String
    /// Where, when it is not the value as a whole.
    var location: SourceLocation?
}

/// How the values of one type of setting are read from a file, checked, and written in documentation.
struct SettingReader<Value: Sendable>: Sendable {
    /// What may be written, for the documentation: `size from 1 KiB to 1 MiB`.
    var summary: String
    /// A value of this type as TOML text.
    var format: @Sendable (Value) -> String
    /// Checks a value from a file.
    var read: @Sendable (ConfigNode) throws(SettingProblem) -> Value
}

extension SettingReader where Value == Bool {
    static var boolean: Self {
        SettingReader(summary: "`true` or `false`", format: { $0 ? "true" : "false" }) { node throws(SettingProblem) in
            guard case .boolean(let value) = node.value else { throw .wrongType(node, wanted: "true or false") }
            return value
        }
    }
}

extension SettingReader where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        SettingReader(
            summary: "integer from \(range.lowerBound) to \(range.upperBound)", format: { String($0) }
        ) { node throws(SettingProblem) in
            guard case .integer(let value) = node.value else { throw .wrongType(node, wanted: "an integer") }
            return try inRange(value, range)
        }
    }
}

extension SettingReader where Value == ByteCount {
    static func byteCount(_ range: ClosedRange<ByteCount>) -> Self {
        SettingReader(
            summary: "size from \(range.lowerBound) to \(range.upperBound)", format: { quoted($0.description) }
        ) { node throws(SettingProblem) in
            switch node.value {
            case .integer(let bytes): return try inRange(ByteCount(bytes: bytes), range)
            case .string(let text):
                guard let count = ByteCount(text) else {
                    throw SettingProblem(
                        message: "is \(quoted(text)), not a size such as \"8 MiB\" (units: B, KiB, MiB, GiB, TiB)")
                }
                return try inRange(count, range)
            default: throw .wrongType(node, wanted: "a size such as \"8 MiB\"")
            }
        }
    }
}

extension SettingReader where Value == TimeSpan {
    /// Zero switches something off.
    static func timeSpanOrZero(_ range: ClosedRange<TimeSpan>) -> Self {
        let other = timeSpan(range)
        return SettingReader(summary: "`\"0s\"` or \(other.summary)", format: other.format) {
            node throws(SettingProblem) in
            if case .string(let text) = node.value, TimeSpan(text)?.milliseconds == 0 { return TimeSpan.seconds(0) }
            return try other.read(node)
        }
    }

    static func timeSpan(_ range: ClosedRange<TimeSpan>) -> Self {
        SettingReader(
            summary: "time from \(range.lowerBound) to \(range.upperBound)", format: { quoted($0.description) }
        ) { node throws(SettingProblem) in
            if case .integer(let number) = node.value {
                throw SettingProblem(message: "needs a unit: \"\(number)s\" or \"\(number)ms\"")
            }
            guard case .string(let text) = node.value else {
                throw .wrongType(node, wanted: "a time such as \"10s\"")
            }
            guard let span = TimeSpan(text) else {
                throw SettingProblem(message: "is \(quoted(text)), not a time such as \"10s\" (units: ms, s, m, h, d)")
            }
            return try inRange(span, range)
        }
    }
}

extension SettingReader where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        return SettingReader(
            summary: names.map { "`\"\($0)\"`" }.joined(separator: ", "), format: { quoted($0.rawValue) }
        ) { node throws(SettingProblem) in
            guard case .string(let text) = node.value else { throw .wrongType(node, wanted: "a string") }
            if let value = Value(rawValue: text) { return value }
            let nearest = NearestName.of(text, among: names)
            let hint = nearest.map { "did you mean \"\($0)\"?" }
                ?? "it must be one of " + names.map { "\"\($0)\"" }.joined(separator: ", ")
            throw SettingProblem(message: "is \(quoted(text)); \(hint)")
        }
    }
}

extension SettingReader {
    /// A string that `parse` turns into a value; the message it throws continues a sentence that ends in the string.
    static func text(
        _ summary: String, format: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) throws(SettingProblem) -> Value
    ) -> Self {
        SettingReader(summary: summary, format: { quoted(format($0)) }) { node throws(SettingProblem) in
            guard case .string(let text) = node.value else { throw .wrongType(node, wanted: "a string") }
            do throws(SettingProblem) {
                return try parse(text)
            } catch {
                throw SettingProblem(message: "is \(quoted(text)); \(error.message)")
            }
        }
    }

    /// An array of what `element` reads.
    static func list<Element>(
        _ element: SettingReader<Element>, atMost limit: Int? = nil
    ) -> Self where Value == [Element] {
        SettingReader(
            summary: "array of\(limit.map { " at most \($0)" } ?? ""): \(element.summary)",
            format: { "[" + $0.map(element.format).joined(separator: ", ") + "]" }
        ) { node throws(SettingProblem) in
            guard case .array(let nodes) = node.value else {
                throw .wrongType(node, wanted: "an array")
            }
            if let limit, nodes.count > limit {
                throw SettingProblem(message: "has \(nodes.count) elements; it can have at most \(limit)")
            }
            var values: [Element] = []
            for (index, node) in nodes.enumerated() {
                do throws(SettingProblem) {
                    values.append(try element.read(node))
                } catch {
                    throw SettingProblem(message: "(element \(index + 1)) " + error.message, location: node.location)
                }
            }
            return values
        }
    }
}

extension SettingReader where Value == JSONValue {
    /// A table whose keys are not ours to check.
    static var freeTable: Self {
        SettingReader(summary: "table with any keys", format: { _ in "{}" }) { node throws(SettingProblem) in
            guard case .table = node.value else { throw .wrongType(node, wanted: "a table") }
            return try JSONValue(node)
        }
    }
}

extension SettingProblem {
    static func wrongType(_ node: ConfigNode, wanted: String) -> SettingProblem {
        SettingProblem(message: "must be \(wanted), not \(node.value.typeName)")
    }
}

private func inRange<Value: Comparable>(
    _ value: Value, _ range: ClosedRange<Value>
) throws(SettingProblem) -> Value {
    guard range.contains(value) else {
        throw SettingProblem(message: "is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
}

/// A TOML basic string on one line.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
