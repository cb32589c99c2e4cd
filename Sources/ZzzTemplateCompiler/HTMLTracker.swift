/// Follows a template through HTML, as its tokenizer does (HTML Living Standard, section 13.2.5), to know where each
/// value stands and whether every element is closed. What is to be written goes through it, since it puts quotes
/// around attribute values that have none.
struct HTMLTracker {
    struct Element: Equatable {
        let name: String
        let offset: Int
    }

    private let template: [UInt8]
    /// What is read: the template, or what the compiler writes itself.
    private(set) var bytes: [UInt8]
    /// Where the tag stands that makes the compiler write something.
    private var ownOffset: Int?
    var place = Place()
    var elements: [Element] = []
    /// What the template writes from the last value on.
    var pending: [UInt8] = []
    /// Where the attribute that is being read begins in `pending`, with the whitespace before it.
    var attributeStart = 0

    init(_ source: TemplateSource) {
        template = source.bytes
        bytes = source.bytes
    }

    /// What follows brings its own.
    mutating func removeTrailingSpace() {
        while let last = pending.last, TagScanner.isSpace(last) { pending.removeLast() }
    }

    mutating func takePending() -> [UInt8] {
        defer { pending = [] }
        return pending
    }

    // MARK: Text of the template

    mutating func advance(_ range: Range<Int>) throws(Problem) {
        var index = range.lowerBound
        while index < range.upperBound { index = try step(index, range.upperBound) }
    }

    /// Takes text that is not in the template: what a tag at `offset` stands for.
    mutating func write(_ text: String, at offset: Int) throws(Problem) {
        bytes = Array(text.utf8)
        ownOffset = offset
        defer {
            bytes = template
            ownOffset = nil
        }
        try advance(0..<bytes.count)
    }

    /// Takes the byte at `index`, or more; returns where to go on.
    mutating func step(_ index: Int, _ end: Int) throws(Problem) -> Int {
        let byte = bytes[index]
        switch place.state {
        case .text:
            if byte == UInt8(ascii: "<") { return beginTag(index, end) }
        case .tagStart, .tagName:
            if try takeTagName(byte, index) { return index }
        case .tag: try takeInTag(byte, index)
        case .attributeName, .afterAttributeName:
            if try takeAttributeName(byte, index) { return index }
        case .beforeValue:
            if try beginValue(byte, index) { return index }
        case .value(let quote):
            if try takeInValue(byte, quote, index) { return index }
        case .afterPresence(let quote): return try endPresence(byte, quote, index)
        case .markup:
            if byte == UInt8(ascii: ">") { place.state = .text }
        case .comment:
            try takeInComment(byte, index)
        case .rawText: return try takeRawText(byte, index, end)
        }
        pending.append(byte)
        return index + 1
    }

    func matches(_ text: StaticString, _ index: Int, _ end: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= end else { return false }
        return (0..<count).allSatisfy { bytes[index + $0] == text.utf8Start[$0] }
    }

    func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// A value may end with the dashes that make an end of what follows.
    private mutating func takeInComment(_ byte: UInt8, _ index: Int) throws(Problem) {
        guard byte == UInt8(ascii: ">") else {
            place.commentEnd = String((place.commentEnd + lowercased(byte)).suffix(3))
            return
        }
        if place.commentEnd.hasSuffix("--") || place.commentEnd.hasSuffix("--!") {
            place.state = .text
            place.commentEnd = ""
        } else if ["?", "?-", "?!", "?-!"].contains(where: place.commentEnd.hasSuffix) {
            throw Problem(
                index, "a '>' right behind a value or block in a comment may end it: put a space between them")
        }
    }

    private mutating func copy(_ range: Range<Int>) -> Int {
        pending += bytes[range]
        return range.upperBound
    }

    // MARK: Tags

