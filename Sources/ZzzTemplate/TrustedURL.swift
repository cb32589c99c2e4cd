/// A URL that may be used wherever a URL may stand, also for scripts: one that the program itself has made.
public struct TrustedURL: TrustedURLValue, Sendable {
    /// What of the environment goes before it.
    enum Prefix {
        case none
        case mount
        case assets
    }

    let text: String
    let prefix: Prefix

    public var trustedURL: TrustedURL? { self }

    /// A URL that is trusted as it is: never one that came from outside.
    public init(trusted text: String) {
        self.init(text, .none)
    }

    /// A file below the prefix for assets. `{{asset "app.css"}}` makes one, with the digest of the file's content.
    public init(asset text: String) {
        self.init(text, .assets)
    }

    init(_ text: String, _ prefix: Prefix) {
        self.text = text
        self.prefix = prefix
    }
}

/// A trusted URL, or an optional one: nil writes nothing.
public protocol TrustedURLValue {
    var trustedURL: TrustedURL? { get }
}

extension Optional: TrustedURLValue where Wrapped: TrustedURLValue {
    public var trustedURL: TrustedURL? { flatMap(\.trustedURL) }
}
