/// The deflaters of one thread, for all connections that compress each message by itself: such a connection needs
/// none of its own. Each is made when it is first needed.
public final class Compressors {
    private var deflaters: [Deflater?] = Array(repeating: nil, count: 7)
    private let level: Int

    /// - Parameter level: 1 (fast) to 9 (small).
    public init(level: Int = 6) {
        precondition((1...9).contains(level), "level 1 to 9")
        self.level = level
    }

    /// - Parameter windowBits: 9 to 15.
    /// - Returns: nil without memory.
    func deflater(windowBits: Int) -> Deflater? {
        if let deflater = deflaters[windowBits - 9] { return deflater }
        let deflater = Deflater(windowBits: windowBits, keepsContext: false, level: level)
        deflaters[windowBits - 9] = deflater
        return deflater
    }

    /// One that keeps its context, for a single connection.
    func makeDeflater(windowBits: Int) -> Deflater? {
        Deflater(windowBits: windowBits, keepsContext: true, level: level)
    }
}
