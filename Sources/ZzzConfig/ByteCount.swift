/// A number of bytes, written in the configuration as `"8 MiB"` or as a plain integer of bytes.
///
/// The units are powers of 1024 (`B`, `KiB`, `MiB`, `GiB`, `TiB`). `MB` is refused, since people read it both ways.
public struct ByteCount: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The amount, in bytes.
    public var bytes: Int

    /// Makes an amount of `bytes` bytes.
    public init(bytes: Int) {
        self.bytes = bytes
    }

    /// `count` times 1024 bytes.
    public static func kibibytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 10) }

    /// `count` times 1024 KiB.
    public static func mebibytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 20) }

    /// Units by name, largest first, with the bytes each stands for.
    static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    /// Reads `"8 MiB"`, `"8MiB"` or `"4096"`; nil when the text is anything else or does not fit in an `Int`.
    public init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let count = Int(digits) else { return nil }
        var unit = text.dropFirst(digits.count)
        if unit.first == " " { unit = unit.dropFirst() }
        guard let factor = unit.isEmpty ? 1 : Self.units.first(where: { $0.name == unit })?.bytes else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    /// The amount in the largest unit that divides it, as the configuration would write it: `8 MiB`.
    public var description: String {
        guard bytes != 0, let unit = Self.units.first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes) B" }
        return "\(bytes / unit.bytes) \(unit.name)"
    }

    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}

extension ByteCount: Codable {
    /// In JSON a byte count is an integer of bytes.
    public init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}
