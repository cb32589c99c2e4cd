/// One of several texts, by a number and the rules of the reader's language. `#` in it is the number.
public struct PluralText: TemplateValue, Sendable {
    let count: Int
    let zero: String?
    let one: String?
    let few: String?
    let many: String?
    let other: String

    public func write(to output: inout HTMLOutput) {
        let form = output.environment.locale.plurals.form(UInt64(count.magnitude))
        let chosen: String? =
            switch form {
            case _ where count == 0 && zero != nil: zero
            case .one: one
            case .few: few
            case .many: many
            case .other: other
            }
        var rest = (chosen ?? other)[...]
        while let sign = rest.firstIndex(of: "#") {
            rest[..<sign].write(to: &output)
            number(count).write(to: &output)
            rest = rest[rest.index(after: sign)...]
        }
        rest.write(to: &output)
    }
}

/// A text for a number of things: `{{plural count one="# message" other="# messages"}}`. English needs `one` and
/// `other`, Polish and Russian `one`, `few` and `many`; what is not given is `other`. `zero` is for 0 in every
/// language.
public func plural(
    _ count: Int, zero: String? = nil, one: String? = nil, few: String? = nil, many: String? = nil, other: String
) -> PluralText {
    PluralText(count: count, zero: zero, one: one, few: few, many: many, other: other)
}
