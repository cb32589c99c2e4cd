import ZzzTemplate

@testable import ZzzTemplateCompiler

/// Does what the steps of a template say, with the same text for every value: what Swift would do that is written from
/// them.
struct StepRunner {
    let value: String
    /// Whether conditions are true and lists have two items, or conditions are false and lists empty.
    let isFull: Bool

    func page(_ steps: [Step]) -> [UInt8] {
        var output = HTMLOutput()
        run(steps, &output)
        return output.withBytes { Array($0) }
    }

    private func run(_ steps: [Step], _ output: inout HTMLOutput) {
        for step in steps { run(step, &output) }
    }

    private func run(_ step: Step, _ output: inout HTMLOutput) {
        switch step {
        case .bytes(let bytes): bytes.withUnsafeBytes { output.append($0) }
        case .print(_, let escape, _): print(escape, &output)
        case .presence(let name, _, _): if isFull { output.append(" " + name) }
        case .condition(let cases, let otherwise): run(isFull ? cases.first?.body ?? otherwise : otherwise, &output)
        case .loop(let loop):
            if isFull {
                run(loop.body, &output)
                run(loop.body, &output)
            } else {
                run(loop.otherwise, &output)
            }
        case .call(let call): for slot in call.slots { run(slot.body, &output) }
        case .slot(_, _, _, let fallback, _): run(fallback, &output)
        case .formToken: output.formToken()
        case .constant(_, _, let body, _): run(body, &output)
        case .flush: break
        }
    }

    private func print(_ escape: ZzzTemplateCompiler.Escape, _ output: inout HTMLOutput) {
        switch escape {
        case .text: output.text(value)
        case .attribute: output.attribute(value)
        // The author's own markup: nothing is promised of it.
        case .raw: output.append("raw")
        case .url: output.url(value)
        case .urlPart: output.urlPart(value)
        case .address: output.address(value)
        // What is trusted is not what somebody else has written.
        case .resourceURL: output.resourceURL(TrustedURL(trusted: "/app.js"))
        case .script: output.script(value)
        case .scriptAttribute: output.scriptAttribute(value)
        case .scriptString: output.scriptString(value)
        case .style: output.style(value)
        case .styleString: output.styleString(value)
        case .styleURL: output.styleURL(value)
        case .listURL: output.listURL(value)
        case .attributes: output.attributes([.init("title", value)])
        case .presence: break
        }
    }
}

/// The structure of a page: its tags and attributes, and the languages in them, without what they contain.
struct PageOutline {
    private var entries = ["text   "]
    private var kind = AttributeKind.text
    private var value: [UInt8] = []

    static func of(_ page: [UInt8]) throws -> [String] {
        var tracker = HTMLTracker(TemplateSource(name: "page", path: "page", bytes: page))
        var outline = PageOutline()
        var index = 0
        while index < page.count {
            let start = index
            index = try tracker.step(index, page.count)
            try outline.note(&tracker, page[start..<index])
        }
        return outline.entries
    }

    private mutating func note(_ tracker: inout HTMLTracker, _ bytes: ArraySlice<UInt8>) throws {
        let place = tracker.place
        switch place.state {
        case .beforeValue:
            // Character references are decoded before an attribute's value means anything.
            kind = place.tag.kind
            if kind == .script || kind == .style { tracker.place.tag.kind = .text }
            value = []
        case .value: value += bytes
        default:
            if !value.isEmpty { try noteValue() }
        }
        let tag = (place.tag.isEnd ? "/" : "") + place.tag.name
        note("\(place.state) \(tag) \(place.tag.attribute) \(Self.language(place.content))")
    }

    private mutating func note(_ entry: String) {
        if entry != entries.last { entries.append(entry) }
    }

    private static func language(_ content: Place.Content) -> String {
        switch content {
        case .script(let script): "\(script.state)"
        case .style(let style): "\(style.state)"
        case .url(let url): if case .scheme(let scheme) = url.part { scheme } else { "" }
        case .urlList, .plain, .forbidden: ""
        }
    }

    /// What is in an attribute with a language of its own.
    private mutating func noteValue() throws {
        let text = String(decoding: value.dropFirst(), as: UTF8.self).replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&amp;", with: "&")
        value = []
        var script = ScriptTracker()
        var style = StyleTracker()
        if kind == .script || kind == .style { note("code") }
        for byte in text.utf8 where kind == .script || kind == .style {
            if kind == .script { try script.advance(byte, at: 0) } else { try style.advance(byte, at: 0) }
            note(kind == .script ? "\(script.state)" : "\(style.state)")
        }
    }
}
