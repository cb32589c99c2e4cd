/// The radix tree as `Router.match` walks it: one block of memory, laid out once and never changed.
///
/// Nodes are in breadth-first order, so the children of a node lie side by side: its literal children, then its
/// fallbacks in the order in which they are tried. `nextAlternative` and `parent` let the matcher go back without a
/// stack.
struct RouterTree {
    struct Node {
        /// Up to eight first bytes of the literal children, padded with NUL, which no path contains. With more
        /// children: the offset in `bytes` of a table of 256 child numbers from 1.
        var keys: UInt64 = 0
        var labelOffset: UInt32 = 0
        var labelLength: UInt32 = 0
        /// The first literal child; the others follow it.
        var firstChild: UInt32 = 0
        /// What to try when no literal child leads to a match, 0 for nothing: the root is nobody's fallback.
        var firstFallback: UInt32 = 0
        /// What to try at the same place when this node fails, 0 for nothing.
        var nextAlternative: UInt32 = 0
        var parent: UInt32 = 0
        /// Where this node's row of `endpoints` begins.
        var endpointRow: UInt32 = 0
        /// The methods of the routes that end here, HEAD included where GET is; empty inside a route.
        var methods: MethodSet = []
        var literalCount: UInt8 = 0
        var kind: Kind = .literal
    }

    enum Kind: UInt8 {
        case literal, parameter, wildcard
    }

    /// How many literal children are kept in `Node.keys`.
    static let inlineKeyCount = 8

    /// All three point into one block, which the `Router` frees.
    let block: UnsafeMutableRawPointer
    let nodes: UnsafePointer<Node>
    /// One row of `MethodSet.bitCount` endpoints per node that ends a route.
    let endpoints: UnsafePointer<Int32>
    /// Labels and tables of child numbers.
    let bytes: UnsafePointer<UInt8>

    init(_ source: [RouterBuilder.Node]) {
        var layout = RouterTreeLayout(source)
        layout.run()
        let nodeBytes = layout.nodes.count * MemoryLayout<Node>.stride
        let endpointBytes = layout.endpoints.count * MemoryLayout<Int32>.stride
        block = .allocate(byteCount: nodeBytes + endpointBytes + layout.bytes.count, alignment: 64)
        nodes = UnsafePointer(Self.copy(layout.nodes, to: block))
        endpoints = UnsafePointer(Self.copy(layout.endpoints, to: block + nodeBytes))
        bytes = UnsafePointer(Self.copy(layout.bytes, to: block + nodeBytes + endpointBytes))
    }

    private static func copy<T>(_ array: [T], to memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<T> {
        let target = memory.bindMemory(to: T.self, capacity: array.count)
        array.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            target.initialize(from: start, count: source.count)
        }
        return target
    }
}

/// Turns the growing tree of `RouterBuilder` into the arrays of `RouterTree`.
struct RouterTreeLayout {
    private(set) var nodes: [RouterTree.Node] = []
    private(set) var endpoints: [Int32] = []
    private(set) var bytes: [UInt8] = []

    private let source: [RouterBuilder.Node]

    init(_ source: [RouterBuilder.Node]) {
        self.source = source
    }

    mutating func run() {
        // Every pattern begins with "/": the builder's empty root has one child at most, which takes its place.
        var order = [source[0].literals.first ?? 0]
        nodes = [RouterTree.Node()]
        var index = 0
        while index < order.count {
            place(source[order[index]], at: index, order: &order)
            index += 1
        }
    }

    private mutating func place(_ node: RouterBuilder.Node, at index: Int, order: inout [Int]) {
        let literals = node.literals.sorted { source[$0].label[0] < source[$1].label[0] }
        let firstChild = order.count
        let firstFallback = firstChild + literals.count
        order += literals + node.fallbacks

        nodes[index].kind = RouterTree.Kind(node.kind)
        nodes[index].labelOffset = UInt32(bytes.count)
        nodes[index].labelLength = UInt32(node.label.count)
        bytes += node.label
        nodes[index].firstChild = UInt32(firstChild)
        nodes[index].firstFallback = node.fallbacks.isEmpty ? 0 : UInt32(firstFallback)
        nodes[index].literalCount = UInt8(literals.count)
        nodes[index].keys = addKeys(literals.map { source[$0].label[0] })
        addEndpoints(node.endpoints, at: index)

        for child in firstChild..<order.count {
            var placed = RouterTree.Node()
            placed.parent = UInt32(index)
            if child < firstFallback {
                placed.nextAlternative = nodes[index].firstFallback
            } else if child + 1 < order.count {
                placed.nextAlternative = UInt32(child + 1)
            }
            nodes.append(placed)
        }
    }

    private mutating func addKeys(_ firstBytes: [UInt8]) -> UInt64 {
        guard firstBytes.count > RouterTree.inlineKeyCount else {
            return firstBytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let offset = bytes.count
        bytes += [UInt8](repeating: 0, count: 256)
        for (number, byte) in firstBytes.enumerated() { bytes[offset + Int(byte)] = UInt8(number + 1) }
        return UInt64(offset)
    }

    private mutating func addEndpoints(_ routes: [RouterBuilder.Endpoint], at index: Int) {
        guard !routes.isEmpty else { return }
        var row = [Int32](repeating: -1, count: MethodSet.bitCount)
        var methods: MethodSet = []
        for route in routes {
            methods.formUnion(route.methods)
            for bit in 0..<MethodSet.bitCount where route.methods.rawValue & (1 << UInt16(bit)) != 0 {
                row[bit] = route.index
            }
        }
        if methods.contains(.get), !methods.contains(.head) {
            row[MethodSet.head.rawValue.trailingZeroBitCount] = row[MethodSet.get.rawValue.trailingZeroBitCount]
        }
        nodes[index].methods = methods.withHeadFromGet
        nodes[index].endpointRow = UInt32(endpoints.count)
        endpoints += row
    }
}

extension RouterTree.Kind {
    fileprivate init(_ kind: RouterBuilder.Kind) {
        switch kind {
        case .literal: self = .literal
        case .parameter: self = .parameter
        case .wildcard: self = .wildcard
        }
    }
}
