import ZzzAppABI
import ZzzJSON

/// What `channel(_:_:)` says about a kind of channel.
struct ChannelSettings: Sendable {
    var pattern: String
    var source: String
    var intercepts: [String]
    /// 0: the app's request timeout.
    var timeoutMilliseconds: UInt64
    /// 0: no limit.
    var messagesPerSecond: UInt32
    var fetchPresence: PresenceFetch?
}

/// A kind of channel of a kind of socket: calls the objects of the app's for the events of the host's. One for each
/// `channel(_:_:)` of a generation, which is never freed.
class ChannelKind: @unchecked Sendable {
    // Immutable after init.
    final let settings: ChannelSettings
    final let host: Host
    final let api: ChannelTable
    /// The name of the type of socket.
    final let socketName: String
    /// The objects' type.
    final let objectType: AnyClass

    init(
        _ settings: ChannelSettings, socketName: String, objectType: AnyClass, _ host: Host,
        _ api: ChannelTable
    ) {
        self.settings = settings
        self.socketName = socketName
        self.objectType = objectType
        self.host = host
        self.api = api
    }

    /// Handles one event of a channel.
    final func handle(_ handle: OpaquePointer, _ event: UnsafePointer<zzz_channel_event>) -> zzz_status {
        let channel = JoinedChannel(self, handle)
        if Int(event.pointee.kind) == ZZZ_CHANNEL_JOIN { return join(channel, ChannelJoinEvent(event.pointee)) }
        guard let object = event.pointee.channel_user else { return HostStatus.ok }
        switch Int(event.pointee.kind) {
        case ZZZ_CHANNEL_MESSAGE: return message(object, channel, event)
        case ZZZ_CHANNEL_BROADCAST: return broadcast(object, channel, event)
        case ZZZ_CHANNEL_INFO: return info(object, channel, event)
        case ZZZ_CHANNEL_HAND_OVER: return handOver(object, channel)
        case ZZZ_CHANNEL_TERMINATE: return terminate(object, channel, TerminateReason(host: event.pointee.reason))
        default: return HostStatus.ok
        }
    }

    // For subclasses. `object` is what `join` gave the host, retained once for it.
    func join(_ channel: JoinedChannel, _ event: ChannelJoinEvent) -> zzz_status { HostStatus.unsupported }
    func message(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status { HostStatus.unsupported }
    func broadcast(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status { HostStatus.unsupported }
    func info(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status { HostStatus.unsupported }
    func handOver(_ object: UnsafeMutableRawPointer, _ channel: JoinedChannel) -> zzz_status { HostStatus.unsupported }
    /// - Parameter reason: nil when the channel goes on in the next generation.
    func terminate(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ reason: TerminateReason?
    ) -> zzz_status { HostStatus.unsupported }

    // MARK: Errors

    /// What an error in a callback comes to: an answer, or the channel's end.
    @inline(never)
    final func failed(_ error: any Error, _ channel: JoinedChannel, in place: StaticString, ref: zzz_bytes)
        -> zzz_status
    {
        if let error = ChannelError(telling: error) {
            channel.log.debug("\(settings.source): \(place): \(error)")
            do {
                let response = try JSONBytesEncoder().encode(error.response)
                try response.withBytes { try channel.reply(to: ref, .error, $0, isBinary: false) }
                return HostStatus.ok
            } catch {
                return failed(error, channel, in: place)
            }
        }
        return failed(error, channel, in: place)
    }

    private final func failed(_ error: any Error, _ channel: JoinedChannel, in place: StaticString) -> zzz_status {
        // The client has gone, and its channel with it.
        if let error = error as? HostError, error.isGone { return HostStatus.ok }
        channel.log.error(
            "\(settings.source): \(place): \(error)", ["channel": settings.pattern, "error": "\(type(of: error))"])
        return HostStatus.app
    }

    /// Refuses a join.
    final func refuse(_ channel: JoinedChannel, _ error: any Error) -> zzz_status {
        var response = ChannelError(telling: error)
        if response == nil {
            _ = failed(error, channel, in: "join")
            response = ChannelError("join crashed")
        }
        let bytes = response.flatMap { try? JSONBytesEncoder().encode($0.response) }
        // What cannot be encoded is refused with {}. A channel that has gone needs no answer.
        _ = (bytes ?? []).withBytes { api.pointee.join(channel.handle, HostStatus.app, $0, nil, nil) }
        return HostStatus.ok
    }
}

extension TerminateReason {
    /// Nil: the channel goes on.
    init?(host reason: UInt32) {
        switch Int(reason) {
        case ZZZ_CHANNEL_LEFT: self = .left
        case ZZZ_CHANNEL_CLOSED: self = .closed
        case ZZZ_CHANNEL_REPLACED: return nil
        case ZZZ_CHANNEL_STOPPED: self = .stopped
        case ZZZ_CHANNEL_SHUTDOWN: self = .shutdown
        default: self = .failed
        }
    }
}
