@testable import ZzzHTTP

/// What a parse ended in, with everything that it wrote, so that two ways of feeding can be compared.
struct HeadOutcome: Equatable, CustomStringConvertible {
    var result: ParseResult
    /// Only what `complete` promises; nothing after a failure or an incomplete head.
    var head: RequestHead?
    var fields: [HeaderField] = []

    var description: String { "\(result), \(fields.count) fields" }
}

extension String {
    /// One byte per character, U+0000 to U+00FF.
    var latin1: [UInt8] { unicodeScalars.map { UInt8($0.value) } }
}

extension ParserLimits {
    static let standard = ParserLimits()
}

/// Feeds a head in pieces, each time from a new allocation of exactly the bytes received so far: the parser must
/// neither keep a pointer nor read past the end.
func parse(_ bytes: [UInt8], cutAt cuts: [Int] = [], limits: ParserLimits = .standard) -> HeadOutcome {
    var parser = RequestParser()
    var head = RequestHead()
    let fields = UnsafeMutablePointer<HeaderField>.allocate(capacity: max(1, limits.fieldCount))
    defer { fields.deallocate() }
    var result = ParseResult.incomplete
    for end in cuts + [bytes.count] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: end, alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes[..<end])
        result = parser.parse(UnsafeRawBufferPointer(buffer), limits: limits, head: &head, fields: fields)
        guard result == .incomplete else { break }
    }
    guard result == .complete else { return HeadOutcome(result: result) }
    let written = Array(UnsafeBufferPointer(start: fields, count: Int(head.fieldCount)))
    return HeadOutcome(result: result, head: head, fields: written)
}

/// The error that `text` ends in, or nil.
func failure(_ text: String, limits: ParserLimits = .standard) -> HTTPError? {
    if case .failure(let error) = parse(text.latin1, limits: limits).result { return error }
    return nil
}

/// Every way to feed `bytes` gives what feeding it at once gives: cut in two at every byte, and byte by byte.
func firstCutThatDiffers(_ bytes: [UInt8], limits: ParserLimits = .standard) -> [Int]? {
    let whole = parse(bytes, limits: limits)
    guard bytes.count > 1 else { return nil }
    for cut in 1..<bytes.count where parse(bytes, cutAt: [cut], limits: limits) != whole { return [cut] }
    let single = Array(1..<bytes.count)
    return parse(bytes, cutAt: single, limits: limits) == whole ? nil : single
}

func text(_ bytes: [UInt8], _ offset: UInt32, _ length: some BinaryInteger) -> String {
    String(decoding: bytes[Int(offset)..<Int(offset) + Int(length)], as: UTF8.self)
}
