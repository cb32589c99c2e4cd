/// Hides what a query says that no log should know, such as passwords and tokens.
///
/// The words are parts of parameters' names. Between two `&`, whatever follows the first `=` behind one of the words is
/// hidden. It does not matter where in the parameter the word stands or how often it is percent-encoded, and so it is
/// found behind a `;` or a second `?`, and in a URL that is itself a value (`next=%2Freset%3Ftoken%3D…`). In doubt more
/// is hidden: a text that was cut anywhere reveals nothing that it would not reveal as a whole.
public struct ParameterFilter: Sendable, Equatable {
    /// Stands in the place of what is hidden.
    private static let replacement = Array("[FILTERED]".utf8)

    /// In lower case, none empty.
    private let words: [[UInt8]]

    /// - Parameter words: parts of names, in whatever case (of ASCII), not encoded, without `%`, `&` and `=`. Without
    ///   any, nothing is hidden.
    public init(_ words: [String]) {
        self.words = words.filter { !$0.isEmpty }.map { $0.utf8.map(Self.lowercase) }
    }

    /// A target or a URL without its secrets; nil when it has none. What is before the first `?` or `#` stays.
    func filtered(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard !words.isEmpty, let start = text.firstIndex(where: Self.beginsQuery) else { return nil }
        var result: [UInt8] = []
        var copied = 0
        var isSecret = false
        var index = start + 1
        while index < text.count {
            // Words are sought at every byte, those within an escape too: `%25` may be followed by one.
            if text[index] == UInt8(ascii: "&") {
                isSecret = false
            } else if !isSecret {
                isSecret = words.contains { Self.matches($0, text, at: index) }
            } else if case let (byte, next) = Self.decoded(text, at: index), byte == UInt8(ascii: "=") {
                result += text[copied..<next]
                result += Self.replacement
                copied = text[next...].firstIndex(of: UInt8(ascii: "&")) ?? text.count
                index = copied
                continue
            }
            index += 1
        }
        guard copied > 0 else { return nil }
        result += text[copied...]
        return result
    }

    private static func beginsQuery(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    private static func matches(_ word: [UInt8], _ text: UnsafeRawBufferPointer, at start: Int) -> Bool {
        var index = start
        for expected in word {
            guard index < text.count else { return false }
            let (byte, next) = decoded(text, at: index)
            guard lowercase(byte) == expected else { return false }
            index = next
        }
        return true
    }

    /// The byte at `index`, percent-decoded (RFC 3986 section 2.1) as often as it is encoded, and where the next begins.
    private static func decoded(_ text: UnsafeRawBufferPointer, at index: Int) -> (byte: UInt8, next: Int) {
        var (byte, next) = (text[index], index + 1)
        while byte == UInt8(ascii: "%"), next + 1 < text.count, let high = hexValue(text[next]),
            let low = hexValue(text[next + 1])
        {
            (byte, next) = (high << 4 | low, next + 2)
        }
        return (byte, next)
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch lowercase(digit) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case let letter where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(letter): letter - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
