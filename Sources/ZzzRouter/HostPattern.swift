/// Which hosts something answers to: "example.com", "*.example.com", "[::1]", "192.0.2.1".
///
/// "*.example.com" matches every name below example.com, at any depth, but not example.com itself. Case does not
/// matter (RFC 9110 4.2.3), nor does the port of the request or one dot at the end of its name.
public struct HostPattern: Sendable, Equatable, Hashable {
    /// Why a host pattern was refused.
    public enum PatternError: Error, Equatable, Sendable, CustomStringConvertible {
        case empty
        /// Longer than 255 bytes, the most that a name has (RFC 1035 2.3.4).
        case tooLong
        /// "*" anywhere but as the whole first label.
        case misplacedWildcard
        /// Something that is no host: a port, a scheme, white space, an empty label.
        case invalidCharacter(at: Int)

        public var description: String {
            switch self {
            case .empty: "a host pattern is not empty"
            case .tooLong: "a host pattern has at most \(HostPattern.maximumByteCount) bytes"
            case .misplacedWildcard: "\"*\" stands only for the first labels of a host: \"*.example.com\""
            case .invalidCharacter(let offset):
                "byte \(offset + 1) belongs to no host name (a host is written without scheme, port and path)"
            }
        }
    }

    /// The longest pattern, in bytes.
    public static let maximumByteCount = 255

    /// The pattern as it was given.
    public let text: String
    public let isWildcard: Bool
    /// Lower case; ".example.com" for a wildcard.
    private let name: [UInt8]

    public init(_ text: String) throws(PatternError) {
        var bytes = text.utf8.map(Self.lowercased)
        guard bytes.count <= Self.maximumByteCount else { throw .tooLong }
        isWildcard = bytes.starts(with: "*.".utf8)
        if isWildcard { bytes.removeFirst() }
        guard !bytes.isEmpty, bytes != [UInt8(ascii: ".")] else { throw .empty }
        guard !bytes.contains(UInt8(ascii: "*")) else { throw .misplacedWildcard }
        if let offset = Self.firstInvalidOffset(in: bytes, isWildcard: isWildcard) {
            throw .invalidCharacter(at: isWildcard ? offset + 1 : offset)
        }
        self.text = text
        name = bytes
    }

    /// Whether a Host field's value or an authority without user information (RFC 9110 7.2) names a host of this
    /// pattern. Allocates nothing.
    public func matches(_ authority: UnsafeRawBufferPointer) -> Bool {
        let length = Self.hostLength(authority)
        let offset = length - name.count
        guard isWildcard ? offset > 0 : offset == 0 else { return false }
        return name.withUnsafeBufferPointer { name in
            for index in 0..<name.count where Self.lowercased(authority[offset + index]) != name[index] { return false }
            return true
        }
    }

    /// The length of the host in front of ":port"; the brackets of an IPv6 address belong to the host.
    private static func hostLength(_ authority: UnsafeRawBufferPointer) -> Int {
        var end = 0
        if authority.first == UInt8(ascii: "[") {
            while end < authority.count, authority[end] != UInt8(ascii: "]") { end += 1 }
            end = min(end + 1, authority.count)
            return end == authority.count || authority[end] == UInt8(ascii: ":") ? end : 0
        }
        while end < authority.count, authority[end] != UInt8(ascii: ":") { end += 1 }
        return end > 1 && authority[end - 1] == UInt8(ascii: ".") ? end - 1 : end
    }

    private static func firstInvalidOffset(in name: [UInt8], isWildcard: Bool) -> Int? {
        if name.first == UInt8(ascii: "["), name.last == UInt8(ascii: "]"), !isWildcard, name.count > 2 {
            let inside = name.indices.dropFirst().dropLast()
            return inside.first { !"0123456789abcdef:.".utf8.contains(name[$0]) }
        }
        for (offset, byte) in name.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): continue
            case UInt8(ascii: "-"), UInt8(ascii: "_"): continue
            case UInt8(ascii: "."):
                let isLabelEnd = offset > 0 ? name[offset - 1] != byte : isWildcard
                if isLabelEnd, offset + 1 < name.count { continue }
                return offset
            default: return offset
            }
        }
        return nil
    }

    @inline(__always)
    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
