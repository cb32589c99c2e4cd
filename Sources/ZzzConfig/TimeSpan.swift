/// A length of time, written in the configuration as `"500ms"`, `"10s"`, `"2m"`, `"1h"`, `"1d"` or `"1h30m"`.
///
/// A number without a unit is refused: nobody remembers whether a setting was in seconds or in milliseconds.
public struct TimeSpan: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The length, in milliseconds.
    public var milliseconds: Int

    /// Makes a span of `milliseconds` milliseconds.
    public init(milliseconds: Int) {
        self.milliseconds = milliseconds
    }

    /// A span of `count` seconds.
    public static func seconds(_ count: Int) -> TimeSpan { TimeSpan(milliseconds: count * 1000) }

    /// The same length as the standard library's type.
    public var duration: Duration { .milliseconds(milliseconds) }

    /// Units by name, largest first, with the milliseconds each stands for.
    static let units: [(name: String, milliseconds: Int)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Reads one or more numbers with a unit each, larger units first; nil when the text is anything else.
    public init?(_ text: String) {
        var rest = text[...]
        var total = 0
        var nextUnit = 0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty, let count = Int(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            guard let index = Self.units.firstIndex(where: { $0.name == name }), index >= nextUnit else { return nil }
            rest = rest.dropFirst(name.count)
            nextUnit = index + 1
            let (part, tooLong) = count.multipliedReportingOverflow(by: Self.units[index].milliseconds)
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !tooLong, !overflow else { return nil }
            total = sum
        } while !rest.isEmpty
        milliseconds = total
    }

    /// The length in the largest unit that divides it, as the configuration would write it: `75s`.
    public var description: String {
        guard milliseconds != 0, let unit = Self.units.first(where: { milliseconds % $0.milliseconds == 0 }) else {
            return "\(milliseconds)s"
        }
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }

    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.milliseconds < right.milliseconds }
}

extension TimeSpan: Codable {
    /// In JSON a time span is an integer of milliseconds.
    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}
