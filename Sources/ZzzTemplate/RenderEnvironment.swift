/// What a page may ask of the request that it is made for. Asked only when a template needs it.
public protocol RenderEnvironment {
    /// How numbers and dates are written, and which plural form is chosen.
    var locale: PageLocale { get }
    /// The hidden field that forms carry against forgery; nil for none.
    var formToken: FormToken? { get }
    /// The nonce of the Content-Security-Policy, as `{{@nonce}}`; nil for none.
    var nonce: String? { get }
    /// What stands before the paths that `{{url}}` makes: "" or "/blog".
    var mount: String { get }
    /// What stands before the name of an asset: "/assets/".
    var assetPrefix: String { get }
    /// Sends what there is of the page, at `{{flush}}`. False: it is kept until the end.
    func flush(_ bytes: UnsafeRawBufferPointer) -> Bool
}

extension RenderEnvironment {
    public var locale: PageLocale { .english }
    public var formToken: FormToken? { nil }
    public var nonce: String? { nil }
    public var mount: String { "" }
    public var assetPrefix: String { "/assets/" }
    public func flush(_ bytes: UnsafeRawBufferPointer) -> Bool { false }
}

/// A page that is made for nobody in particular.
public struct StandaloneEnvironment: RenderEnvironment, Sendable {
    public var locale: PageLocale

    public init(locale: PageLocale = .english) { self.locale = locale }
}

/// The hidden field that tells a form of this site from a forged one.
public struct FormToken: Sendable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
