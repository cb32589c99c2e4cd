/// A URL that may be used wherever a URL may stand, also for scripts: one that the program itself has made.
public struct TrustedURL: TrustedURLValue, Sendable {
    let text: String
    /// Whether the environment's prefix for assets goes before it.
    let isAsset: Bool

    public var trustedURL: TrustedURL? { self }

    /// A URL that is trusted as it is: never one that came from outside.
    public init(trusted text: String) {
        self.text = text
        isAsset = false
    }

    /// A file below the prefix for assets. `{{asset "app.css"}}` makes one, with the digest of the file's content.
    public init(asset text: String) {
        self.text = text
        isAsset = true
    }
}

/// A trusted URL, or an optional one: nil writes nothing.
public protocol TrustedURLValue {
    var trustedURL: TrustedURL? { get }
}

extension Optional: TrustedURLValue where Wrapped: TrustedURLValue {
    public var trustedURL: TrustedURL? { flatMap(\.trustedURL) }
}
