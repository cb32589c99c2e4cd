/// A page in Prometheus' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/), written family by family.
///
///     var page = MetricText()
///     page.begin("http_requests_total", .counter, help: "Requests answered.")
///     page.add(12, [("code", "200")])
public struct MetricText: Sendable {
    /// The media type of the page.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// What kind of family it is.
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// A label's name and its value.
    public typealias Label = (name: String, value: String)

    /// The page so far.
    public private(set) var bytes: [UInt8] = []
    private var family = ""
    private var kind = Kind.gauge
    /// The families that have been begun: one may not come twice.
    private var names: Set<String> = []

    public init() {}

    /// Begins a family: samples added from here on are its own.
    ///
    /// - Parameters:
    ///   - name: `[a-zA-Z_:][a-zA-Z0-9_:]*`, once in a page.
    ///   - help: one sentence for people.
    public mutating func begin(_ name: String, _ kind: Kind, help: String) {
        precondition(Self.isName(name, colons: true), "\(name) is no name of a metric")
        precondition(names.insert(name).inserted, "\(name) comes twice")
        family = name
        self.kind = kind
        append("# HELP \(name) ")
        appendEscaped(help, quotes: false)
        append("\n# TYPE \(name) \(kind.rawValue)\n")
    }

    /// A sample of a counter or a gauge.
    public mutating func add(_ value: some BinaryInteger, _ labels: [Label] = []) {
        precondition(kind != .histogram, "\(family) is a histogram")
        append(family)
        append(labels)
        append(" \(value)\n")
    }

    /// The same with a number that need not be whole.
    public mutating func add(_ value: Double, _ labels: [Label] = []) {
        precondition(kind != .histogram, "\(family) is a histogram")
        append(family)
        append(labels)
        append(" \(Self.text(value))\n")
    }

    /// The samples of one histogram.
    ///
    /// - Parameters:
    ///   - bounds: the upper bounds of all buckets but the last, rising, in the unit of the metric.
    ///   - counts: observations in each bucket alone, one more than there are bounds.
    ///   - sum: of all observations.
    public mutating func add(bounds: [Double], counts: [UInt64], sum: Double, _ labels: [Label] = []) {
        precondition(kind == .histogram, "\(family) is no histogram")
        precondition(counts.count == bounds.count + 1, "\(counts.count) counts for \(bounds.count) bounds")
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total &+= count
            append("\(family)_bucket")
            append(labels + [("le", index < bounds.count ? Self.text(bounds[index]) : "+Inf")])
            append(" \(total)\n")
        }
        append("\(family)_sum")
        append(labels)
        append(" \(Self.text(sum))\n\(family)_count")
        append(labels)
        append(" \(total)\n")
    }

    // MARK: Parts

    private mutating func append(_ labels: [Label]) {
        guard !labels.isEmpty else { return }
        for (index, label) in labels.enumerated() {
            precondition(Self.isName(label.name, colons: false), "\(label.name) is no name of a label")
            append(index == 0 ? "{" : ",")
            append("\(label.name)=\"")
            appendEscaped(label.value, quotes: true)
            append("\"")
        }
        append("}")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Backslashes and line feeds, and in label values quotes.
    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: [byte, byte])
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }

    /// As Go's ParseFloat reads it.
    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        guard value == value.rounded(), abs(value) < 1e15 else { return "\(value)" }
        return "\(Int64(value))"
    }

    private static func isName(_ name: String, colons: Bool) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): colons
            default: isDigit(byte)
            }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
