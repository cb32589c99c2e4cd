/// The state of one decoding, shared by its decoders and containers, which know nothing but their place on the tape.
final class JSONDecodingSession {
    let userInfo: [CodingUserInfoKey: any Sendable]
    // Unchecked, as in `JSONBuffer`: no access is open while an `init(from:)` runs.
    @exclusivity(unchecked) private var tape: JSONTape
    /// Where the latest search for a name in an object ended: names are mostly asked for in the order of the text.
    @exclusivity(unchecked) private var cursor = (object: -1, name: 0)

    init(_ tape: JSONTape, userInfo: [CodingUserInfoKey: any Sendable]) {
        self.tape = tape
        self.userInfo = userInfo
    }

    /// Forgets the text, whose memory is about to go: a decoder used later stops at an empty tape.
    func finish() {
        tape = JSONTape()
    }

    func entry(_ index: Int) -> JSONTape.Entry {
        tape.entries[index]
    }

    func decode<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        if type == String.self { return unsafeBitCast(try string(at: index), to: T.self) }
        if type == Int.self { return unsafeBitCast(try integer(Int.self, at: index), to: T.self) }
        if type == JSONValue.self, let value = try value(at: index) as? T { return value }
        return try T(from: JSONSlotDecoder(session: self, index: index))
    }

    func isNull(_ index: Int) -> Bool {
        entry(index).kind == .null
    }

    func bool(at index: Int) throws -> Bool {
        guard entry(index).kind == .bool else { throw mismatch(Bool.self, at: index) }
        return entry(index).isTrue
    }

    func string(at index: Int) throws -> String {
        guard entry(index).kind == .string else { throw mismatch(String.self, at: index) }
        return tape.string(entry(index))
    }

    func integer<T: FixedWidthInteger>(_ type: T.Type, at index: Int) throws -> T {
        let entry = entry(index)
        switch entry.kind {
        case .integer:
            guard let value = JSONText.integer(tape.bytes(entry), as: T.self) else { throw doesNotFit(type, at: index) }
            return value
        case .number:
            // From 2^53 on a double may stand for an integer that the text does not have.
            guard let number = JSONText.double(tape.bytes(entry)), number.magnitude < 0x1p53,
                let value = T(exactly: number)
            else { throw doesNotFit(type, at: index) }
            return value
        default: throw mismatch(type, at: index)
        }
    }

    func double(at index: Int) throws -> Double {
        try floatingPoint(at: index, JSONText.double)
    }

    func float(at index: Int) throws -> Float {
        try floatingPoint(at: index, JSONText.float)
    }

    private func floatingPoint<T>(at index: Int, _ convert: (UnsafeRawBufferPointer) -> T?) throws -> T {
        let entry = entry(index)
        guard entry.kind == .integer || entry.kind == .number else { throw mismatch(T.self, at: index) }
        guard let value = convert(tape.bytes(entry)) else { throw doesNotFit(T.self, at: index) }
        return value
    }

    func value(at index: Int) throws -> JSONValue {
        var next = index
        do throws(JSONError) {
            return try tape.value(at: &next)
        } catch {
            throw DecodingError.dataCorrupted(context(error.description, at: index))
        }
    }
}

// MARK: - Objects

extension JSONDecodingSession {
    func names(of object: Int) -> [String] {
        var names: [String] = []
        var name = object + 1
        while name < entry(object).end {
            names.append(tape.string(entry(name)))
            name = Int(entry(name + 1).end)
        }
        return names
    }

    /// The place of a member's value, nil when the object has no such member.
    func member(_ key: String, of object: Int) -> Int? {
        let first = object + 1
        let end = Int(entry(object).end)
        guard first < end else { return nil }
        let start = cursor.object == object && cursor.name < end ? cursor.name : first
        var name = start
        var key = key
        repeat {
            let value = name + 1
            let next = Int(entry(value).end)
            if isName(entry(name), &key) {
                cursor = (object, next)
                return value
            }
            name = next < end ? next : first
        } while name != start
        return nil
    }

    private func isName(_ entry: JSONTape.Entry, _ key: inout String) -> Bool {
        guard entry.isASCII, !entry.hasEscapes else { return tape.string(entry) == key }
        return key.withUTF8 { $0.count == entry.length && tape.bytes(entry).elementsEqual($0) }
    }
}

// MARK: - Errors

extension JSONDecodingSession {
    func mismatch(_ type: Any.Type, at index: Int) -> DecodingError {
        let explanation = "expected \(type), found \(entry(index).kind.name)"
        if isNull(index) { return .valueNotFound(type, context(explanation, at: index)) }
        return .typeMismatch(type, context(explanation, at: index))
    }

    func missing(_ key: some CodingKey, in object: Int) -> DecodingError {
        .keyNotFound(key, context("no member named \"\(key.stringValue)\"", at: object))
    }

    func context(_ explanation: String, at index: Int) -> DecodingError.Context {
        DecodingError.Context(codingPath: path(to: index), debugDescription: explanation)
    }

    private func doesNotFit(_ type: Any.Type, at index: Int) -> DecodingError {
        let digits = String(decoding: tape.bytes(entry(index)).prefix(100), as: UTF8.self)
        return .dataCorrupted(context("\(digits) does not fit \(type)", at: index))
    }

    /// The members and elements that lead to an entry, found from the root: only errors ask for it.
    func path(to target: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var index = 0
        while index != target {
            let isObject = entry(index).kind == .object
            var child = index + 1
            var position = 0
            while true {
                let value = isObject ? child + 1 : child
                let next = Int(entry(value).end)
                if target < next {
                    path.append(
                        isObject ? JSONKey(stringValue: tape.string(entry(child))) : JSONKey(intValue: position))
                    index = value
                    break
                }
                child = next
                position += 1
            }
        }
        return path
    }
}

extension JSONTape.Kind {
    fileprivate var name: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
