/// What an attribute's value is, by its name and its element (HTML Living Standard, index of attributes).
enum AttributeKind: Equatable {
    case text
    case url
    /// A URL from which code is loaded.
    case resourceURL
    /// A list of URLs with descriptors.
    case urlList
    case script
    case style
    /// There or not, whatever its value.
    case boolean
    /// Values in it can't be made safe: it is what the text says.
    case forbidden(String)

    static func of(_ name: String, in element: String) -> AttributeKind {
        switch (element, name) {
        case ("script", "src"), ("embed", "src"), ("object", "data"), ("base", "href"): return .resourceURL
        case ("script", "type"): return .forbidden("the type of a script")
        case ("meta", "http-equiv"): return .forbidden("http-equiv")
        case ("animate", _) where animated.contains(name), ("set", _) where animated.contains(name):
            return .forbidden("what an animation sets")
        case ("details", "open"), ("dialog", "open"): return .boolean
        default: break
        }
        let plain = name.hasPrefix("xlink:") ? String(name.dropFirst(6)) : name
        if urls.contains(plain) { return .url }
        if booleans.contains(name) { return .boolean }
        switch name {
        case "srcset", "imagesrcset": return .urlList
        case "srcdoc": return .forbidden("srcdoc")
        case "style": return .style
        default: return isScript(name) ? .script : .text
        }
    }

    private static let animated: Set = ["to", "from", "by", "values", "attributename"]

    private static let urls: Set = [
        "action", "archive", "background", "cite", "classid", "codebase", "data", "formaction", "href", "icon",
        "longdesc",
        "manifest", "ping", "poster", "profile", "src", "usemap", "hx-get", "hx-post", "hx-put", "hx-patch",
        "hx-delete",
        "hx-push-url", "hx-replace-url",
    ]

    private static let booleans: Set = [
        "allowfullscreen", "async", "autofocus", "autoplay", "checked", "controls", "default", "defer", "disabled",
        "formnovalidate", "hidden", "inert", "ismap", "itemscope", "loop", "multiple", "muted", "nomodule",
        "novalidate",
        "playsinline", "readonly", "required", "reversed", "selected",
    ]

    /// Event handlers, and what the common libraries evaluate: htmx, Alpine, Vue.
    private static func isScript(_ name: String) -> Bool {
        name.hasPrefix("on")
            || ["hx-on", "hx-vals", "hx-vars", "hx-headers", "hx-request", "x-", "v-", "@", ":"]
                .contains { name.hasPrefix($0) }
    }
}
