/// The members of a JSON object, in the order in which they were added.
///
/// Two objects are equal when they have the same members, whatever the order (RFC 8259 4: an object is unordered).
public struct JSONObject: Sendable {
    /// Up to this many members a name is looked for one by one; beyond, there is an index.
    private static let searchedMemberCount = 8

    private var storedKeys: [String] = []
    private var storedValues: [JSONValue] = []
    private var index: [String: Int] = [:]

    public init() {}

    /// The members of a list, the last one of each name.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    public var count: Int { storedKeys.count }
    public var isEmpty: Bool { storedKeys.isEmpty }
    public var keys: [String] { storedKeys }
    public var values: [JSONValue] { storedValues }

    /// The value of a member. Setting keeps the place of a member that exists and adds a new one at the end; setting
    /// nil removes.
    public subscript(key: String) -> JSONValue? {
        get {
            position(of: key).map { storedValues[$0] }
        }
        set {
            switch (position(of: key), newValue) {
            case (let place?, let value?): storedValues[place] = value
            case (let place?, nil): remove(at: place)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Adds a member whose name the object does not have: a parser has checked.
    mutating func append(_ key: String, _ value: JSONValue) {
        storedKeys.append(key)
        storedValues.append(value)
        if !index.isEmpty {
            index[key] = count - 1
        } else if count > Self.searchedMemberCount {
            indexAll()
        }
    }

    mutating func reserveCapacity(_ capacity: Int) {
        storedKeys.reserveCapacity(capacity)
        storedValues.reserveCapacity(capacity)
    }

    private mutating func remove(at place: Int) {
        storedKeys.remove(at: place)
        storedValues.remove(at: place)
        if !index.isEmpty { indexAll() }
    }

    private mutating func indexAll() {
        index = Dictionary(uniqueKeysWithValues: zip(storedKeys, 0...))
    }

    private func position(of key: String) -> Int? {
        index.isEmpty ? storedKeys.firstIndex(of: key) : index[key]
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> Zip2Sequence<[String], [JSONValue]>.Iterator {
        zip(storedKeys, storedValues).makeIterator()
    }
}

extension JSONObject: Equatable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { key, value in right[key] == value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}
