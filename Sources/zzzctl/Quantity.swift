/// Quantities for people: three digits, and a unit that keeps them readable.
enum Quantity {
    /// A time in seconds: `0`, `85 µs`, `2.5 ms`, `1.25 s`.
    static func time(_ seconds: Double) -> String {
        switch seconds {
        case ...0: "0"
        case ..<0.001: threeDigits(seconds * 1e6) + " µs"
        case ..<1: threeDigits(seconds * 1e3) + " ms"
        default: threeDigits(seconds) + " s"
        }
    }

    /// A time out of a histogram: within the first bucket only its bound is known. Empty without one.
    static func latency(_ seconds: Double?, bounds: [Double]) -> String {
        guard let seconds else { return "" }
        guard let first = bounds.first, seconds <= first else { return time(seconds) }
        return "<" + time(first)
    }

    /// A number of bytes: `512 B`, `1.5 KiB`, `12.3 MiB`.
    static func bytes(_ count: Double) -> String {
        var (value, unit) = (count, "B")
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 { (value, unit) = (value / 1024, next) }
        return (unit == "B" ? "\(Int(value))" : threeDigits(value)) + " " + unit
    }

    /// A rate per second: `0`, `0.5`, `12.3`, `45678`.
    static func rate(_ perSecond: Double) -> String {
        perSecond <= 0 ? "0" : threeDigits(perSecond)
    }

    static func percent(_ part: Double) -> String { "\(Int((part * 100).rounded()))%" }

    /// The number with as many decimals as three digits have room for, none of them a zero at the end.
    private static func threeDigits(_ value: Double) -> String {
        let decimals = value < 10 ? 2 : value < 100 ? 1 : 0
        let scale = [1, 10, 100][decimals]
        let scaled = Int((value * Double(scale)).rounded())
        var fraction = scale == 1 ? "" : String(String(scaled % scale + scale).dropFirst())
        while fraction.last == "0" { fraction.removeLast() }
        return "\(scaled / scale)" + (fraction.isEmpty ? "" : "." + fraction)
    }
}
