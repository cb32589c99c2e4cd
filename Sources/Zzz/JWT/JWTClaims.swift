/// The registered claims of a token (RFC 7519 section 4.1): for apps that need no others, and to be sent with
/// ``JWT/sign(_:with:algorithm:type:)``. Times are in seconds since 1970.
public struct JWTClaims: Codable, Hashable, Sendable {
    public var issuer: String?
    public var subject: String?
    /// Written as one text when there is one.
    public var audiences: [String]
    public var expiresAtSeconds: Double?
    public var notBeforeSeconds: Double?
    public var issuedAtSeconds: Double?
    public var id: String?

    enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case subject = "sub"
        case audiences = "aud"
        case expiresAtSeconds = "exp"
        case notBeforeSeconds = "nbf"
        case issuedAtSeconds = "iat"
        case id = "jti"
    }

    public init(
        issuer: String? = nil, subject: String? = nil, audiences: [String] = [], expiresAtSeconds: Double? = nil,
        notBeforeSeconds: Double? = nil, issuedAtSeconds: Double? = nil, id: String? = nil
    ) {
        self.issuer = issuer
        self.subject = subject
        self.audiences = audiences
        self.expiresAtSeconds = expiresAtSeconds
        self.notBeforeSeconds = notBeforeSeconds
        self.issuedAtSeconds = issuedAtSeconds
        self.id = id
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        issuer = try container.decodeIfPresent(String.self, forKey: .issuer)
        subject = try container.decodeIfPresent(String.self, forKey: .subject)
        if let one = try? container.decode(String.self, forKey: .audiences) {
            audiences = [one]
        } else {
            audiences = try container.decodeIfPresent([String].self, forKey: .audiences) ?? []
        }
        expiresAtSeconds = try container.decodeIfPresent(Double.self, forKey: .expiresAtSeconds)
        notBeforeSeconds = try container.decodeIfPresent(Double.self, forKey: .notBeforeSeconds)
        issuedAtSeconds = try container.decodeIfPresent(Double.self, forKey: .issuedAtSeconds)
        id = try container.decodeIfPresent(String.self, forKey: .id)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(issuer, forKey: .issuer)
        try container.encodeIfPresent(subject, forKey: .subject)
        if audiences.count == 1 {
            try container.encode(audiences[0], forKey: .audiences)
        } else if !audiences.isEmpty {
            try container.encode(audiences, forKey: .audiences)
        }
        try container.encodeIfPresent(expiresAtSeconds, forKey: .expiresAtSeconds)
        try container.encodeIfPresent(notBeforeSeconds, forKey: .notBeforeSeconds)
        try container.encodeIfPresent(issuedAtSeconds, forKey: .issuedAtSeconds)
        try container.encodeIfPresent(id, forKey: .id)
    }
}
