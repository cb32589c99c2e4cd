/// Writes a date by a pattern (UTS 35, Date Format Patterns): y, M, L, d, E, c, a, H, h, m, s, X; text in apostrophes
/// is itself, and so is everything that is no letter.
struct DatePatternWriter {
    let formats: DateFormats
    let civil: CivilDate
    let offsetMinutes: Int

    func write(_ pattern: String, to output: inout HTMLOutput) {
        var rest = pattern.unicodeScalars[...]
        while let letter = rest.first {
            if rest.starts(with: ["'", "'"]) {
                output.append("'" as StaticString)
                rest = rest.dropFirst(2)
            } else if letter == "'" {
                rest = writeQuoted(rest.dropFirst(), to: &output)
            } else if letter.isLetter {
                let count = rest.prefix { $0 == letter }.count
                rest = rest.dropFirst(count)
                write(letter, count, to: &output)
            } else {
                output.append(String(letter))
                rest = rest.dropFirst()
            }
        }
    }

    /// Up to the closing apostrophe; two of them are one that does not close.
    private func writeQuoted(
        _ text: Substring.UnicodeScalarView, to output: inout HTMLOutput
    ) -> Substring.UnicodeScalarView {
        let inside = text.prefix { $0 != "'" }
        output.append(String(inside))
        let rest = text.dropFirst(inside.count + 1)
        guard rest.first == "'" else { return rest }
        output.append("'" as StaticString)
        return writeQuoted(rest.dropFirst(), to: &output)
    }

    private func write(_ letter: Unicode.Scalar, _ count: Int, to output: inout HTMLOutput) {
        switch letter {
        case "y": write(count == 2 ? civil.year % 100 : civil.year, count, to: &output)
        case "M" where count >= 3, "L" where count >= 3:
            write(name: civil.month - 1, of: count == 3 ? formats.shortMonths : formats.months, to: &output)
        case "M", "L": write(civil.month, count, to: &output)
        case "d": write(civil.day, count, to: &output)
        case "E", "c": write(name: civil.weekday, of: count <= 3 ? formats.shortDays : formats.days, to: &output)
        case "a": output.append(civil.hour < 12 ? "AM" : "PM" as StaticString)
        case "H": write(civil.hour, count, to: &output)
        case "h": write((civil.hour + 11) % 12 + 1, count, to: &output)
        case "m": write(civil.minute, count, to: &output)
        case "s": write(civil.second, count, to: &output)
        case "X": writeOffset(to: &output)
        default: output.append(String(repeating: String(letter), count: count))
        }
    }

    private func write(_ number: Int, _ digits: Int, to output: inout HTMLOutput) {
        var bound = 10
        for _ in 1..<max(digits, 1) {
            if number < bound { output.append(UInt8(ascii: "0")) }
            bound = min(bound * 10, 1_000_000)
        }
        output.append(integer: number)
    }

    private func write(name index: Int, of names: String, to output: inout HTMLOutput) {
        names.split(separator: "|")[index].write(to: &output)
    }

    /// "Z", or "+02:00".
    private func writeOffset(to output: inout HTMLOutput) {
        guard offsetMinutes != 0 else { return output.append("Z" as StaticString) }
        output.append(offsetMinutes < 0 ? "-" : "+" as StaticString)
        write(abs(offsetMinutes) / 60, 2, to: &output)
        output.append(":" as StaticString)
        write(abs(offsetMinutes) % 60, 2, to: &output)
    }
}

extension Unicode.Scalar {
    fileprivate var isLetter: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self)
    }
}
