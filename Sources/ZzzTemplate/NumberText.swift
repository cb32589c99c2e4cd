import Glibc

/// A number as its reader's language writes it. Helpers for templates return it.
public struct NumberText: TemplateValue, Sendable {
    enum Kind {
        case plain
        case percent
        /// With its ISO 4217 code.
        case currency(String)
        /// With a unit behind it: "MB".
        case unit(String)
    }

    /// Without sign, at most 20 digits behind the point; nil for what is no number.
    private let digits: Digits?
    private let kind: Kind

    private enum Digits {
        case whole(UInt64, isNegative: Bool)
        case decimal(Double, fraction: Int, isTrimmed: Bool)
    }

    init(_ value: some BinaryInteger, _ kind: Kind) {
        digits = UInt64(exactly: value.magnitude).map { .whole($0, isNegative: value < 0) }
        self.kind = kind
    }

    /// - Parameter fraction: the digits behind the point; nil: as many as needed, at most three.
    init(_ value: Double, fraction: Int?, _ kind: Kind) {
        let count = min(max(fraction ?? 3, 0), 20)
        digits = value.isFinite ? .decimal(value, fraction: count, isTrimmed: fraction == nil) : nil
        self.kind = kind
    }

    public func write(to output: inout HTMLOutput) {
        let format = output.environment.locale.numbers
        var isNegative = false
        var text = ""
        switch digits {
        case .whole(let number, let sign):
            isNegative = sign
            text = Self.grouped(String(number), format)
        case .decimal(let value, let fraction, let isTrimmed):
            (text, isNegative) = Self.decimal(value, fraction, isTrimmed, format)
        case nil: text = "–"
        }
        if isNegative { output.append("-") }
        write(text, format, to: &output)
    }

    private func write(_ text: String, _ format: NumberFormat, to output: inout HTMLOutput) {
        switch kind {
        case .plain: output.append(text)
        case .percent: output.append(format.percent.replacing("#", with: text))
        case .unit(let unit):
            output.append(text)
            output.append("\u{A0}" as StaticString)
            output.append(unit)
        case .currency(let code):
            let symbol = Self.symbol(code)
            // A code of letters keeps its distance from the number.
            let pattern =
                symbol.utf8.last?.isLetter == true
                ? format.currency.replacing("¤#", with: "¤\u{A0}#") : format.currency
            output.append(pattern.replacing("#", with: text).replacing("¤", with: symbol))
        }
    }

    private static func decimal(
        _ value: Double, _ fraction: Int, _ isTrimmed: Bool, _ format: NumberFormat
    ) -> (String, isNegative: Bool) {
        var plain = Self.fixed(value.magnitude, fraction)
        if isTrimmed, plain.contains(".") {
            while plain.last == "0" { plain.removeLast() }
            if plain.last == "." { plain.removeLast() }
        }
        let parts = plain.split(separator: ".")
        let whole = grouped(String(parts.first ?? "0"), format)
        let isZero = plain.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
        return (parts.count > 1 ? whole + format.decimal + parts[1] : whole, value < 0 && !isZero)
    }

    /// As C writes it, correctly rounded.
    private static func fixed(_ value: Double, _ fraction: Int) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 360) { buffer in
            let count = withVaList([Int32(fraction), value]) {
                vsnprintf(buffer.baseAddress, buffer.count, "%.*f", $0)
            }
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(Int(count)), as: UTF8.self)
        }
    }

    private static func grouped(_ digits: String, _ format: NumberFormat) -> String {
        let count = digits.utf8.count
        guard count > 3, UInt64(digits).map({ $0 >= format.leastGrouped }) ?? true else { return digits }
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (count - index) % 3 == 0 { text += format.group }
            text.append(digit)
        }
        return text
    }

    private static func symbol(_ code: String) -> String {
        switch code {
        case "EUR": "€"
        case "USD": "$"
        case "GBP": "£"
        case "JPY", "CNY": "¥"
        case "INR": "₹"
        case "KRW": "₩"
        default: code
        }
    }

    /// The digits behind the point of a currency (ISO 4217).
    static func fraction(of code: String) -> Int {
        ["JPY", "KRW", "CLP", "ISK", "VND", "XAF", "XOF"].contains(code) ? 0 : 2
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}

// MARK: Helpers for templates

/// A whole number with its digits grouped: `{{number 1234567}}`.
public func number(_ value: some BinaryInteger) -> NumberText { NumberText(value, .plain) }

/// A number with so many digits behind the point; without `fraction` as many as needed, at most three.
public func number(_ value: Double, fraction: Int? = nil) -> NumberText {
    NumberText(value, fraction: fraction, .plain)
}

/// A part of one as percent: `{{percent 0.25}}`.
public func percent(_ value: Double, fraction: Int = 0) -> NumberText {
    NumberText(value * 100, fraction: fraction, .percent)
}

/// An amount of money: `{{currency 9.5 code="EUR"}}`.
public func currency(_ amount: Double, code: String) -> NumberText {
    NumberText(amount, fraction: NumberText.fraction(of: code), .currency(code))
}

/// An amount in the currency's smallest unit: `{{currency minor=950 code="EUR"}}`.
public func currency(minor amount: Int, code: String) -> NumberText {
    let fraction = NumberText.fraction(of: code)
    return NumberText(fraction == 0 ? Double(amount) : Double(amount) / 100, fraction: fraction, .currency(code))
}

/// A size in bytes, with a unit of 1000: `{{bytes 1500000}}` is 1.5 MB.
public func bytes(_ count: some BinaryInteger) -> NumberText {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    var value = Double(count)
    var index = 0
    while value.magnitude >= 999.95, index < units.count - 1 {
        value /= 1000
        index += 1
    }
    return NumberText(value, fraction: index == 0 || value.magnitude >= 99.95 ? 0 : 1, .unit(units[index]))
}