    private mutating func beginTag(_ index: Int, _ end: Int) -> Int {
        if matches("<!--", index, end) {
            place.state = .comment
            place.commentEnd = "--"
            return copy(index..<index + 4)
        }
        let isEnd = matches("</", index, end)
        let next = index + (isEnd ? 2 : 1)
        if next < end, isLetter(bytes[next]) {
            place.tag = Place.Tag(isEnd: isEnd, offset: ownOffset ?? index)
            place.state = .tagName
            return copy(index..<next)
        }
        if next == end {
            place.tag = Place.Tag(isEnd: isEnd, offset: ownOffset ?? index)
            place.state = .tagStart
        } else if isEnd || matches("<!", index, end) || matches("<?", index, end) {
            place.state = .markup
        }
        return copy(index..<next)
    }

    /// Returns whether the byte is to be taken again, since the name has ended before it.
    private mutating func takeTagName(_ byte: UInt8, _ index: Int) throws(Problem) -> Bool {
        if place.state == .tagStart {
            // Two pieces of text that follow one another: the first one ended with `<`.
            guard isLetter(byte) else {
                place.state = place.tag.isEnd ? .markup : .text
                return true
            }
            place.state = .tagName
        }
        if TagScanner.isSpace(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">") {
            place.state = .tag
            place.needsSpace = false
            return true
        }
        place.tag.name += lowercased(byte)
        return false
    }

    func lowercased(_ byte: UInt8) -> String {
        String(decoding: [(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte], as: UTF8.self)
    }

    private mutating func takeInTag(_ byte: UInt8, _ index: Int) throws(Problem) {
        switch byte {
        case _ where TagScanner.isSpace(byte):
            if !(pending.last.map(TagScanner.isSpace) ?? false) || place.needsSpace { attributeStart = pending.count }
            place.needsSpace = false
        case UInt8(ascii: ">"): try endTag()
        case UInt8(ascii: "/"):
            place.needsSpace = false
            place.tag.isSelfClosing = true
        case UInt8(ascii: "="): throw Problem(index, "a '=' without the name of an attribute")
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "<"):
            throw Problem(index, "unexpected '\(Character(Unicode.Scalar(byte)))' in the tag <\(place.tag.name)>")
        default:
            guard !place.needsSpace else { throw Problem(index, "a space is missing between two attributes") }
            if !(pending.last.map(TagScanner.isSpace) ?? false) { attributeStart = pending.count }
            place.tag.attribute = lowercased(byte)
            place.tag.isSelfClosing = false
            place.tag.value = ""
            place.tag.hasValue = false
            place.state = .attributeName
        }
    }

