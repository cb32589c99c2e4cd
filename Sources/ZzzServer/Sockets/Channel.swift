import ZzzAppABI
import ZzzChannels
import ZzzIO

/// One topic that one client has joined. Loop-owned, as its socket.
///
/// Its events are handled one at a time: while the app has one, whether inside its callback or after ZZZ_WAIT, others
/// wait in the queue. It outlives the app's generations: see Channel+Moving.swift.
final class Channel {
    enum State: UInt8 {
        /// The app has not answered the join, in its present generation.
        case joining
        case joined
        /// Nothing comes any more but `ZZZ_CHANNEL_TERMINATE`.
        case ended
    }

    /// What few channels need, or only for a moment.
    struct Details {
        /// The `ref` of the join, for its answer.
        var joinMessageRef: String?
        /// The join_ref of the channel of the same topic that this one replaces.
        var replaced: String?
        var subscriptions: [TopicName] = []
        /// What the generation before gave, and the version of its format.
        var handedOver: (version: UInt32, state: [UInt8])?
        /// A call that has lost the loop looks at it.
        var kept: KeptInput?
        /// It is present in its topic.
        var isPresent = false
    }

    /// What the app is being called for, or goes on with.
    enum Call: UInt8 {
        case none, join, terminate, other
    }

    let socket: ChannelSocket
    let topicName: String
    let joinRef: String
    /// The client's, for joins; empty for {}.
    let parameters: [UInt8]
    /// A number of its own, for as long as it lives.
    let identity: UInt64
    var site: Unmanaged<Site>
    var handle = Handle(nil)
    /// What the app wants to get with each event.
    var user: UnsafeMutableRawPointer?
    /// Once it has joined.
    var topic: Topic?
    var placeInTopic: Int32 = -1
    /// Which of the site's kinds of channel.
    var definition: Int32
    @exclusivity(unchecked) var state = State.joining
    @exclusivity(unchecked) var current = Call.none
    /// The callback has not returned.
    @exclusivity(unchecked) var isInCallback = false
    /// `done` came before the callback had returned, with that outcome.
    var earlyOutcome: zzz_status?
    var isScheduled = false
    var isMoving = false
    /// The app has been asked to join, in whatever generation: see `JoinAdmission`.
    var isAdmitted = false
    /// The app, in the present generation, has been asked to join and not been told of the end.
    var isKnown = false
    /// The client had joined in the generation before.
    var isMoved = false
    @exclusivity(unchecked) var rate = MessageRate()
    @exclusivity(unchecked) var queue: PendingEvents?
    private var storedDetails: Box<Details>?

    final class Box<Value> {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    var hub: SocketHub { socket.hub }

    /// Read without making them; written with.
    var details: Details {
        get { storedDetails?.value ?? Details() }
        _modify {
            if storedDetails == nil { storedDetails = Box(Details()) }
            yield &storedDetails!.value
        }
    }

    func forgetDetails() { storedDetails = nil }
    var hasDetails: Bool { storedDetails != nil }

    init(
        socket: ChannelSocket, site: Unmanaged<Site>, definition: Int, topic: String, joinRef: String, ref: String?,
        parameters: [UInt8]
    ) {
        self.socket = socket
        self.site = site
        self.definition = Int32(definition)
        topicName = topic
        self.joinRef = joinRef
        self.parameters = parameters
        identity = socket.hub.makeIdentity()
        details.joinMessageRef = ref
    }

    var name: TopicName { TopicName(app: socket.app, topic: topicName) }
    var isBusy: Bool { current != .none }

    /// What the site says of its kind of channel.
    func withDefinition<Value>(_ body: (ChannelDefinition) -> Value) -> Value {
        site._withUnsafeGuaranteedRef { body($0.channels[Int(definition)]) }
    }

    // MARK: From the client

