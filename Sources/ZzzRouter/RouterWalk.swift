/// One match: walks the tree depth first. Going back needs no stack, since a parameter's start is in `params` and each
/// node knows its parent and what to try next.
struct RouterWalk {
    private let tree: RouterTree
    private let method: MethodSet
    private let params: UnsafeMutablePointer<RouteParameter>
    private let mayHaveEncodedSlashes: Bool
    private var parameterCount = 0
    private var allowed: MethodSet = []

    @inline(__always)
    init(
        tree: RouterTree, method: MethodSet, params: UnsafeMutablePointer<RouteParameter>, mayHaveEncodedSlashes: Bool
    ) {
        self.tree = tree
        self.method = method
        self.params = params
        self.mayHaveEncodedSlashes = mayHaveEncodedSlashes
    }

    /// Matches a decoded path, in which `PathDecoder.encodedSlash` stands for an encoded slash.
    @inline(__always)
    mutating func run(_ path: UnsafeRawPointer, count: Int) -> RouteMatch {
        let path = path.assumingMemoryBound(to: UInt8.self)
        let end = path + count
        var place = path
        var node = tree.nodes
        while true {
            if enter(node, &place, end) {
                if place == end, !node.pointee.methods.isEmpty {
                    if !node.pointee.methods.isDisjoint(with: method) { return matched(node) }
                    allowed.formUnion(node.pointee.methods)
                }
                if place < end, let child = literalChild(of: node, startingWith: place.pointee) {
                    node = child
                    continue
                }
                if node.pointee.firstFallback != 0 {
                    node = tree.nodes + Int(node.pointee.firstFallback)
                    continue
                }
                leave(node, &place)
            }
            guard let alternative = alternative(to: node, &place) else { return missed }
            node = alternative
        }
    }

    /// Takes what `node` matches from the path, or nothing and returns false.
    @inline(__always)
    private mutating func enter(
        _ node: UnsafePointer<RouterTree.Node>, _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> Bool {
        let label = tree.bytes + Int(node.pointee.labelOffset)
        let labelLength = Int(node.pointee.labelLength)
        switch node.pointee.kind {
        case .literal:
            guard end - place >= labelLength, ByteWord.equal(place, label, count: labelLength) else { return false }
            place += labelLength
        case .parameter:
            let segmentEnd = ByteWord.find(UInt8(ascii: "/"), from: place, to: end)
            let length = segmentEnd - place - labelLength
            guard length > 0, ByteWord.equal(place + length, label, count: labelLength) else { return false }
            add(RouteParameter(pointer: place, length: length))
            place = segmentEnd
        case .wildcard:
            add(RouteParameter(pointer: place, length: end - place))
            place = end
        }
        return true
    }

    @inline(__always)
    private mutating func add(_ parameter: RouteParameter) {
        params[parameterCount] = parameter
        parameterCount &+= 1
    }

    /// Gives back what `node` took.
    @inline(__always)
    private mutating func leave(_ node: UnsafePointer<RouterTree.Node>, _ place: inout UnsafePointer<UInt8>) {
        if node.pointee.kind == .literal {
            place -= Int(node.pointee.labelLength)
        } else {
            parameterCount &-= 1
            place = params[parameterCount].pointer.assumingMemoryBound(to: UInt8.self)
        }
    }

    /// The next node to try after `node` failed, on the way back to the root; nil when there is none left.
    @inline(__always)
    private mutating func alternative(
        to failed: UnsafePointer<RouterTree.Node>, _ place: inout UnsafePointer<UInt8>
    ) -> UnsafePointer<RouterTree.Node>? {
        var node = failed
        while node.pointee.nextAlternative == 0 {
            if node == tree.nodes { return nil }
            node = tree.nodes + Int(node.pointee.parent)
            leave(node, &place)
        }
        return tree.nodes + Int(node.pointee.nextAlternative)
    }

    @inline(__always)
    private func literalChild(
        of node: UnsafePointer<RouterTree.Node>, startingWith byte: UInt8
    ) -> UnsafePointer<RouterTree.Node>? {
        let index: Int
        if node.pointee.literalCount <= RouterTree.inlineKeyCount {
            index = ByteWord.firstIndex(of: byte, in: node.pointee.keys)
            guard index < RouterTree.inlineKeyCount else { return nil }
        } else {
            index = Int(tree.bytes[Int(node.pointee.keys) &+ Int(byte)]) &- 1
            guard index >= 0 else { return nil }
        }
        return tree.nodes + (Int(node.pointee.firstChild) &+ index)
    }

    @inline(__always)
    private func matched(_ node: UnsafePointer<RouterTree.Node>) -> RouteMatch {
        let endsInWildcard = node.pointee.kind == .wildcard
        for index in 0..<parameterCount {
            let isWildcard = endsInWildcard && index == parameterCount &- 1
            if isUnsafe(params[index], isWildcard: isWildcard) { return RouteMatch(kind: .badPath) }
        }
        let bit = (node.pointee.methods.rawValue & method.rawValue).trailingZeroBitCount
        let endpoint = tree.endpoints[Int(node.pointee.endpointRow) &+ bit]
        return RouteMatch(kind: .matched, endpoint: endpoint, parameterCount: parameterCount)
    }

    private var missed: RouteMatch {
        if allowed.isEmpty { return RouteMatch(kind: .notFound) }
        return RouteMatch(kind: method == .options ? .options : .methodNotAllowed, allowed: allowed.union(.options))
    }

    @inline(__always)
    private func isUnsafe(_ value: RouteParameter, isWildcard: Bool) -> Bool {
        guard value.length > 0 else { return false }
        let first = value.pointer.load(as: UInt8.self)
        if isWildcard, first == UInt8(ascii: "/") || first == PathDecoder.encodedSlash { return true }
        // Without slashes inside, only a value that begins with a dot can be a dot segment.
        guard first == UInt8(ascii: ".") || isWildcard || mayHaveEncodedSlashes else { return false }
        return hasDotSegment(value)
    }

    /// Whether a value has "." or ".." between slashes, encoded or not, or at its ends.
    private func hasDotSegment(_ value: RouteParameter) -> Bool {
        var length = 0
        var isDots = true
        for offset in 0...value.length {
            let byte = offset < value.length ? value.pointer.load(fromByteOffset: offset, as: UInt8.self) : 0
            if offset == value.length || byte == UInt8(ascii: "/") || byte == PathDecoder.encodedSlash {
                if isDots, length == 1 || length == 2 { return true }
                length = 0
                isDots = true
            } else {
                isDots = isDots && byte == UInt8(ascii: ".")
                length &+= 1
            }
        }
        return false
    }
}
