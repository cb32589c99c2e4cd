/// The names of objects.
extension JSONTape {
    /// Up to this many members names are compared with each other; beyond, they are hashed.
    private static let comparedMemberCount = 16

    /// Refuses an object that has a name twice (RFC 8259 4).
    func refuseDuplicateNames(of object: Int) throws(JSONError) {
        guard self[object].length <= Self.comparedMemberCount else { return try refuseDuplicatesHashing(object) }
        var marks = InlineArray<16, UInt64>(repeating: 0)
        var count = 0
        var name = object + 1
        while name < self[object].end {
            guard self[name].isPlain else { return try refuseDuplicatesHashing(object) }
            let mark = self.mark(self[name])
            for earlier in 0..<count where marks[earlier] == mark { try refuseDuplicate(name, of: object) }
            marks[count] = mark
            count &+= 1
            name = Int(self[name + 1].end)
        }
    }

    /// The beginning and the length of a plain name: two that differ seldom have the same.
    @inline(__always)
    private func mark(_ name: Entry) -> UInt64 {
        guard name.length > 0, let start = bytes(name).baseAddress else { return 0 }
        let count = min(Int(name.length), 8)
        // Most names are followed by more than eight bytes; what is not of the name is shifted out.
        let isFarFromEnd = name.offset &+ 8 <= text.count
        let word = isFarFromEnd ? start.loadUnaligned(as: UInt64.self) : JSONWord.load(start, count: count)
        return word << UInt64(64 &- 8 &* count) ^ UInt64(name.length) << 56
    }

    /// Compares a plain name with those before it.
    private func refuseDuplicate(_ name: Int, of object: Int) throws(JSONError) {
        let key = string(self[name])
        var earlier = object + 1
        while earlier < name {
            if string(self[earlier]) == key { throw duplicate(self[name]) }
            earlier = Int(self[earlier + 1].end)
        }
    }

    private func refuseDuplicatesHashing(_ object: Int) throws(JSONError) {
        var names = Set<String>(minimumCapacity: Int(self[object].length))
        var name = object + 1
        while name < self[object].end {
            guard names.insert(string(self[name])).inserted else { throw duplicate(self[name]) }
            name = Int(self[name + 1].end)
        }
    }

    private func duplicate(_ name: Entry) -> JSONError {
        JSONError(.duplicateKey(string(name)), at: name.offset - 1, in: text)
    }

    func names(of object: Int) -> [String] {
        var names: [String] = []
        var name = object + 1
        while name < self[object].end {
            names.append(string(self[name]))
            name = Int(self[name + 1].end)
        }
        return names
    }

    /// The place of a member's value, nil when the object has no such member. The search begins at the name at
    /// `next`, which becomes the one after the member: names are mostly asked for in the order of the text.
    func member(_ key: UnsafeRawBufferPointer, of object: Int, next: inout Int) -> Int? {
        member(of: object, next: &next) { name in
            guard name.isPlain else { return string(name) == String(decoding: key, as: UTF8.self) }
            return bytes(name).elementsEqual(key)
        }
    }

    @inline(__always)
    func member(_ key: JSONNameCache.Name, of object: Int, next: inout Int) -> Int? {
        member(of: object, next: &next) { name in
            guard name.isPlain else { return string(name) == key.string }
            return key.isEqual(to: bytes(name))
        }
    }

    /// Names that are not plain have to be compared as strings: by canonical equivalence.
    @inline(__always)
    private func member(of object: Int, next: inout Int, where isName: (Entry) -> Bool) -> Int? {
        let first = object &+ 1
        let end = Int(self[object].end)
        guard first < end else { return nil }
        let start = next < end ? next : first
        var name = start
        repeat {
            let after = Int(self[name &+ 1].end)
            if isName(self[name]) {
                next = after
                return name &+ 1
            }
            name = after < end ? after : first
        } while name != start
        return nil
    }

    /// The members and elements that lead to an entry, found from the root: only errors ask for it.
    func path(to target: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var index = 0
        while index != target {
            let isObject = self[index].kind == .object
            var child = index + 1
            var position = 0
            while true {
                let value = isObject ? child + 1 : child
                let next = Int(self[value].end)
                if target < next {
                    path.append(
                        isObject ? JSONKey(stringValue: string(self[child])) : JSONKey(intValue: position))
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
