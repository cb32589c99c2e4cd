/// The values of attributes, and the languages in them.
extension HTMLTracker {
    mutating func beginValue(_ byte: UInt8, _ index: Int) throws(Problem) -> Bool {
        if TagScanner.isSpace(byte) { return false }
        if byte == UInt8(ascii: ">") {
            throw Problem(index, "the value of '\(place.tag.attribute)' is missing")
        }
        enterValue()
        switch byte {
        case UInt8(ascii: "\""): place.state = .value(.double)
        case UInt8(ascii: "'"): place.state = .value(.single)
        default:
            place.state = .value(.none)
            return true
        }
        return false
    }

    private mutating func enterValue() {
        place.hasReference = false
        switch place.tag.kind {
        case .text, .boolean: place.content = .plain
        case .url, .resourceURL: place.content = .url(URLTracker())
        case .urlList: place.content = .urlList(URLTracker(), isDescriptor: false)
        case .script: place.content = .script(ScriptTracker())
        case .style: place.content = .style(StyleTracker())
        case .forbidden(let what): place.content = .forbidden(what)
        }
    }

    mutating func takeInValue(_ byte: UInt8, _ quote: Place.Quote, _ index: Int) throws(Problem) -> Bool {
        if let end = quote.byte {
            if byte == end {
                endValue()
                return false
            }
        } else if TagScanner.isSpace(byte) || byte == UInt8(ascii: ">") {
            endBareValue()
            return true
        } else if "\"'<=`".utf8.contains(byte) {
            throw Problem(index, "put quotes around the value of '\(place.tag.attribute)'")
        }
        place.tag.value += lowercased(byte)
        try advanceContent(byte, index)
        return false
    }

    /// The end of a value without quotes in the template.
    mutating func endBareValue() {
        if place.state == .value(.added) { pending.append(UInt8(ascii: "\"")) }
        endValue()
    }

    private mutating func endValue() {
        switch (place.tag.name, place.tag.attribute) {
        case ("script", "type"): place.tag.scriptType = place.tag.scriptType ?? place.tag.value
        case ("meta", "http-equiv"): place.tag.isRefresh = place.tag.value.filter { $0 != " " } == "refresh"
        default: break
        }
        place.state = .tag
        place.content = .plain
        place.hasReference = false
        place.tag.hasValue = false
        place.needsSpace = false
    }

    mutating func advanceContent(_ byte: UInt8, _ index: Int) throws(Problem) {
        switch place.content {
        case .plain:
            if place.tag.name == "meta", place.tag.attribute == "content", place.state != .rawText,
                place.tag.value.filter({ $0 != " " }).hasSuffix("url=")
            {
                place.content = .url(URLTracker())
            }
        case .forbidden: break
        case .url(var url):
            if url.isOpen { noteReference(index) }
            try url.advance(byte, at: index)
            place.content = .url(url)
        case .urlList(let url, let isDescriptor): try advanceList(url, isDescriptor, byte, index)
        case .script(var script):
            noteReference(index)
            try script.advance(byte, at: index)
            place.content = .script(script)
        case .style(var style):
            noteReference(index)
            try style.advance(byte, at: index)
            place.content = .style(style)
        }
    }

    private mutating func advanceList(
        _ url: URLTracker, _ isDescriptor: Bool, _ byte: UInt8, _ index: Int
    ) throws(Problem) {
        var url = url
        if byte == UInt8(ascii: ",") {
            place.content = .urlList(URLTracker(), isDescriptor: false)
        } else if TagScanner.isSpace(byte), url.part != .start {
            place.content = .urlList(url, isDescriptor: true)
        } else if !isDescriptor {
            try url.advance(byte, at: index)
            place.content = .urlList(url, isDescriptor: false)
        }
    }

    /// In an attribute, `&quot;` and the like stand for what the tracker of its language should see.
    private mutating func noteReference(_ index: Int) {
        guard place.state != .rawText || place.tag.isForeign, bytes[index] == UInt8(ascii: "&"),
            index + 1 < bytes.count
        else { return }
        if isLetter(bytes[index + 1]) || bytes[index + 1] == UInt8(ascii: "#") { place.hasReference = true }
    }

    /// Takes the attribute back out of what is written: it is there or not. Its name is in `place.tag.attribute`.
    mutating func beginPresence() -> Escape {
        pending.removeSubrange(attributeStart...)
        if case .value(let quote) = place.state {
            place.state = .afterPresence(quote)
        } else {
            place.state = .afterPresence(.none)
        }
        return .presence
    }

    /// Puts a quote before a value that has none. The other one follows at its end.
    mutating func beginAddedQuotes() {
        enterValue()
        place.state = .value(.added)
        pending.append(UInt8(ascii: "\""))
    }

    mutating func endPresence(_ byte: UInt8, _ quote: Place.Quote, _ index: Int) throws(Problem) -> Int {
        if let end = quote.byte {
            guard byte == end else { throw halfPresence(index) }
            place.state = .tag
            place.needsSpace = true
            return index + 1
        }
        guard TagScanner.isSpace(byte) || byte == UInt8(ascii: ">") else { throw halfPresence(index) }
        place.state = .tag
        place.needsSpace = true
        return index
    }

    func halfPresence(_ index: Int) -> Problem {
        Problem(index, "'\(place.tag.attribute)' is there or not: its value is a single {{...}}")
    }
}
