/// Where sessions are kept, beside the cookie and the daemon's memory: a database, say.
///
/// ```swift
/// let browser = Pipeline { Session(.store(TableOfSessions(database))) }
/// ```
/// The key is a digest of the random text in the client's cookie, so that who can read the store cannot use what is in
/// it.
public protocol SessionStore: Sendable {
    /// The session with that key; nil when there is none, or it has ended.
    func load(_ key: String) async throws -> StoredSession?

    /// Keeps a session for `expiresIn`, which counts from now, in the place of the one with the same key.
    ///
    /// - Parameter version: that of the session that is replaced; nil: there must not be one.
    /// - Returns: false when there is another version, or none; nothing may have changed then. The caller loads what
    ///   there is, puts its own changes on top, and tries again.
    func save(
        _ key: String, _ bytes: [UInt8], replacing version: UInt64?, expiresIn: Duration
    ) async throws -> Bool

    /// Ends the session with that key, if there is one.
    func delete(_ key: String) async throws
}

/// A session as a ``SessionStore`` keeps it.
public struct StoredSession: Hashable, Sendable {
    /// JSON text.
    public var bytes: [UInt8]
    /// Another one after each change.
    public var version: UInt64

    public init(bytes: [UInt8], version: UInt64) {
        self.bytes = bytes
        self.version = version
    }
}
