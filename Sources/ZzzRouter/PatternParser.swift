/// Reads the text of one pattern from left to right; `RoutePattern.init` is its only caller.
struct PatternParser {
    private(set) var names: [String] = []
    private(set) var segments: [RoutePattern.Segment] = []

    private let text: String
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    mutating func parse() throws(PatternError) {
        guard bytes.count <= RoutePattern.maximumByteCount else {
            throw error(.tooLong, at: RoutePattern.maximumByteCount)
        }
        guard bytes.first == UInt8(ascii: "/") else { throw error(.missingLeadingSlash, at: 0) }
        while position < bytes.count {
            let slash = position
            position += 1
            guard segments.last != .wildcard else { throw error(.wildcardNotLast, at: slash) }
            guard segments.count < RoutePattern.maximumSegmentCount else { throw error(.tooManySegments, at: slash) }
            segments.append(try parseSegment())
        }
    }

    private mutating func parseSegment() throws(PatternError) -> RoutePattern.Segment {
        let start = position
        if peek() == UInt8(ascii: "*") {
            position += 1
            try parseName()
            guard isAtSegmentEnd else { throw error(.wildcardNotWholeSegment, at: position) }
            return .wildcard
        }
        let prefix = try parseLiteral()
        guard !isAtSegmentEnd else {
            guard !prefix.isEmpty || position == bytes.count else { throw error(.emptySegment, at: start) }
            guard prefix != [UInt8(ascii: ".")], prefix != [UInt8(ascii: "."), UInt8(ascii: ".")] else {
                throw error(.dotSegment, at: start)
            }
            return .literal(prefix)
        }
        position += 1
        try parseName()
        let suffix = try parseLiteral()
        guard isAtSegmentEnd else { throw error(.secondParameterInSegment, at: position) }
        return .parameter(prefix: prefix, suffix: suffix)
    }

    /// Literal text up to the end of the segment or to an unescaped colon.
    private mutating func parseLiteral() throws(PatternError) -> [UInt8] {
        var literal: [UInt8] = []
        while let byte = peek(), byte != UInt8(ascii: "/"), byte != UInt8(ascii: ":") {
            switch byte {
            case UInt8(ascii: "\\"):
                guard let escaped = peek(1), ":*?#%\\".utf8.contains(escaped) else {
                    throw error(.invalidEscape, at: position)
                }
                literal.append(escaped)
                position += 2
                continue
            case UInt8(ascii: "*"): throw error(.wildcardNotWholeSegment, at: position)
            case UInt8(ascii: "?"), UInt8(ascii: "#"): throw error(.queryOrFragment, at: position)
            case UInt8(ascii: "%") where isHexadecimal(peek(1)) && isHexadecimal(peek(2)):
                throw error(.percentEncoded, at: position)
            case 0: throw error(.nulByte, at: position)
            default: literal.append(byte)
            }
            position += 1
        }
        return literal
    }

    private mutating func parseName() throws(PatternError) {
        let start = position
        while let byte = peek(), isNameByte(byte, first: position == start) { position += 1 }
        guard position > start else { throw error(.invalidParameterName, at: start) }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        guard !names.contains(name) else { throw error(.duplicateParameterName(name), at: start) }
        guard names.count < RoutePattern.maximumParameterCount else { throw error(.tooManyParameters, at: start) }
        names.append(name)
    }

    private var isAtSegmentEnd: Bool {
        position == bytes.count || bytes[position] == UInt8(ascii: "/")
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private func isNameByte(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): !first
        default: false
        }
    }

    private func isHexadecimal(_ byte: UInt8?) -> Bool {
        byte.map { PathDecoder.hexadecimalValue($0) != nil } ?? false
    }

    private func error(_ reason: PatternError.Reason, at offset: Int) -> PatternError {
        PatternError(reason: reason, pattern: text, offset: offset)
    }
}
