import ZzzTemplate

/// What a visitor has written.
struct Entry: Codable, Sendable, Equatable {
    /// Counts up, and is never given again.
    var id: Int
    var name: String
    var message: String
    /// The name of its file among the pictures.
    var picture: String?
    /// Seconds since 1970.
    var writtenAt: Int

    var written: UnixTime { UnixTime(writtenAt) }
}
