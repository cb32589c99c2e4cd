import Zzz

/// What `make bench channels` measures: a client that may do anything, in any number of topics.
struct BenchSocket: ChannelSocket {
    static let channels = [channel("bench:*", BenchChannel.self)]

    static func connect(_ request: SocketRequest) -> BenchSocket? { BenchSocket() }
}

final class BenchChannel: Channel {
    typealias Socket = BenchSocket

    init(_ join: Join<BenchSocket>) {}

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
        switch message.event {
        case "echo": try message.reply(message.payload)
        case "shout": try channel.broadcast("shout", message.payload)
        default: throw ChannelError("there is no event \(message.event)")
        }
    }
}
