import ZzzJSON

/// A JSON value, which is also what nested parameters are made of.
public typealias JSONValue = ZzzJSON.JSONValue
/// The members of a JSON object, in order.
public typealias JSONObject = ZzzJSON.JSONObject

/// What form data may cost. Beyond, the request is answered with 413.
public struct FormLimits: Hashable, Sendable {
    /// How many fields there may be.
    public var fieldCount = 1000
    /// How many keys may be inside each other: `a[b][c]` has 3.
    public var depth = 16
    /// How many bytes the name of a field may have, decoded.
    public var nameBytes = 1024

    public init(fieldCount: Int = 1000, depth: Int = 16, nameBytes: Int = 1024) {
        self.fieldCount = fieldCount
        self.depth = depth
        self.nameBytes = nameBytes
    }
}

/// What is wrong with form data, and with which field.
struct FormError: Error {
    var status: Status
    var field: String
    var reason: String
}

/// Turns form data into nested values: `user[name]=a` is a member of an object, `tags[]=a` an element of an array. The
/// last value of a name counts, as for a check box with a hidden field before it. A name whose brackets do not match
/// stands for itself.
struct FormTree {
    private(set) var root = JSONValue.object(JSONObject())
    private let limits: FormLimits

    private enum Key {
        case member(String)
        case element
    }

    private var count = 0

    /// A tree without fields.
    init(limits: FormLimits) { self.limits = limits }

    /// The fields of application/x-www-form-urlencoded.
    init(_ bytes: UnsafeRawBufferPointer, limits: FormLimits) throws(FormError) {
        self.limits = limits
        for (name, value) in FormPairs(bytes: bytes) { try add(name, value) }
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(FormError) {
        guard let field = name.validForm() else {
            throw FormError(status: .badRequest, field: name.decodedForm(), reason: "the name is not UTF-8")
        }
        guard let text = value.validForm() else {
            throw FormError(status: .badRequest, field: field, reason: "the value is not UTF-8")
        }
        try add(field, .string(text))
    }

    /// Puts a value where a field's name says.
    mutating func add(_ field: String, _ value: JSONValue) throws(FormError) {
        count += 1
        guard count <= limits.fieldCount else {
            throw FormError(status: .contentTooLarge, field: "", reason: "more than \(limits.fieldCount) fields")
        }
        guard field.utf8.count <= limits.nameBytes else {
            throw FormError(
                status: .contentTooLarge, field: String(field.prefix(40)),
                reason: "a name longer than \(limits.nameBytes) bytes")
        }
        let keys = Self.keys(of: field)
        guard keys.count <= limits.depth else {
            throw FormError(
                status: .contentTooLarge, field: field, reason: "more than \(limits.depth) keys inside each other")
        }
        guard Self.insert(value, keys[...], into: &root) else {
            throw FormError(
                status: .badRequest, field: field, reason: "it is used as a value and as an array or object")
        }
    }

    private static func keys(of field: String) -> [Key] {
        let whole = [Key.member(field)]
        guard let open = field.firstIndex(of: "["), open != field.startIndex else { return whole }
        var keys = [Key.member(String(field[..<open]))]
        var rest = field[open...]
        while !rest.isEmpty {
            guard rest.removeFirst() == "[", let end = rest.firstIndex(of: "]") else { return whole }
            let key = rest[..<end]
            guard !key.contains("[") else { return whole }
            keys.append(key.isEmpty ? .element : .member(String(key)))
            rest = rest[rest.index(after: end)...]
        }
        return keys
    }

    /// False when the place holds another kind of value. Each container is taken out of its place while it is changed,
    /// so that nothing is copied.
    private static func insert(_ value: JSONValue, _ keys: ArraySlice<Key>, into node: inout JSONValue) -> Bool {
        guard let key = keys.first else {
            switch node {
            case .null, .string: node = value
            case .object where Upload.index(of: node) != nil: node = value
            default: return false
            }
            return true
        }
        switch key {
        case .member(let name):
            guard Upload.index(of: node) == nil, var object = node.isNull ? JSONObject() : node.objectValue else {
                return false
            }
            node = .null
            var child = object[name] ?? .null
            object[name] = .null
            let isInserted = insert(value, keys.dropFirst(), into: &child)
            object[name] = child
            node = .object(object)
            return isInserted
        case .element:
            guard var list = node.isNull ? [] : node.arrayValue else { return false }
            node = .null
            // `items[][name]=a&items[][price]=1` is one item; a name that it has already begins the next.
            if case .member(let name)? = keys.dropFirst().first, let last = list.last?.objectValue, last[name] == nil {
                var child = list.removeLast()
                let isInserted = insert(value, keys.dropFirst(), into: &child)
                list.append(child)
                node = .array(list)
                return isInserted
            }
            var child = JSONValue.null
            let isInserted = insert(value, keys.dropFirst(), into: &child)
            list.append(child)
            node = .array(list)
            return isInserted
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Form data decoded; nil when that is not UTF-8.
    func validForm() -> String? {
        guard contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(validating: self, as: UTF8.self)
        }
        return String(validating: decodedFormBytes(), as: UTF8.self)
    }
}

extension JSONValue {
    /// A value as a parameter's text; nil for null, arrays and objects.
    var parameterText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .bool(let flag): String(flag)
        case .null, .array, .object: nil
        }
    }

    /// What a name with brackets leads to: `user[name]`, `tags[0]`.
    func value(at name: String) -> JSONValue? {
        if let value = self[name] { return value }
        guard let open = name.firstIndex(of: "["), name.hasSuffix("]") else { return nil }
        var node = self[String(name[..<open])]
        let inner = name[name.index(after: open)...].dropLast()
        for key in inner.split(separator: "][", omittingEmptySubsequences: false) {
            guard let current = node else { return nil }
            if case .array(let elements) = current {
                if key.isEmpty { continue }
                guard let index = Int(key), elements.indices.contains(index) else { return nil }
                node = elements[index]
            } else {
                node = current[String(key)]
            }
        }
        return node
    }
}
