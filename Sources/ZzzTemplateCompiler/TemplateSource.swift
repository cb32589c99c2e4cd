/// The text of one template.
public struct TemplateSource: Sendable {
    /// The path below Templates, without the ending: "users/index".
    public let name: String
    /// The file, as messages name it.
    public let path: String
    /// The file, as the generated code names it to the Swift compiler.
    let swiftPath: String
    let bytes: [UInt8]

    /// - Parameter swiftPath: where the Swift compiler shows its errors, if not at `path`. It warns of files in one
    ///   module that have the same name in different folders.
    public init(name: String, path: String, swiftPath: String? = nil, bytes: [UInt8]) {
        self.name = name
        self.path = path
        self.swiftPath = swiftPath ?? path
        self.bytes = bytes
    }

    public init(name: String, path: String, text: String) {
        self.init(name: name, path: path, bytes: Array(text.utf8))
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// The line of a byte, from 1, and its column in characters (Unicode scalars), from 1.
    func location(of offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in bytes[..<min(offset, bytes.count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }

    func diagnostic(_ problem: Problem) -> TemplateDiagnostic {
        let (line, column) = location(of: problem.offset)
        return TemplateDiagnostic(path: path, line: line, column: column, message: problem.message)
    }
}