    /// - Returns: false when another thread has taken the loop over meanwhile.
    func receive(_ head: ChannelHead, _ payload: UnsafeRawBufferPointer, isBinary: Bool) -> Bool {
        let limit = site._withUnsafeGuaranteedRef { $0.channels[Int(definition)].messagesPerSecond }
        guard rate.take(rate: limit, nowMilliseconds: hub.worker.loop.nowMilliseconds) else {
            hub.statistics.limited &+= 1
            socket.reply(
                joinRef: joinRef, ref: head.ref, topic: topicName, status: "error", reason: "too many messages")
            return true
        }
        if !isBusy, queue == nil, isAdmitted {
            return call(
                ZZZ_CHANNEL_MESSAGE, as: .other, event: head.event, payload, isBinary: isBinary, ref: head.ref ?? "")
        }
        enqueue(
            PendingEvent(
                kind: .message(ref: head.ref ?? ""), event: head.event, payload: Array(payload), isBinary: isBinary))
        // The client is not read from until its app has caught up.
        if let queue, queue.count >= Self.heldAtEvents { socket.isHeld = true }
        return true
    }

    private static var heldAtEvents: Int { 64 }

    /// The client leaves, after what it has sent before.
    func leave(ref: String?) -> Bool {
        guard isBusy || queue != nil || !isAdmitted else {
            left(ref: ref)
            return true
        }
        enqueue(PendingEvent(kind: .leave(ref: ref)))
        return true
    }

    func left(ref: String?) {
        socket.reply(joinRef: joinRef, ref: ref, topic: topicName, status: "ok")
        tellEnd(ChannelEvent.close)
        end(ZZZ_CHANNEL_LEFT)
    }

    // MARK: Its end

    /// Nothing is sent to the client, or comes from it, any more; the app is told.
    func end(_ reason: Int) {
        guard state != .ended else { return }
        state = .ended
        leaveTopics()
        socket.channels.remove(handle.bits)
        queue?.removeAll()
        enqueue(PendingEvent(kind: .terminate(reason)))
    }

    /// The same, and the client is told to join again.
    func fail(_ reason: String) {
        guard state != .ended else { return }
        hub.statistics.failed &+= 1
        tellEnd(ChannelEvent.error, reason: reason)
        end(ZZZ_CHANNEL_FAILED)
    }

    /// `phx_close` or `phx_error`.
    func tellEnd(_ event: String, reason: String? = nil, joinRef: String? = nil) {
        let version = socket.version
        let joinRef = joinRef ?? self.joinRef
        guard let reason else {
            socket.write { version.writeEnd(joinRef: joinRef, topic: topicName, event: event, to: &$0) }
            return
        }
        var text = #"{"reason":"\#(reason)"}"#
        text.withUTF8 { bytes in
            let payload = ChannelProtocol.Payload(UnsafeRawBufferPointer(bytes))
            socket.write {
                version.writeEnd(joinRef: joinRef, topic: topicName, event: event, payload, to: &$0)
            }
        }
    }

    /// It is in no topic any more, and present nowhere.
    private func leaveTopics() {
        if let topic {
            topic.remove(self)
            hub.dropIfEmpty(topic)
        }
        topic = nil
        guard hasDetails else { return }
        for name in details.subscriptions {
            guard let topic = hub.topics[name] else { continue }
            _ = topic.removeSubscriber(self)
            hub.dropIfEmpty(topic)
        }
        details.subscriptions = []
        if details.isPresent { hub.pubSub?.presence.untrack(owner: identity, name) }
    }

    /// The last of it: its handle is dead.
    func forget() {
        hub.unlist(self)
        if queue != nil { queue = nil }
        forgetDetails()
        socket.release()
    }
}

extension SocketHub {
    func list(_ channel: Channel) -> Bool {
        guard let handle = channels.add(channel) else { return false }
        channel.handle = handle
        channel.site._withUnsafeGuaranteedRef { $0.activity.beginSocket(loop: worker.index) }
        return true
    }

    func unlist(_ channel: Channel) {
        guard channels[channel.handle] === channel else { return }
        channels.remove(channel.handle)
        waiting[channel.handle] = nil
        channel.site._withUnsafeGuaranteedRef { $0.activity.endSocket(loop: worker.index) }
        if worker.hasRetiredSites { worker.releaseRetiredSites() }
    }
}
