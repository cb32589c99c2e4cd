import ZzzAppABI

/// The keys that an app's secrets stand for, one for each secret and purpose. The first makes new values; all are
/// accepted, so that a secret can be replaced without ending every session.
struct SecretKeys: Sendable {
    let signing: [[UInt8]]
    let sealing: [[UInt8]]

    /// Derived keys are as strong as the secret, at most (RFC 5869 section 4).
    static let minimumByteCount = 32
    static let maximumCount = 8

    /// Throws ``StartupError`` for secrets that are too short or too many.
    init(_ secrets: [String], crypto: Crypto) throws {
        guard secrets.count <= Self.maximumCount else {
            throw StartupError("there are \(secrets.count) secrets: at most \(Self.maximumCount) are tried")
        }
        for secret in secrets where secret.utf8.count < Self.minimumByteCount {
            throw StartupError(
                "a secret_key_base has \(secret.utf8.count) bytes: it needs at least \(Self.minimumByteCount) "
                    + "that nobody can guess, from `openssl rand -base64 48` for example")
        }
        func keys(_ purpose: String) throws -> [[UInt8]] {
            try secrets.map {
                try crypto.deriveKey(
                    from: Array($0.utf8), purpose: purpose, byteCount: Crypto.sealKeyByteCount)
            }
        }
        signing = try keys("zzz signed cookie 1")
        sealing = try keys("zzz encrypted cookie 1")
    }

    /// Those of an app: its own, or else those of its configuration. Nil when there are none.
    init?(of app: any App, _ configuration: Configuration) throws {
        var secrets = app.secretKeyBase
        if secrets.isEmpty { secrets = try Self.configured(configuration) }
        guard !secrets.isEmpty else { return nil }
        try self.init(secrets, crypto: Crypto(host: configuration.host))
    }

    private static func configured(_ configuration: Configuration) throws -> [String] {
        switch try configuration["secret_key_base", as: Setting.self] {
        case nil: return []
        case .list(let secrets)?: return secrets
        case .random?:
            Logger(host: configuration.host, request: nil).warning(
                "secret_key_base is \"random\": sessions and protected cookies end with this generation of the app")
            return [RandomText.hexadecimal(bytes: 32)]
        }
    }

    /// `settings.secret_key_base`: a text, a list of texts, or "random".
    private enum Setting: Decodable {
        case random
        case list([String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([String].self) {
                self = .list(list)
            } else {
                let text = try container.decode(String.self)
                self = text == "random" ? .random : .list([text])
            }
        }
    }

    /// What to tell who uses keys that there are not.
    static func missing(for user: String) -> String {
        "\(user) needs a secret: set settings.secret_key_base of this app in the daemon's configuration, to at least "
            + "\(minimumByteCount) bytes from `openssl rand -base64 48` for example, or to \"random\" in development"
    }
}