    private mutating func takeAttributeName(_ byte: UInt8, _ index: Int) throws(Problem) -> Bool {
        switch byte {
        case UInt8(ascii: "="):
            place.tag.kind = .of(place.tag.attribute, in: place.tag.name)
            place.state = .beforeValue
            return false
        case UInt8(ascii: "/"), UInt8(ascii: ">"):
            place.state = .tag
            return true
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "<"):
            throw Problem(index, "unexpected '\(Character(Unicode.Scalar(byte)))' in the name of an attribute")
        case _ where TagScanner.isSpace(byte):
            place.state = .afterAttributeName
            return false
        case _ where place.state == .afterAttributeName:
            place.state = .tag
            return true
        default:
            place.tag.attribute += lowercased(byte)
            return false
        }
    }

    // MARK: Elements

    private mutating func endTag() throws(Problem) {
        let tag = place.tag
        place.content = .plain
        place.hasReference = false
        place.state = .text
        if tag.isEnd { return try close(tag) }
        if tag.isRefresh, let offset = tag.openContent {
            throw Problem(offset, "the URL of a refresh can't be checked here: write content=\"0; url={{...}}\"")
        }
        let isForeign =
            ElementKind.foreign.contains(tag.name) || elements.contains { ElementKind.foreign.contains($0.name) }
        if ElementKind.void.contains(tag.name) && !isForeign || isForeign && tag.isSelfClosing { return }
        guard !tag.isSelfClosing else {
            throw Problem(tag.offset, "<\(tag.name)/> closes nothing in HTML: write <\(tag.name)></\(tag.name)>")
        }
        if tag.name == "form", let outer = elements.last(where: { $0.name == "form" }) {
            throw Problem(tag.offset, "a form inside the form of \(line(outer.offset))")
        }
        elements.append(Element(name: tag.name, offset: tag.offset))
        place.tag.isForeign = isForeign
        if !isForeign || tag.name == "script" || tag.name == "style" { enterRawText(tag) }
    }

    private mutating func enterRawText(_ tag: Place.Tag) {
        switch tag.name {
        case "script":
            place.content =
                ElementKind.isScript(type: tag.scriptType ?? "")
                ? .script(ScriptTracker()) : .forbidden("a script of type \(tag.scriptType ?? "")")
        case "style": place.content = .style(StyleTracker())
        case _ where ElementKind.text.contains(tag.name): place.content = .plain
        case _ where ElementKind.raw.contains(tag.name): place.content = .forbidden("<\(tag.name)>")
        default: return
        }
        place.state = .rawText
    }

    /// The line of a byte, as messages name it.
    func line(_ offset: Int) -> String {
        "line \(template[..<offset].count { $0 == UInt8(ascii: "\n") } + 1)"
    }

    /// Where the elements begin that the block we are in has opened.
    var floor = 0

    private mutating func close(_ tag: Place.Tag) throws(Problem) {
        if ElementKind.void.contains(tag.name) {
            throw Problem(tag.offset, "</\(tag.name)>: <\(tag.name)> has no end tag")
        }
        var index = elements.count - 1
        while index >= floor, elements[index].name != tag.name,
            ElementKind.closesItself.contains(elements[index].name)
        {
            index -= 1
        }
        if index >= floor, elements[index].name == tag.name {
            elements.removeSubrange(index...)
        } else if index >= floor {
            throw Problem(
                tag.offset,
                "</\(tag.name)> where </\(elements[index].name)> is missing: <\(elements[index].name)> is open since "
                    + line(elements[index].offset))
        } else if elements[..<floor].contains(where: { $0.name == tag.name }) {
            throw Problem(tag.offset, "</\(tag.name)> closes an element that was opened outside of this block")
        } else {
            throw Problem(tag.offset, "</\(tag.name)> closes nothing: no <\(tag.name)> is open")
        }
    }

    /// Checks that everything is closed that was opened since `floor`, which an end tag may be left out of or not.
    mutating func closeAll(at offset: Int) throws(Problem) {
        if let open = elements[floor...].last(where: { !ElementKind.closesItself.contains($0.name) }) {
            throw Problem(open.offset, "<\(open.name)> is not closed: </\(open.name)> is missing")
        }
        elements.removeSubrange(floor...)
    }

    // MARK: Text in which no tag begins

    private mutating func takeRawText(_ byte: UInt8, _ index: Int, _ end: Int) throws(Problem) -> Int {
        if byte == UInt8(ascii: "<") {
            try refuseHalfTag(index, end)
            if matches("</", index, end), matchesName(index + 2, end) {
                place.tag = Place.Tag(isEnd: true, offset: index)
                place.state = .tagName
                place.content = .plain
                return copy(index..<index + 2)
            }
            if place.tag.name == "script", matches("<!--", index, end) {
                throw Problem(index, "'<!--' in a script changes where it ends: take it out")
            }
        }
        try advanceContent(byte, index)
        return copy(index..<index + 1)
    }

    /// A `<` at the end of a text may become the end of the element, or a comment, by what follows.
    private func refuseHalfTag(_ index: Int, _ end: Int) throws(Problem) {
        let rest = bytes[index..<end].map { lowercased($0) }.joined()
        if "</\(place.tag.name)".hasPrefix(rest) || place.tag.name == "script" && "<!--".hasPrefix(rest) {
            throw Problem(index, "'\(rest)' right before a tag in <\(place.tag.name)> may end it: separate them")
        }
    }

    /// Whether the name of the element we are in is here, and ends.
    private func matchesName(_ index: Int, _ end: Int) -> Bool {
        let name = Array(place.tag.name.utf8)
        guard index + name.count < end else { return false }
        let isSame = (0..<name.count).allSatisfy { lowercased(bytes[index + $0]).utf8.first == name[$0] }
        let after = bytes[index + name.count]
        return isSame && (TagScanner.isSpace(after) || after == UInt8(ascii: "/") || after == UInt8(ascii: ">"))
    }
}
