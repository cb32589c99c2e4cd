// Reads the contract's headers as text, so that what the tests compare is complete by construction: a struct, a field
// or a constant that is added cannot be forgotten.

/// The declarations of the headers.
struct HeaderReader {
    struct Field: Equatable {
        var name: String
        /// The declaration with the spaces evened out: "zzz_status (*retain)(zzz_request *request)".
        var declaration: String
    }

    struct Record: Equatable {
        var name: String
        var fields: [Field]
    }

    private(set) var records: [Record] = []
    /// Names of enumerators and of macros that stand for a number or a text.
    private(set) var constants: [String] = []
    private(set) var texts: [String] = []
    /// Types of functions, opaque handles and other one-line typedefs.
    private(set) var typedefs: [String] = []
    /// Functions that an app exports.
    private(set) var functions: [String] = []

    /// Reads headers in the order given.
    init(_ sources: [String]) {
        for source in sources { read(Self.withoutComments(source)) }
    }

    private mutating func read(_ source: String) {
        var code = ""
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") { readDirective(String(line)) } else { code += line + "\n" }
        }
        code = code.replacing("extern \"C\" {", with: "")
        for statement in Self.statements(code) { read(statement: Self.evened(statement)) }
    }

    private mutating func readDirective(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[0] == "#define", words[1].hasPrefix("ZZZ_"), !words[1].contains("(") else {
            return
        }
        let value = words[2]
        if value.hasPrefix("\"") {
            texts.append(String(words[1]))
        } else if value.first?.isNumber == true || value.hasPrefix("UINT32_C") {
            constants.append(String(words[1]))
        }
    }

    private mutating func read(statement: String) {
        if let brace = statement.firstIndex(of: "{"), let end = statement.lastIndex(of: "}") {
            let inside = String(statement[statement.index(after: brace)..<end])
            if statement.hasPrefix("enum") {
                for item in inside.split(separator: ",") {
                    constants.append(Self.evened(String(item.prefix { $0 != "=" })))
                }
            } else {
                let tag = statement[..<brace].split(separator: " ").last.map(String.init) ?? ""
                records.append(Record(name: tag, fields: Self.statements(inside).map { Self.field(Self.evened($0)) }))
            }
        } else if statement.hasPrefix("typedef") {
            typedefs.append(statement)
        } else if statement.hasPrefix("ZZZ_EXPORT") {
            functions.append(statement)
        }
    }

    private static func field(_ declaration: String) -> Field {
        if let star = declaration.firstRange(of: "(*"), let end = declaration[star.upperBound...].firstIndex(of: ")") {
            return Field(name: String(declaration[star.upperBound..<end]), declaration: declaration)
        }
        let plain = declaration.prefix { $0 != "[" }
        let name = plain.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return Field(name: String(name.reversed()), declaration: declaration)
    }

    /// Splits at the semicolons that are in no braces.
    private static func statements(_ code: String) -> [String] {
        var result: [String] = []
        var current = ""
        var depth = 0
        for character in code {
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if character == ";", depth == 0 {
                result.append(current)
                current = ""
            } else if depth >= 0 {
                current.append(character)
            } else {
                depth = 0
            }
        }
        return result
    }

    private static func withoutComments(_ source: String) -> String {
        var result = ""
        var rest = Substring(source)
        while let start = rest.firstRange(of: "/*") {
            result += rest[..<start.lowerBound] + " "
            guard let end = rest[start.upperBound...].firstRange(of: "*/") else { return result }
            rest = rest[end.upperBound...]
        }
        return result + rest
    }

    private static func evened(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
