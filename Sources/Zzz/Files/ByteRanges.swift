/// The ranges of a representation that a request asks for (RFC 9110 section 14.1.2).
struct ByteRanges: Equatable {
    /// Those that are there, within the representation and not empty, in the order asked for.
    var ranges: [Range<Int64>] = []

    enum Failure: Error {
        /// Another unit, or malformed: the field is ignored (RFC 9110 section 14.2).
        case ignored
        /// None of the ranges is in the representation: 416.
        case unsatisfiable
    }

    /// How many ranges are looked at: a request with more is answered with everything. They cost little, but no client
    /// needs so many (RFC 9110 section 17.15).
    static let maximumCount = 32

    /// - Parameters:
    ///   - field: the value of Range.
    ///   - size: of the representation, in bytes.
    init(_ field: String, size: Int64) throws(Failure) {
        let text = field.utf8
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")), field[..<equals].lowercased() == "bytes" else {
            throw .ignored
        }
        var count = 0
        for piece in text[text.index(after: equals)...].split(separator: UInt8(ascii: ",")) {
            let spec = Substring(piece).trimmingBlanks()
            if spec.isEmpty { continue }
            count += 1
            guard count <= Self.maximumCount else { throw .ignored }
            if let range = try Self.range(spec.utf8, size: size) { ranges.append(range) }
        }
        guard count > 0 else { throw .ignored }
        guard !ranges.isEmpty else { throw .unsatisfiable }
        // Overlaps make the answer longer than the representation, which only an attacker wants.
        if ranges.count > 1 { try refuseOverlaps() }
    }

    private func refuseOverlaps() throws(Failure) {
        let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
        for (left, right) in zip(sorted, sorted.dropFirst()) where right.lowerBound < left.upperBound {
            throw .ignored
        }
    }

    /// nil: it is not in the representation.
    private static func range(_ spec: Substring.UTF8View, size: Int64) throws(Failure) -> Range<Int64>? {
        guard let dash = spec.firstIndex(of: UInt8(ascii: "-")) else { throw .ignored }
        let first = spec[..<dash]
        let last = spec[spec.index(after: dash)...]
        if first.isEmpty {
            // A suffix: the last so many bytes.
            let length = try number(last)
            return length == 0 || size == 0 ? nil : max(0, size - length)..<size
        }
        let start = try number(first)
        let end = last.isEmpty ? Int64.max : try number(last)
        guard start <= end else { throw .ignored }
        return start < size ? start..<min(end, size - 1) + 1 : nil
    }

    /// Digits, as many as there are: what is beyond any file is the end of it.
    private static func number(_ digits: Substring.UTF8View) throws(Failure) -> Int64 {
        guard !digits.isEmpty else { throw .ignored }
        var value: Int64 = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { throw .ignored }
            let (product, isTooMuch) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooBig) = product.addingReportingOverflow(Int64(digit - 0x30))
            value = isTooMuch || isTooBig ? .max : sum
        }
        return value
    }
}
