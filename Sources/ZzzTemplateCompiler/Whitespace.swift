/// Takes away the whitespace that tags do not leave in the page: around `{{~ ~}}`, and the lines on which a block's
/// tag, a comment, a partial or a declaration stands alone, as in Mustache.
struct Whitespace {
    private let bytes: [UInt8]
    private var pieces: [Piece]

    static func trim(_ pieces: [Piece], of source: TemplateSource) -> [Piece] {
        var whitespace = Whitespace(bytes: source.bytes, pieces: pieces)
        // First all lines, since a line is alone in the text as it was written.
        let alone = pieces.indices.filter { whitespace.standsAlone($0) }
        for index in alone { whitespace.removeLine(at: index) }
        for index in pieces.indices { whitespace.removeLines(ofPartAt: index) }
        for index in pieces.indices { whitespace.trimAround(index) }
        return whitespace.pieces
    }

    private func standsAlone(_ index: Int) -> Bool {
        guard case .tag(let tag) = pieces[index], canStandAlone(tag) else { return false }
        return lineStart(before: index) != nil && lineEnd(after: index) != nil
    }

    private func canStandAlone(_ tag: Tag) -> Bool {
        switch tag.kind {
        case .open, .close, .otherwise, .partial, .comment, .declaration: return true
        case .raw: return false
        case .print:
            let word = bytes[tag.content].prefix(while: TagScanner.isNameByte)
            return ["component", "yield", "flush"].contains { word.elementsEqual($0.utf8) }
        }
    }

    /// Where the blanks before a tag begin, when nothing else is before it on its line.
    private func lineStart(before index: Int) -> Int? {
        guard case .tag(let tag) = pieces[index] else { return nil }
        guard index > 0 else { return tag.range.lowerBound }
        guard case .text(let range) = pieces[index - 1] else { return nil }
        var start = range.upperBound
        while start > range.lowerBound, isBlank(bytes[start - 1]) { start -= 1 }
        // The line may begin before the text does, when the tag on the line before stood alone.
        return start == 0 || bytes[start - 1] == UInt8(ascii: "\n") ? start : nil
    }

    /// Where the line after a tag begins, when nothing but blanks is behind it on its line.
    private func lineEnd(after index: Int) -> Int? {
        guard case .tag(let tag) = pieces[index] else { return nil }
        guard index + 1 < pieces.count else { return tag.range.upperBound }
        guard case .text(let range) = pieces[index + 1] else { return nil }
        var end = range.lowerBound
        while end < range.upperBound, isBlank(bytes[end]) || bytes[end] == UInt8(ascii: "\r") { end += 1 }
        if end == range.upperBound { return index + 2 == pieces.count ? end : nil }
        return bytes[end] == UInt8(ascii: "\n") ? end + 1 : nil
    }

    private mutating func removeLine(at index: Int) {
        removeBlanks(before: index)
        removeBreak(after: index)
    }

    private mutating func removeBlanks(before index: Int) {
        if let start = lineStart(before: index), index > 0, case .text(let range) = pieces[index - 1] {
            pieces[index - 1] = .text(range.lowerBound..<start)
        }
    }

    private mutating func removeBreak(after index: Int) {
        if let end = lineEnd(after: index), index + 1 < pieces.count, case .text(let range) = pieces[index + 1] {
            pieces[index + 1] = .text(end..<range.upperBound)
        }
    }

    /// A section or slot that begins and ends with its lines leaves nothing where it stands, not even the line break.
    private mutating func removeLines(ofPartAt start: Int) {
        guard let word = partWord(start, .open), lineStart(before: start) != nil else { return }
        var depth = 0
        for index in start..<pieces.count {
            if partWord(index, .open) == word { depth += 1 }
            guard partWord(index, .close) == word else { continue }
            depth -= 1
            guard depth == 0 else { continue }
            if lineEnd(after: index) != nil {
                removeBlanks(before: start)
                removeBreak(after: index)
            }
            return
        }
    }

    private func partWord(_ index: Int, _ kind: Tag.Kind) -> String? {
        guard case .tag(let tag) = pieces[index], tag.kind == kind else { return nil }
        let word = bytes[tag.content].prefix(while: TagScanner.isNameByte)
        return ["section", "slot"].first { word.elementsEqual($0.utf8) }
    }

    private mutating func trimAround(_ index: Int) {
        guard case .tag(let tag) = pieces[index] else { return }
        if tag.trimsBefore, index > 0, case .text(let range) = pieces[index - 1] {
            var end = range.upperBound
            while end > range.lowerBound, TagScanner.isSpace(bytes[end - 1]) { end -= 1 }
            pieces[index - 1] = .text(range.lowerBound..<end)
        }
        if tag.trimsAfter, index + 1 < pieces.count, case .text(let range) = pieces[index + 1] {
            var start = range.lowerBound
            while start < range.upperBound, TagScanner.isSpace(bytes[start]) { start += 1 }
            pieces[index + 1] = .text(start..<range.upperBound)
        }
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
