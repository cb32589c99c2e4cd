import ZzzBase64

/// The secret of a session that its pages send back, so that no other site can send in its user's name.
///
/// Each response shows it under another random mask: a compressed page that repeats what an attacker has put into it
/// does not give the secret away bit by bit (BREACH). Written as Base64 of the mask and of the masked secret.
enum CSRFToken {
    /// Where the session keeps the secret.
    static let sessionName = "_csrf_token"
    static let byteCount = 32
    /// Where forms have it unless ``CSRF`` is told otherwise.
    static let fieldName = "_csrf_token"

    /// The secret under a mask of the same length.
    static func masked(_ secret: [UInt8], with mask: [UInt8]) -> String {
        Base64.encode(mask + zip(mask, secret).map { $0 ^ $1 })
    }

    /// The secret out of what a client has sent; nil for anything that is no token.
    static func unmasked(_ text: String) -> [UInt8]? {
        guard let bytes = Base64.decode(text, .url), bytes.count == 2 * byteCount else { return nil }
        return zip(bytes.prefix(byteCount), bytes.suffix(byteCount)).map { $0 ^ $1 }
    }

    /// The secret of a session; nil when it has none yet.
    static func secret(of state: SessionState) -> [UInt8]? {
        guard let text = state.record.values[sessionName]?.stringValue else { return nil }
        return Base64.decode(text, .url).flatMap { $0.count == byteCount ? $0 : nil }
    }
}

private enum ChosenField: AssignKey { typealias Value = String }

extension Context {
    /// Where forms have the token: what ``CSRF`` was told.
    var csrfField: String {
        get { assigns[ChosenField.self] ?? CSRFToken.fieldName }
        set { assigns[ChosenField.self] = newValue }
    }

    /// The token that forms and scripts must send back where ``CSRF`` checks it: in the form's field `_csrf_token`, or
    /// in the field `X-CSRF-Token` of the request.
    /// ```swift
    /// .html("<form method=post><input type=hidden name=_csrf_token value=\"\(context.csrfToken)\">...</form>")
    /// ```
    /// It belongs to the session, so that the first one begins a session. All that are given out are good until
    /// ``CurrentSession/renew()`` or ``CurrentSession/clear()``. Empty, with an error in the log, without ``Session``.
    public var csrfToken: String {
        guard let state = readSession() else { return "" }
        if let token = state.maskedToken { return token }
        let secret = CSRFToken.secret(of: state) ?? newSecret()
        let token = CSRFToken.masked(secret, with: crypto.random(CSRFToken.byteCount))
        state.maskedToken = token
        return token
    }

    private func newSecret() -> [UInt8] {
        let secret = crypto.random(CSRFToken.byteCount)
        session.edit(CSRFToken.sessionName, .string(Base64.encode(secret)))
        return secret
    }

    /// Whether the client has sent the secret of its session.
    func isCSRFToken(_ text: String) -> Bool {
        guard let given = CSRFToken.unmasked(text), let state = readSession(),
            let secret = CSRFToken.secret(of: state)
        else { return false }
        return ConstantTime.equal(given, secret)
    }
}
