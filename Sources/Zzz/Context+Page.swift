import ZzzTemplate

private enum ChosenLocale: AssignKey { typealias Value = PageLocale }
private enum ChosenAssetPrefix: AssignKey { typealias Value = String }

/// What a page depends on beside its values.
extension Context {
    /// How pages write numbers and dates, and which plural forms they choose. English unless set.
    public var locale: PageLocale {
        get { assigns[ChosenLocale.self] ?? .english }
        set { assigns[ChosenLocale.self] = newValue }
    }

    /// The first of the client's languages (RFC 9110 section 12.5.4) that is among these; the first of these without
    /// one.
    /// ```swift
    /// context.locale = context.preferredLocale(among: [.english, .german])
    /// ```
    public func preferredLocale(among locales: [PageLocale]) -> PageLocale {
        var best: (locale: PageLocale, quality: Int)?
        for range in headers.all("accept-language").joined(separator: ",").split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.trimmingBlanks() }
            guard let tag = parts.first, let locale = Self.locale(for: tag, among: locales) else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            let quality = weight.map { AcceptField.quality($0.dropFirst(2)) ?? 0 } ?? 1000
            if quality > best?.quality ?? 0 { best = (locale, quality) }
        }
        addHeader("Vary", "Accept-Language")
        return best?.locale ?? locales.first ?? .english
    }

    private static func locale(for tag: Substring, among locales: [PageLocale]) -> PageLocale? {
        func language(_ tag: some StringProtocol) -> String { tag.lowercased().prefix { $0 != "-" }.description }
        return locales.first { $0.tag.lowercased() == tag.lowercased() }
            ?? locales.first { language($0.tag) == language(tag) }
    }

    /// What stands before the name of an asset: the app's mount and "/assets/" unless set.
    public var assetPrefix: String {
        get { assigns[ChosenAssetPrefix.self] ?? mount + "/assets/" }
        set { assigns[ChosenAssetPrefix.self] = newValue }
    }

    /// Whether the client wants a part of the page only, since it has the rest: a request of htmx, Turbo or Unpoly
    /// for one of its elements.
    /// ```swift
    /// get("/users") { context in
    ///     let users = try User.all()
    ///     if context.wantsFragment { return try context.render(Templates.users.index.table(users: users)) }
    ///     return try context.render(Templates.users.index(users: users), layout: .app)
    /// }
    /// ```
    /// Asking adds the Vary field that keeps caches from taking one for the other. A whole page that htmx puts in
    /// place of the body (HX-Boosted), or fetches for its history, is no fragment.
    public var wantsFragment: Bool {
        addHeader("Vary", "HX-Request, Turbo-Frame, X-Up-Target")
        if headers["hx-request"] == "true" {
            return headers["hx-boosted"] != "true" && headers["hx-history-restore-request"] != "true"
        }
        return headers["turbo-frame"] != nil || headers["x-up-target"] != nil
    }

    /// The element that the client wants to replace: its id for htmx and Turbo, a CSS selector for Unpoly.
    public var fragmentTarget: String? {
        headers["hx-target"] ?? headers["turbo-frame"] ?? headers["x-up-target"]
    }
}
