/// Cuts a stream of bytes into lines that end in LF. It does no I/O: bytes in, lines out.
///
/// A line longer than the limit is an error from which there is no way back: the connection is to be closed.
public struct LineFramer: Sendable {
    /// The longest line that is accepted unless the owner says otherwise, in bytes without its LF: 1 MiB.
    public static let defaultLimit = 1 << 20

    /// The line grew longer than the limit.
    public struct TooLong: Error, Equatable {
        /// The limit, in bytes without the LF.
        public let limit: Int
    }

    private let limit: Int
    /// Bytes not given out yet; those before `start` have been.
    private var buffer: [UInt8] = []
    private var start = 0
    /// Where the search for the next LF goes on: no LF lies between `start` and here.
    private var searched = 0

    public init(limit: Int = LineFramer.defaultLimit) {
        self.limit = limit
    }

    /// Bytes held that do not make a line yet.
    public var pendingCount: Int { buffer.count - start }

    /// Takes bytes as they came from the socket.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 16)
            start = 0
            searched = 0
        } else if start > buffer.count / 2 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole line without its LF (and without a CR before that); nil when more bytes are needed.
    public mutating func next() throws(TooLong) -> [UInt8]? {
        guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = buffer.count
            guard pendingCount <= limit else { throw TooLong(limit: limit) }
            return nil
        }
        guard end - start <= limit else { throw TooLong(limit: limit) }
        var line = Array(buffer[start..<end])
        start = end + 1
        searched = start
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}
