/// A part of a URL that `{{url}}` puts together, encoded.
public struct URLComponent: Sendable {
    /// nil: it is left out.
    let text: String?

    public init(_ value: some TemplateValue) {
        var output = HTMLOutput(capacity: 64)
        output.urlPart(value)
        text = output.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    private init(text: String?) { self.text = text }

    public init<Value: TemplateValue>(_ value: Value?) {
        self = value.map { URLComponent($0) } ?? URLComponent(text: nil)
    }
}

/// A URL from a beginning, segments of a path and a query: `{{url "/users" user.id tab="posts" page=2}}` is
/// `/users/7?tab=posts&page=2`, below the place where the app is mounted. Segments and parameters that are nil are left
/// out. A beginning whose scheme could run code becomes `about:invalid#zzz`.
public func url(
    _ base: String, path: [URLComponent] = [], query: [(name: String, value: URLComponent)] = []
) -> TrustedURL {
    var base = base
    guard base.withUTF8({ URLScheme.isHarmless(UnsafeRawBufferPointer($0)) }) else {
        return TrustedURL(trusted: "about:invalid#zzz")
    }
    let fragment = base.firstIndex(of: "#").map { base[$0...] } ?? ""
    var text = String(base.dropLast(fragment.count))
    for segment in path.compactMap(\.text) { text += text.hasSuffix("/") ? segment : "/" + segment }
    var separator = text.contains("?") ? "&" : "?"
    for parameter in query {
        guard let value = parameter.value.text else { continue }
        text += "\(separator)\(parameter.name)=\(value)"
        separator = "&"
    }
    return TrustedURL(text + fragment, text.hasPrefix("/") && !text.hasPrefix("//") ? .mount : .none)
}
