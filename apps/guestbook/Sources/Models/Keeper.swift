import Zzz

/// Whoever keeps the guestbook: the one who may sign in, and remove entries.
struct Keeper: Decodable, Sendable {
    var name: String
    /// By `Password.hash`.
    var passwordHash: String

    private enum CodingKeys: String, CodingKey {
        case name
        case passwordHash = "password_hash"
    }

    /// Who it is when the configuration names nobody. The page for signing in tells everybody the password.
    static let demo = Keeper(name: "demo", passwordHash: "")
    static let demoPassword = "guestbook"
}
