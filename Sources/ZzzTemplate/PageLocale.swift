/// How a language and region write numbers and dates, and which plural forms they have.
public struct PageLocale: Sendable {
    /// Its BCP 47 tag: "en", "pt-BR".
    public let tag: String
    let numbers: NumberFormat
    let dates: DateFormats
    let plurals: PluralRule

    /// The built-in locale for a tag: that of the same tag, or else of the same language; nil when there is none.
    public static func named(_ tag: String) -> PageLocale? {
        let wanted = tag.lowercased().replacing("_", with: "-")
        if let exact = all.first(where: { $0.tag.lowercased() == wanted }) { return exact }
        let language = wanted.prefix { $0 != "-" }
        return all.first { $0.tag.lowercased().prefix { $0 != "-" } == language }
    }
}

struct NumberFormat: Sendable {
    let decimal: String
    let group: String
    /// The smallest number whose digits are grouped.
    var leastGrouped: UInt64 = 1000
    /// With `#` for the number.
    let percent: String
    /// With `#` for the number and `¤` for the currency.
    let currency: String
}

/// Patterns in the letters of the Unicode standard (UTS 35, Date Format Patterns), and names separated by `|`.
struct DateFormats: Sendable {
    let short: String
    let medium: String
    let long: String
    let full: String
    let time: String
    /// A date `{1}` with a time `{0}`.
    let both: String
    let months: String
    let shortMonths: String
    /// From Sunday.
    let days: String
    let shortDays: String
}

/// Which plural form a whole number takes (Unicode CLDR, Language Plural Rules).
enum PluralRule: Sendable {
    case other
    case one
    case oneOrMillions
    case zeroAndOneOrMillions
    case polish
    case russian

    enum Form {
        case one, few, many, other
    }

    func form(_ number: UInt64) -> Form {
        let isMillions = number != 0 && number % 1_000_000 == 0
        let isFew = (2...4).contains(number % 10) && !(12...14).contains(number % 100)
        switch self {
        case .other: return .other
        case .one: return number == 1 ? .one : .other
        case .oneOrMillions: return number == 1 ? .one : isMillions ? .many : .other
        case .zeroAndOneOrMillions: return number <= 1 ? .one : isMillions ? .many : .other
        case .polish: return number == 1 ? .one : isFew ? .few : .many
        case .russian: return number % 10 == 1 && number % 100 != 11 ? .one : isFew ? .few : .many
        }
    }
}
