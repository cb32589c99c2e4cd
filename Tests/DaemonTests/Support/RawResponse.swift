/// A response as it came over the wire.
struct RawResponse {
    struct Field: Equatable {
        let name: String
        let value: String
    }

    var version = ""
    var status = 0
    var reason = ""
    var fields: [Field] = []
    var body: [UInt8] = []
    var trailers: [Field] = []
    /// The chunks' sizes, when the body came in chunks.
    var chunks: [Int] = []

    /// The value of the only field with that name; nil without one. More than one is joined with ", ".
    subscript(name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Whether the server says that it closes the connection.
    var saysClose: Bool { self["Connection"]?.lowercased() == "close" }

    /// Parses a status line and header fields, strictly: what a server sends must be beyond doubt.
    init(head: String) throws {
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let parts = lines.removeFirst().split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasPrefix("HTTP/1."), parts[1].utf8.count == 3, let status = Int(parts[1])
        else { throw SystemFailure("not a status line: \(head)") }
        (self.version, self.status, self.reason) = (String(parts[0]), status, String(parts[2]))
        fields = try lines.map(Self.field)
    }

    static func field(_ line: Substring) throws -> Field {
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex, !line[..<colon].contains(" "),
            !line.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 })
        else { throw SystemFailure("not a header line: \(line)") }
        var value = line[line.index(after: colon)...]
        while value.first == " " { value.removeFirst() }
        return Field(name: String(line[..<colon]), value: String(value))
    }
}
