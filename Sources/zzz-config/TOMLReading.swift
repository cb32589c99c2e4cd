import TOMLKit
import ZzzConfig

/// Turns a TOML file into a `ConfigTable`: toml++ says what it means, `KeyLocator` where everything stands.
struct TOMLReading {
    private let file: String
    private let places: [[KeyLocator.Step]: KeyLocator.Places]

    /// The root table of a file, or every reason why there is none.
    static func table(of bytes: [UInt8], file: String) throws(ConfigFailure) -> ConfigTable {
        // toml++ gets a C string, which a NUL would end early.
        if let nul = bytes.firstIndex(of: 0) {
            throw ConfigFailure([
                ConfigError(at: location(of: nul, in: bytes, file: file), "the file has a NUL character")
            ])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let end = validPrefixCount(of: bytes)
            throw ConfigFailure([
                ConfigError(at: location(of: end, in: bytes, file: file), "the file is not UTF-8 from here on")
            ])
        }
        let root: TOMLTable
        do {
            root = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            let place = error.source.begin
            throw ConfigFailure([
                ConfigError(
                    at: SourceLocation(file: file, line: place.line, column: place.column),
                    "the file is not TOML: \(error.description.replacingLineEnds)")
            ])
        } catch {
            throw ConfigFailure([ConfigError(at: SourceLocation(file: file), "the file is not TOML: \(error)")])
        }
        let locator = KeyLocator(bytes)
        let nuls = locator.nulEscapes.map {
            ConfigError(
                at: SourceLocation(file: file, line: $0.line, column: $0.column), "a string must not contain a NUL")
        }
        guard nuls.isEmpty else { throw ConfigFailure(nuls) }
        return TOMLReading(file: file, places: locator.places).table(root, at: [])
    }

    private func table(_ table: TOMLTable, at path: [KeyLocator.Step]) -> ConfigTable {
        var nodes: [(key: String, node: ConfigNode)] = []
        for key in table.keys {
            guard let value = table[key] else { continue }
            nodes.append((key, node(value, at: path + [.key(key)])))
        }
        var result = ConfigTable()
        for (key, node) in nodes.sorted(by: Self.isBefore) { result[key] = node }
        return result
    }

    /// toml++ sorts keys by name; errors should come in the order of the file.
    private static func isBefore(
        _ left: (key: String, node: ConfigNode), _ right: (key: String, node: ConfigNode)
    ) -> Bool {
        func key(_ node: ConfigNode) -> [Int] { [node.keyLocation.line ?? 0, node.keyLocation.column ?? 0] }
        return key(left.node).lexicographicallyPrecedes(key(right.node))
    }

    private func node(_ value: any TOMLValueConvertible, at path: [KeyLocator.Step]) -> ConfigNode {
        let place = places[path]
        func location(_ position: KeyLocator.Position?) -> SourceLocation {
            SourceLocation(file: file, line: position?.line, column: position?.column)
        }
        return ConfigNode(content(of: value, at: path), at: location(place?.value), key: location(place?.key))
    }

    private func content(of value: any TOMLValueConvertible, at path: [KeyLocator.Step]) -> ConfigNode.Value {
        // `type` and the accessors agree: each accessor is nil only for another type.
        if let value = value.bool { return .boolean(value) }
        if let value = value.int { return .integer(value) }
        if let value = value.double { return .double(value) }
        if let value = value.string { return .string(value) }
        if let value = value.table { return .table(table(value, at: path)) }
        if let value = value.array {
            return .array(value.enumerated().map { node($1, at: path + [.index($0)]) })
        }
        return .dateTime(Self.text(ofDateOrTime: value))
    }

    /// RFC 3339 text. TOMLKit's own would give a local date and time the offset of UTC.
    private static func text(ofDateOrTime value: any TOMLValueConvertible) -> String {
        if let date = value.date { return text(date) }
        if let time = value.time { return text(time) }
        guard let both = value.dateTime else { return value.debugDescription }
        return text(both.date) + "T" + text(both.time) + offsetText(minutes: both.offset?.offset)
    }

    private static func text(_ date: TOMLDate) -> String {
        padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2)
    }

    private static func text(_ time: TOMLTime) -> String {
        let whole = padded(time.hour, 2) + ":" + padded(time.minute, 2) + ":" + padded(time.second, 2)
        guard time.nanoSecond > 0 else { return whole }
        var fraction = padded(time.nanoSecond, 9)
        while fraction.last == "0" { fraction.removeLast() }
        return whole + "." + fraction
    }

    private static func offsetText(minutes: Int?) -> String {
        guard let minutes else { return "" }
        guard minutes != 0 else { return "Z" }
        return (minutes < 0 ? "-" : "+") + padded(abs(minutes) / 60, 2) + ":" + padded(abs(minutes) % 60, 2)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func location(of offset: Int, in bytes: [UInt8], file: String) -> SourceLocation {
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return SourceLocation(file: file, line: line, column: column)
    }

    /// How many bytes at the beginning are well-formed UTF-8.
    private static func validPrefixCount(of bytes: [UInt8]) -> Int {
        var decoder = UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var count = 0
        while case .valid(let scalar) = decoder.parseScalar(from: &iterator) { count += scalar.count }
        return count
    }
}

extension String {
    /// The text on one line, as an error line must be.
    fileprivate var replacingLineEnds: String {
        String(map { $0.isNewline ? " " : $0 })
    }
}
