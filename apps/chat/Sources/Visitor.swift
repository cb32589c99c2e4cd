import Zzz

/// Somebody with a browser. Who they are, they say themselves: there are no accounts here.
struct Visitor: ChannelSocket {
    static let longestName = 30

    let name: String

    static let channels = [channel("rooms", RoomList.self), channel("room:*", Room.self, messagesPerSecond: 10)]

    /// Without a name nobody gets in.
    static func connect(_ request: SocketRequest) -> Visitor? {
        guard let name = request.params["name"], isName(name) else { return nil }
        return Visitor(name: name)
    }

    /// 1 to 30 characters that can be seen, with single blanks between them.
    static func isName(_ name: String) -> Bool {
        let words = name.split(separator: " ", omittingEmptySubsequences: false)
        return name.count <= longestName && name.utf8.count <= 4 * longestName
            && words.allSatisfy { word in
                !word.isEmpty && word.unicodeScalars.allSatisfy { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .unassigned, .privateUse, .surrogate, .spaceSeparator, .lineSeparator,
                        .paragraphSeparator:
                        // What joins emoji is a format character.
                        scalar == "\u{200D}"
                    default: true
                    }
                }
            }
    }
}
