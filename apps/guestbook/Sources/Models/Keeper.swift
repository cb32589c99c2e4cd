import Zzz

/// Whoever keeps the guestbook: the one who may sign in, and remove entries. In the app's settings:
/// ```toml
/// keeper = { name = "ada", password_hash = "$scrypt$..." }
/// ```
struct Keeper: Decodable, Sendable {
    var name: String
    /// By `Password.hash`.
    var passwordHash: String

    private enum CodingKeys: String, CodingKey {
        case name
        case passwordHash = "password_hash"
    }

    /// Who it is when the settings name nobody: the page for signing in tells everybody the password.
    static let demo = Keeper(
        name: "demo",
        passwordHash: "$scrypt$ln=14,r=8,p=5$dw1xyQ8TAQDfRP0oc6OLsg$EbqpCJNm2HCW6oFzJibSeExt+gl4AqzSrBSCl1vvDxE")
    static let demoPassword = "guestbook"

    var isDemo: Bool { passwordHash == Self.demo.passwordHash }

    /// Whether these are the keeper's. A wrong name takes as long as a wrong password.
    func accepts(name: String, password: String, _ context: Context) async throws -> Bool {
        let isPassword = try await Password.verify(String(password.prefix(1000)), passwordHash, context)
        return ConstantTime.equal(name, self.name) && isPassword
    }
}
