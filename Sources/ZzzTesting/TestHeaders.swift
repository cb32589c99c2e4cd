/// The fields of a message, in the order received. Names are compared without case.
public struct TestHeaders: Sendable, Sequence {
    private(set) var fields: [(name: String, value: String)] = []

    init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    /// How many field lines there are.
    public var count: Int { fields.count }

    /// The value of the first field with that name.
    public subscript(name: String) -> String? { all(name).first }

    /// The values of all fields with that name.
    public func all(_ name: String) -> [String] {
        let name = name.lowercased()
        return fields.filter { $0.name.lowercased() == name }.map(\.value)
    }

    public func makeIterator() -> AnyIterator<(name: String, value: String)> { AnyIterator(fields.makeIterator()) }

    mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }

    mutating func remove(_ name: String) {
        let name = name.lowercased()
        fields.removeAll { $0.name.lowercased() == name }
    }

    mutating func set(_ name: String, _ value: String) {
        remove(name)
        append(name, value)
    }
}
