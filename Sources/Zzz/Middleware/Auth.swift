/// Who is asking: ``Basic`` by name and password, ``Bearer`` by a token, ``JWT`` by a token that says it. All answer
/// 401 with a challenge (RFC 9110 section 11.6.1), and need TLS to be worth anything.
public enum Auth {
    /// What follows the scheme in Authorization; nil without one such field, or with several.
    static func credentials(of context: Context, scheme: String) -> String? {
        let lines = context.headers.all("authorization")
        guard lines.count == 1, let space = lines[0].firstIndex(of: " "),
            lines[0][..<space].lowercased() == scheme
        else { return nil }
        return String(lines[0][space...].trimmingBlanks())
    }

    static func checkChallenge(_ text: String) throws {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw StartupError("\"\(text)\" has characters that a challenge cannot have")
        }
    }

    /// A quoted-string (RFC 9110 section 5.6.4).
    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
