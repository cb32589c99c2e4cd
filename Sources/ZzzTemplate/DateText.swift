/// A point in time. Foundation's Date is one with `extension Date: @retroactive Moment {}`.
public protocol Moment {
    /// Seconds since 1970-01-01 00:00 UTC, without leap seconds.
    var timeIntervalSince1970: Double { get }
}

/// Seconds since 1970 as a moment: for what is stored as a number.
public struct UnixTime: Moment, Sendable {
    public let timeIntervalSince1970: Double

    public init(_ seconds: some BinaryInteger) { timeIntervalSince1970 = Double(seconds) }
    public init(_ seconds: Double) { timeIntervalSince1970 = seconds }
}

/// How a date is written: "short", "medium", "long", "full", "time", "iso", or a pattern in the letters of UTS 35
/// such as "yyyy-MM-dd HH:mm".
public struct DateStyle: ExpressibleByStringLiteral, Sendable {
    let name: String

    public init(_ name: String) { self.name = name }
    public init(stringLiteral name: String) { self.name = name }

    func pattern(_ formats: DateFormats) -> String {
        switch name {
        case "short": formats.short
        case "medium": formats.medium
        case "long": formats.long
        case "full": formats.full
        case "time": formats.time
        case "iso": "yyyy-MM-dd'T'HH:mm:ssXXX"
        default: name
        }
    }
}

/// A date as its reader's language writes it.
public struct DateText: TemplateValue, Sendable {
    private let seconds: Double
    private let style: DateStyle
    private let time: DateStyle?
    private let offsetMinutes: Int

    init(_ seconds: Double, _ style: DateStyle, _ time: DateStyle?, offsetMinutes: Int) {
        self.seconds = seconds
        self.style = style
        self.time = time
        self.offsetMinutes = min(max(offsetMinutes, -18 * 60), 18 * 60)
    }

    /// The years 1 to 9999.
    private static let range = -62_135_596_800.0..<253_402_300_800.0

    public func write(to output: inout HTMLOutput) {
        let local = seconds + Double(offsetMinutes) * 60
        guard Self.range.contains(local) else { return output.append("–" as StaticString) }
        let formats = output.environment.locale.dates
        let writer = DatePatternWriter(
            formats: formats, civil: CivilDate(unixSeconds: Int64(local.rounded(.down))), offsetMinutes: offsetMinutes
        )
        let date = style.pattern(formats)
        guard let time else { return writer.write(date, to: &output) }
        let both = formats.both.replacing("{1}", with: "\u{1}").replacing("{0}", with: "\u{2}")
        for character in both {
            switch character {
            case "\u{1}": writer.write(date, to: &output)
            case "\u{2}": writer.write(time.pattern(formats), to: &output)
            default: output.append(String(character))
            }
        }
    }
}

/// A date, and a time if `time` says how: `{{date post.created format="long" time="time"}}`. In UTC, or as many
/// minutes east of it as `offset` says.
public func date(
    _ moment: some Moment, format: DateStyle = "medium", time: DateStyle? = nil, offset: Int = 0
) -> DateText {
    DateText(moment.timeIntervalSince1970, format, time, offsetMinutes: offset)
}

/// The same for a date that may be missing: then nothing.
public func date(
    _ moment: (some Moment)?, format: DateStyle = "medium", time: DateStyle? = nil, offset: Int = 0
) -> DateText? {
    moment.map { date($0, format: format, time: time, offset: offset) }
}
