import ZzzJSON

/// The keys that tokens may be signed with. A token that names one by "kid" is verified with those of that name, or
/// with those that have none; any other with all that are for its algorithm.
public struct JWTKeySet: Sendable {
    public let keys: [JWTKey]

    /// How many keys there may be.
    public static let maximumCount = 100
    /// How many are tried for one token.
    static let maximumAttempts = 8

    /// Throws ``StartupError`` for none, or for more than 100.
    public init(_ keys: [JWTKey]) throws {
        guard (1...Self.maximumCount).contains(keys.count) else {
            throw StartupError("there are \(keys.count) keys: 1 to \(Self.maximumCount) are taken")
        }
        self.keys = keys
    }

    /// A JWK Set document: `{"keys": [...]}`. Keys that are of no use here are passed over, as RFC 7517 section 5 says;
    /// throws ``StartupError`` when none is left.
    public init(jwks document: [UInt8]) throws {
        let members: [JSONValue]
        do {
            let value = try JSONValue(parsing: document, limits: JSONLimits(maximumDepth: 8, maximumByteCount: 1 << 20))
            members = value["keys"]?.arrayValue ?? []
        } catch {
            throw StartupError("the JWK Set is not JSON: \(error)")
        }
        var problems: [String] = []
        var keys: [JWTKey] = []
        for member in members.prefix(Self.maximumCount) {
            do { keys.append(try JWTKey(jwk: member)) } catch { problems.append("\(error)") }
        }
        guard !keys.isEmpty else {
            throw StartupError("no key of the JWK Set can be used: \(problems.joined(separator: "; "))")
        }
        try self.init(keys)
    }

    public init(jwks document: String) throws { try self.init(jwks: Array(document.utf8)) }

    func candidates(_ algorithm: JWTAlgorithm, id: String?) -> [JWTKey] {
        let fitting = keys.filter { $0.algorithms.contains(algorithm) }
        guard let id else { return Array(fitting.prefix(Self.maximumAttempts)) }
        let named = fitting.filter { $0.id == id }
        return Array((named.isEmpty ? fitting.filter { $0.id == nil } : named).prefix(Self.maximumAttempts))
    }
}
