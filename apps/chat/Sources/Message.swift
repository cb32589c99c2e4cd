/// Something that was said.
struct Message: Codable, Sendable, Equatable {
    static let longestText = 2000

    /// Counts up within a room.
    let id: Int
    let name: String
    let text: String
    /// Seconds since 1970.
    let at: Int

    /// Something to read, and not too much of it.
    static func isText(_ text: String) -> Bool {
        text.utf8.count <= 4 * longestText && text.count <= longestText && text.contains { !$0.isWhitespace }
    }
}
