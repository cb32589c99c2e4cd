import Glibc

/// Hides what a query says that no log should know, such as passwords and tokens.
///
/// The words are parts of parameters' names. Between two `&`, whatever follows the first `=` behind one of the words is
/// hidden. It does not matter where in the parameter the word stands or how often it is percent-encoded, and so it is
/// found behind a `;` or a second `?`, and in a URL that is itself a value (`next=%2Freset%3Ftoken%3Dx`). In doubt more
/// is hidden. A text that was cut anywhere reveals nothing that it would not reveal as a whole.
public struct ParameterFilter: Sendable, Equatable {
    /// Stands in the place of what is hidden.
    private static let replacement = Array("[FILTERED]".utf8)

    /// In lower case, none empty.
    private let words: [[UInt8]]
    /// For each byte: whether a word begins with it, in either case.
    private let beginsWord: [Bool]

    /// - Parameter words: parts of names, in whatever case (of ASCII), not encoded, without `%`, `&` and `=`. Without
    ///   any, nothing is hidden.
    public init(_ words: [String]) {
        let words = words.filter { !$0.isEmpty }.map { $0.utf8.map(Self.lowercase) }
        self.words = words
        beginsWord = (0...UInt8.max).map { byte in words.contains { $0[0] == Self.lowercase(byte) } }
    }

    /// A target or a URL without its secrets; nil when it has none. What is before the first `?` or `#` stays.
    func filtered(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard !words.isEmpty, let start = Self.queryStart(text) else { return nil }
        var result: [UInt8] = []
        var copied = 0
        var isSecret = false
        var index = start
        while index < text.count {
            let (byte, next) = Self.decoded(text, at: index)
            if text[index] == UInt8(ascii: "&") {
                isSecret = false
            } else if isSecret, byte == UInt8(ascii: "=") {
                result += text[copied..<next]
                result += Self.replacement
                copied = Self.firstIndex(of: "&", in: text, from: next) ?? text.count
                index = copied
                continue
            } else if !isSecret, beginsWord[Int(byte)] {
                isSecret = words.contains { Self.matches($0, text, at: index) }
            }
            // Not `next`: the digits of `%25` and what follows them may be those of another escape or of a word.
            index += 1
        }
        guard copied > 0 else { return nil }
        result += text[copied...]
        return result
    }

    /// Where the first `?` or `#` is.
    private static func queryStart(_ text: UnsafeRawBufferPointer) -> Int? {
        guard let fragment = firstIndex(of: "#", in: text) else { return firstIndex(of: "?", in: text) }
        return firstIndex(of: "?", in: UnsafeRawBufferPointer(rebasing: text[..<fragment])) ?? fragment
    }

    /// memchr(3), for most targets have no query and are not worth more time.
    private static func firstIndex(
        of character: Unicode.Scalar, in text: UnsafeRawBufferPointer, from start: Int = 0
    ) -> Int? {
        guard start < text.count, let base = text.baseAddress,
            let found = memchr(base + start, Int32(character.value), text.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
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

    /// The byte at `index`, percent-decoded (RFC 3986 2.1) as often as it is encoded, and where the next begins.
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
