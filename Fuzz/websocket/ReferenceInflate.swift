/// DEFLATE (RFC 1951) once more, bit by bit, as a stream of blocks that goes on behind the last one (RFC 7692 section
/// 7.2.3.4): as much as the bytes that are there say.
struct ReferenceInflate {
    enum Ending: Error {
        /// The bytes end: behind a block, or inside one.
        case between, inside
        case invalid
        /// A distance beyond the window that was agreed on. What comes of it depends on how the bytes are cut.
        case beyondWindow
    }

    private let input: [UInt8]
    private let windowBytes: Int
    private var position = 0
    /// Begins with what was there before.
    private(set) var output: [UInt8]
    private(set) var ending = Ending.between

    init(_ input: [UInt8], after history: [UInt8], windowBytes: Int) {
        self.input = input
        self.windowBytes = windowBytes
        output = history
        do throws(Ending) { while true { try block() } } catch { ending = error }
    }

    // MARK: Bits

    private mutating func bit() throws(Ending) -> Int {
        guard position < input.count * 8 else { throw .inside }
        defer { position += 1 }
        return Int(input[position / 8] >> UInt8(position % 8) & 1)
    }

    private mutating func bits(_ count: Int) throws(Ending) -> Int {
        var value = 0
        for place in 0..<count { value |= try bit() << place }
        return value
    }

    // MARK: Codes

    /// The code of each symbol, as a number with a 1 before it.
    private struct Code {
        var symbols: [Int: Int] = [:]
        var longest = 0

        /// Section 3.2.2. Of incomplete codes only that of a single bit is one, or none at all.
        init(_ lengths: [Int], mayBeIncomplete: Bool = true) throws(Ending) {
            longest = lengths.max() ?? 0
            guard longest > 0 else { return }
            var next = 1
            for length in 1...longest {
                next <<= 1
                for (symbol, _) in lengths.enumerated().filter({ $0.element == length }) {
                    guard next < 2 << length else { throw .invalid }
                    symbols[next] = symbol
                    next += 1
                }
            }
            let isComplete = next == 2 << longest
            guard isComplete || mayBeIncomplete && longest == 1 else { throw .invalid }
        }
    }

    private mutating func symbol(_ code: Code) throws(Ending) -> Int {
        var word = 1
        for _ in 0..<max(1, code.longest) {
            word = word << 1 | (try bit())
            if let symbol = code.symbols[word] { return symbol }
        }
        throw .invalid
    }

    // MARK: Blocks

    private mutating func block() throws(Ending) {
        guard position < input.count * 8 else { throw .between }
        let isLast = try bits(3)
        switch isLast >> 1 {
        case 0: try storedBlock()
        case 1:
            let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
            try compressedBlock(try Code(lengths), try Code(Array(repeating: 5, count: 32)))
        case 2: try dynamicBlock()
        default: throw .invalid
        }
        if isLast & 1 == 1 { position = (position + 7) / 8 * 8 }
    }

    private mutating func storedBlock() throws(Ending) {
        position = (position + 7) / 8 * 8
        let (length, complement) = try (bits(16), bits(16))
        guard length == ~complement & 0xFFFF else { throw .invalid }
        for _ in 0..<length { output.append(UInt8(try bits(8))) }
    }

    private mutating func dynamicBlock() throws(Ending) {
        let (literals, distances, count) = try (bits(5) + 257, bits(5) + 1, bits(4) + 4)
        guard literals <= 286, distances <= 30 else { throw .invalid }
        var lengths = Array(repeating: 0, count: 19)
        for place in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].prefix(count) {
            lengths[place] = try bits(3)
        }
        let code = try Code(lengths, mayBeIncomplete: false)
        lengths = []
        while lengths.count < literals + distances {
            // Without a code at all zlib reads a bit for each length: 0. It refuses what comes of it below.
            let symbol = try code.longest == 0 ? bits(1) * 0 : self.symbol(code)
            guard symbol >= 16 else {
                lengths.append(symbol)
                continue
            }
            let repeats = try symbol == 16 ? bits(2) + 3 : symbol == 17 ? bits(3) + 3 : bits(7) + 11
            guard symbol > 16 || !lengths.isEmpty, lengths.count + repeats <= literals + distances else {
                throw .invalid
            }
            lengths += Array(repeating: symbol == 16 ? lengths[lengths.count - 1] : 0, count: repeats)
        }
        guard lengths[256] > 0 else { throw .invalid }
        try compressedBlock(try Code(Array(lengths[..<literals])), try Code(Array(lengths[literals...])))
    }

    private mutating func compressedBlock(_ literals: Code, _ distances: Code) throws(Ending) {
        while true {
            let symbol = try self.symbol(literals)
            if symbol == 256 { return }
            guard symbol > 256 else {
                output.append(UInt8(symbol))
                continue
            }
            let length = try self.length(symbol)
            let distance = try self.distance(self.symbol(distances))
            guard distance <= output.count else { throw .invalid }
            guard distance <= windowBytes else { throw .beyondWindow }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }

    /// Section 3.2.5.
    private mutating func length(_ symbol: Int) throws(Ending) -> Int {
        guard symbol <= 285 else { throw .invalid }
        guard symbol < 285 else { return 258 }
        guard symbol >= 265 else { return symbol - 254 }
        let extra = (symbol - 261) / 4
        return 3 + (4 + (symbol - 261) % 4) << extra + (try bits(extra))
    }

    private mutating func distance(_ symbol: Int) throws(Ending) -> Int {
        guard symbol < 30 else { throw .invalid }
        guard symbol >= 4 else { return symbol + 1 }
        let extra = symbol / 2 - 1
        return 1 + (2 + symbol % 2) << extra + (try bits(extra))
    }
}
