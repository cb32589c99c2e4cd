/// A strict reader of Prometheus' text format 0.0.4: what a scraper might let pass is an error here.
///
/// It checks that each family has HELP and TYPE once and before its samples, that families do not mix, that no sample
/// comes twice, and that histograms are whole: buckets that rise to +Inf, a sum and a count that fits.
struct MetricPage {
    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Family {
        var type: String
        var help: String
        var samples: [Sample] = []
    }

    struct Mistake: Error, CustomStringConvertible {
        var line: String
        var reason: String
        var description: String { "\(reason): \(line)" }
    }

    private(set) var families: [String: Family] = [:]

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Mistake(line: text, reason: "no line end at the end") }
        var current = ""
        var help: (name: String, text: String)?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) {
            func check(_ condition: Bool, _ reason: String) throws {
                guard condition else { throw Mistake(line: line, reason: reason) }
            }
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            if line.hasPrefix("# HELP ") {
                try check(words.count == 4 && families[words[2]] == nil && help == nil, "HELP is out of place")
                help = (words[2], words[3])
            } else if line.hasPrefix("# TYPE ") {
                try check(words.count == 4 && help?.name == words[2], "TYPE without its HELP before it")
                try check(["counter", "gauge", "histogram"].contains(words[3]), "an unknown type")
                current = words[2]
                families[current] = Family(type: words[3], help: help?.text ?? "")
                help = nil
            } else {
                let sample = try Self.sample(line)
                try check(help == nil && families[current] != nil, "a sample without a family")
                let names = Self.names(current, families[current]?.type ?? "")
                try check(names.contains(sample.name), "not of this family")
                let known = families[current]?.samples ?? []
                let isNew = !known.contains { ($0.name, $0.labels) == (sample.name, sample.labels) }
                try check(isNew, "the sample comes twice")
                families[current]?.samples.append(sample)
            }
        }
        for (name, family) in families where family.type == "histogram" { try Self.checkHistograms(name, family) }
        for (name, family) in families where family.type == "counter" {
            for sample in family.samples where !(sample.value >= 0) {
                throw Mistake(line: name, reason: "a counter below zero")
            }
        }
    }

    /// The value of the only sample with these labels, and perhaps others.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let samples = families.values.flatMap(\.samples).filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return samples.count == 1 ? samples[0].value : nil
    }

    private static func names(_ family: String, _ type: String) -> [String] {
        type == "histogram" ? ["_bucket", "_sum", "_count"].map { family + $0 } : [family]
    }

    // MARK: One sample

    private static func sample(_ line: String) throws -> Sample {
        var rest = Array(line.unicodeScalars)[...]
        func fail(_ reason: String) -> Mistake { Mistake(line: line, reason: reason) }
        func name() throws -> String {
            let name = rest.prefix { $0 == "_" || $0 == ":" || $0.isASCII && $0.properties.isAlphabetic || isDigit($0) }
            guard let first = name.first, !isDigit(first) else { throw fail("no name") }
            rest = rest.dropFirst(name.count)
            return String(String.UnicodeScalarView(name))
        }
        func expect(_ scalar: Unicode.Scalar) throws {
            guard rest.popFirst() == scalar else { throw fail("\(scalar) is missing") }
        }
        let metric = try name()
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            repeat {
                let label = try name()
                try expect("=")
                try expect("\"")
                guard labels.updateValue(try value(of: &rest, fail), forKey: label) == nil else {
                    throw fail("\(label) comes twice")
                }
            } while rest.first == "," && rest.popFirst() != nil
            try expect("}")
        }
        try expect(" ")
        return Sample(name: metric, labels: labels, value: try number(String(String.UnicodeScalarView(rest)), fail))
    }

    private static func value(
        of rest: inout ArraySlice<Unicode.Scalar>, _ fail: (String) -> Mistake
    ) throws -> String {
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return String(value) }
            guard scalar == "\\" else {
                value.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "n": value.append("\n")
            case "\\": value.append("\\")
            case "\"": value.append("\"")
            default: throw fail("an unknown escape")
            }
        }
        throw fail("a value without an end")
    }

    private static func number(_ text: String, _ fail: (String) -> Mistake) throws -> Double {
        switch text {
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        case "NaN": return .nan
        default:
            guard !text.isEmpty, text.utf8.allSatisfy({ "0123456789.e+-".utf8.contains($0) }), let value = Double(text)
            else { throw fail("not a number") }
            return value
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    // MARK: Histograms

    private static func checkHistograms(_ name: String, _ family: Family) throws {
        var groups: [[String: String]: [Sample]] = [:]
        for sample in family.samples {
            var labels = sample.labels
            labels["le"] = nil
            groups[labels, default: []].append(sample)
        }
        for (labels, samples) in groups {
            func check(_ condition: Bool, _ reason: String) throws {
                guard condition else { throw Mistake(line: "\(name) \(labels)", reason: reason) }
            }
            let buckets = samples.filter { $0.name == name + "_bucket" }
            let bounds = buckets.compactMap { $0.labels["le"] }.compactMap { $0 == "+Inf" ? .infinity : Double($0) }
            try check(bounds.count == buckets.count && bounds.last == .infinity, "no bucket +Inf")
            try check(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds that do not rise")
            try check(zip(buckets, buckets.dropFirst()).allSatisfy { $0.value <= $1.value }, "counts that fall")
            try check(samples.filter { $0.name == name + "_sum" }.count == 1, "no sum")
            let count = samples.first { $0.name == name + "_count" }
            try check(count?.value == buckets.last?.value, "the count is not that of +Inf")
        }
    }
}
