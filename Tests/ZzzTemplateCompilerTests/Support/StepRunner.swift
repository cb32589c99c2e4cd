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
        case .constant, .flush: break
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
        case .resourceURL: output.resourceURL(TrustedURL(trusted: value))
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
enum PageOutline {
    static func of(_ page: [UInt8]) throws -> [String] {
        var tracker = HTMLTracker(TemplateSource(name: "page", path: "page", bytes: page))
        var outline: [String] = []
        var index = 0
        while index < page.count {
            index = try tracker.step(index, page.count)
            let place = tracker.place
            let tag = (place.tag.isEnd ? "/" : "") + place.tag.name
            let entry = "\(place.state) \(tag) \(place.tag.attribute) \(language(place))"
            if entry != outline.last { outline.append(entry) }
        }
        return outline
    }

    private static func language(_ place: Place) -> String {
        switch place.content {
        case .script(let script): "\(script.state)"
        case .style(let style): "\(style.state)"
        case .url(let url): if case .scheme(let scheme) = url.part { scheme } else { "" }
        case .urlList, .plain, .forbidden: ""
        }
    }
}
