/// Values and blocks: what a template does beside its own text.
extension HTMLTracker {
    /// How a value is written here.
    mutating func value(at offset: Int, isRaw: Bool) throws(Problem) -> Escape {
        switch place.state {
        case .text: return isRaw ? .raw : .text
        case .tagStart, .tagName: throw Problem(offset, "the name of a tag can't be a value")
        case .tag:
            if isRaw { throw rawProblem(offset) }
            if place.tag.isEnd { throw Problem(offset, "a value in the end tag </\(place.tag.name)>") }
            place.needsSpace = true
            removeTrailingSpace()
            return .attributes
        case .attributeName, .afterAttributeName:
            throw Problem(offset, "the name of an attribute can't be a value, nor a part of one")
        case .markup: throw Problem(offset, "a value in a markup declaration can't be made safe")
        case .afterPresence: throw halfPresence(offset)
        case .comment:
            if isRaw { throw rawProblem(offset) }
            place.commentEnd = "?"
            return .attribute
        case .rawText:
            if isRaw { throw rawProblem(offset) }
            let escape = try contentEscape(offset)
            return escape == .styleURL && place.tag.isForeign ? .url : escape
        case .beforeValue, .value:
            if isRaw { throw rawProblem(offset) }
            return try attributeEscape(offset)
        }
    }

    private func rawProblem(_ offset: Int) -> Problem {
        let advice =
            switch place.content {
            case .script: "{{...}} writes the value as JSON"
            default: "write {{...}}"
            }
        return Problem(offset, "{{{...}}} stands between tags only, and here is \(place.description): \(advice)")
    }

    private mutating func attributeEscape(_ offset: Int) throws(Problem) -> Escape {
        if place.tag.kind == .boolean {
            guard place.tag.value.isEmpty else { throw halfPresence(offset) }
            return beginPresence()
        }
        switch place.state {
        case .beforeValue:
            beginAddedQuotes()
        case .value(.none): throw Problem(offset, "put quotes around the value of '\(place.tag.attribute)'")
        default: break
        }
        if place.tag.name == "meta", place.tag.attribute == "content", place.content == .plain {
            place.tag.openContent = offset
        }
        let escape = try contentEscape(offset)
        place.tag.hasValue = true
        switch escape {
        case .url where place.tag.kind == .resourceURL: return .resourceURL
        case .script: return .scriptAttribute
        case .styleURL: return .url
        default: return escape
        }
    }

    /// How a value is written in the language of this place.
    private mutating func contentEscape(_ offset: Int) throws(Problem) -> Escape {
        if place.hasReference {
            throw Problem(
                offset, "a character reference before a value in '\(place.tag.attribute)': write the character itself"
            )
        }
        switch place.content {
        case .plain: return .attribute
        case .forbidden(let what): throw Problem(offset, "a value in \(what) can't be made safe")
        case .url(var url):
            defer { place.content = .url(url) }
            return try url.value(at: offset)
        case .urlList(var url, let isDescriptor):
            if isDescriptor { return .urlPart }
            defer { place.content = .urlList(url, isDescriptor: false) }
            let escape = try url.value(at: offset)
            return escape == .url ? .listURL : escape
        case .script(var script):
            defer { place.content = .script(script) }
            return try script.value(at: offset)
        case .style(var style):
            defer { place.content = .style(style) }
            return try style.value(at: offset)
        }
    }

    // MARK: Blocks

    /// A place to come back to, at the beginning of a block.
    struct Edge {
        let place: Place
        let elementCount: Int
        let floor: Int
    }

    mutating func beginBlock(at offset: Int) throws(Problem) -> Edge {
        try settle(at: offset)
        let edge = Edge(place: place, elementCount: elements.count, floor: floor)
        floor = elements.count
        return edge
    }

    /// A value without quotes ends at the edge of a block: what follows is another attribute.
    private mutating func settle(at offset: Int) throws(Problem) {
        switch place.state {
        case .value(.added), .value(.none):
            endBareValue()
            place.needsSpace = true
        default: break
        }
        try place.settle(at: offset)
    }

    /// Goes back to where a block began, for another branch, or for another round when `joined` says where that begins.
    mutating func restart(_ edge: Edge, at joined: Place? = nil) {
        place = joined ?? edge.place
        floor = edge.elementCount
        elements.removeSubrange(edge.elementCount...)
    }

    /// Checks that a block leaves the page where it took it up. Returns the place, which may differ in what is known.
    mutating func endBlock(_ edge: Edge, at offset: Int, of word: String) throws(Problem) -> Place {
        try settle(at: offset)
        guard Place.join(edge.place, place) != nil else {
            throw Problem(
                offset,
                "a block ends where it began: {{#\(word)}} begins \(edge.place.description) and ends "
                    + place.description)
        }
        if place.state == .text { try closeAll(at: offset) }
        floor = edge.floor
        return place
    }

    /// The end of a template, a section or a fragment, each of which is whole.
    mutating func finish(at offset: Int, _ what: String) throws(Problem) {
        if place.state == .text { return try closeAll(at: offset) }
        throw Problem(place.state == .comment ? offset : place.tag.offset, "\(what) ends \(place.description)")
    }

    /// Other templates stand between tags.
    func requireText(_ what: String, at offset: Int, orIn elements: Set<String> = []) throws(Problem) {
        if place.state == .text || place.state == .rawText && elements.contains(place.tag.name) { return }
        throw Problem(offset, "\(what) stands between tags, and here is \(place.description)")
    }
}
