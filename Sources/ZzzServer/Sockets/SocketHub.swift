import ZzzAppABI
import ZzzChannels
import ZzzIO
import ZzzWebSocket

/// What the sockets of one loop have done, written by that loop alone.
public struct SocketStatistics: Sendable, Equatable {
    public var accepted: UInt64 = 0
    public var closed: UInt64 = 0
    /// Messages from clients.
    public var received: UInt64 = 0
    /// Messages to clients, each receiver of a broadcast counted.
    public var sent: UInt64 = 0
    /// Broadcasts that began on this loop or came to it.
    public var broadcasts: UInt64 = 0
    public var joins: UInt64 = 0
    public var joinsRefused: UInt64 = 0
    /// Channels that went on in the next generation of their app.
    public var moved: UInt64 = 0
    /// Channels that ended with phx_error.
    public var failed: UInt64 = 0
    /// Peers that broke a rule of RFC 6455, RFC 7692 or the channels' protocol.
    public var violations: UInt64 = 0
    /// Peers that sent nothing for too long.
    public var timeouts: UInt64 = 0
    /// Messages that a slow client did not get.
    public var dropped: UInt64 = 0
    /// Clients that were closed because they read too slowly.
    public var tooSlow: UInt64 = 0
    /// Messages past a limit of messages per second.
    public var limited: UInt64 = 0

    public init() {}
}

/// The sockets, channels and topics of one loop. Loop-owned.
final class SocketHub {
    /// It owns the hub.
    unowned(unsafe) let worker: Worker
    let compressors = Compressors()
    var sockets: HandleTable<WebSocket>
    var channels: HandleTable<Channel>
    var subscriptions: HandleTable<AppSubscription>
    /// Topics with somebody on this loop.
    var topics: [TopicName: Topic] = [:]
    /// The bus of the server; nil while it is made.
    unowned(unsafe) var pubSub: PubSub?
    /// Where messages are put together.
    @exclusivity(unchecked) var writer = MessageWriter()
    @exclusivity(unchecked) var statistics = SocketStatistics()
    let remoteBytes = RemoteBytes()
    /// Channels whose app goes on later, and when it must have.
    var waiting: [Handle: UInt64] = [:]
    private var waitTimer: TimerID?
    private var draining: ArraySlice<Handle> = []
    var admission = JoinAdmission()
    @exclusivity(unchecked) var freeSessions: [SessionBox] = []
    private var latestSettings = SocketSettings(SocketLimits())
    private var lastIdentity: UInt64 = 0

    init(worker: Worker) {
        self.worker = worker
        sockets = HandleTable(.socket, worker: worker.number)
        channels = HandleTable(.channel, worker: worker.number)
        subscriptions = HandleTable(.subscription, worker: worker.number)
    }

    /// The settings with these limits: the sockets of one endpoint share them.
    func settings(
        _ limits: SocketLimits, app: String = "", version: ChannelProtocol = .version2
    ) -> SocketSettings {
        let latest = latestSettings
        if latest.limits != limits || latest.app != app || latest.version != version {
            latestSettings = SocketSettings(limits, app: app, version: version)
        }
        return latestSettings
    }

    /// A number that no other channel of the process has.
    func makeIdentity() -> UInt64 {
        lastIdentity += 1
        return UInt64(worker.number) << 48 | lastIdentity
    }

    func list(_ socket: WebSocket) throws(Exchange.Refusal) {
        guard let handle = sockets.add(socket) else {
            throw Exchange.Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "too many sockets on this loop")
        }
        socket.handle = handle
        statistics.accepted &+= 1
    }

    func unlist(_ socket: WebSocket) {
        guard let handle = socket.handle else { return }
        sockets.remove(handle)
        socket.handle = nil
        statistics.closed &+= 1
    }

    func noteViolation(_ socket: WebSocket, _ error: WebSocketError) {
        noteViolation(socket, "\(error.message)", error.closeCode)
    }

    func noteViolation(_ socket: WebSocket, _ text: String, _ code: CloseCode) {
        statistics.violations &+= 1
        worker.events?.socketViolation(
            peer: socket.connection?._withUnsafeGuaranteedRef { $0.peer }, text, code: code.rawValue)
    }

    // MARK: Channels that wait for their app

    /// The app goes on later, and has so long.
    func wait(for channel: Channel, milliseconds: UInt64) {
        waiting[channel.handle] = worker.loop.nowMilliseconds &+ milliseconds
        guard waitTimer == nil else { return }
        waitTimer = worker.loop.addTimer(
            after: 1_000_000_000, repeating: 1_000_000_000, Self.lookAtWaiting,
            Unmanaged.passUnretained(self).toOpaque())
    }

    private static let lookAtWaiting: LoopFunction = { _, context, _ in
        guard let context else { return }
        Unmanaged<SocketHub>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.endOverdue() }
    }

    private func endOverdue() {
        let now = worker.loop.nowMilliseconds
        for (handle, deadline) in waiting where deadline <= now {
            waiting[handle] = nil
            channels[handle]?.tookTooLong()
        }
        if waiting.isEmpty, let timer = waitTimer {
            worker.loop.cancelTimer(timer)
            waitTimer = nil
        }
    }

    // MARK: The end

    /// The sockets that have no connection which could be cut.
    func endPolling() {
        for socket in sockets.all {
            guard let socket = socket as? ChannelSocket, socket.poll != nil else { continue }
            socket.close(.serviceRestart, "")
        }
    }

    /// Closes the sockets with 1012, so many at a time that their clients do not all come back at once.
    func drain() {
        guard sockets.count > 0 else { return }
        let handles = sockets.all.compactMap(\.handle)
        draining = handles[...]
        drainBatch()
    }

    private func drainBatch() {
        let batch = draining.prefix(max(worker.limits.drainedSockets, 1))
        draining = draining.dropFirst(batch.count)
        for handle in batch { sockets[handle]?.close(.serviceRestart, "") }
        guard !draining.isEmpty else { return }
        worker.loop.addTimer(
            after: worker.limits.drainPauseMilliseconds &* 1_000_000, repeating: 0,
            { _, context, _ in
                guard let context else { return }
                Unmanaged<SocketHub>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.drainBatch() }
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
