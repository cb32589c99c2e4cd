/// What is wrong in a template, and where. Described as compilers do: `file:line:column: error: message`.
public struct TemplateDiagnostic: Error, Equatable, Sendable, CustomStringConvertible {
    public let path: String
    public let line: Int
    public let column: Int
    public let message: String

    public var description: String { "\(path):\(line):\(column): error: \(message)" }
}

/// The same inside the compiler, where the template is known and a byte says where.
struct Problem: Error {
    let offset: Int
    let message: String

    init(_ offset: Int, _ message: String) {
        self.offset = offset
        self.message = message
    }
}
