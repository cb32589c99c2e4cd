/// Which of the types that are decoded are arrays.
///
/// An array that the standard library decodes grows as it goes and looks its own type up for each element. Here it is
/// made in one piece. Finding out that a type is one takes long, so that is remembered.
struct JSONArrayTypes {
    private var known = InlineArray<16, (type: Any.Type, array: (any JSONArray.Type)?)>(repeating: (Never.self, nil))

    mutating func array<T>(_ type: T.Type) -> (any JSONArray.Type)? {
        // Types are at least 16 bytes.
        let place = Int(bitPattern: ObjectIdentifier(type)) >> 4 & 15
        if known[place].type == type { return known[place].array }
        let array = type as? any JSONArray.Type
        known[place] = (type, array)
        return array
    }
}

/// An array that can be decoded in one piece.
protocol JSONArray {
    /// Decodes the array of one entry and puts it into uninitialized memory.
    static func decode(_ session: JSONDecodingSession, at index: Int, into target: UnsafeMutableRawPointer?) throws
}

extension Array: JSONArray where Element: Decodable {
    static func decode(_ session: JSONDecodingSession, at index: Int, into target: UnsafeMutableRawPointer?) throws {
        let count = Int(session.tape.pointee[index].length)
        var place = index + 1
        let elements = try [Element](unsafeUninitializedCapacity: count) { buffer, decodedCount in
            while decodedCount < count {
                buffer.initializeElement(at: decodedCount, to: try session.decode(Element.self, at: place))
                decodedCount += 1
                place = Int(session.tape.pointee[place].end)
            }
        }
        target?.initializeMemory(as: [Element].self, to: elements)
    }
}
