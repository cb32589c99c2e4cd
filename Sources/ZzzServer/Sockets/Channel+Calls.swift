import ZzzAppABI
import ZzzChannels

/// What an app can do with a channel, on the channel's loop: the body of each function of `zzz_channel_api`.
extension Channel {
    typealias Refusal = Exchange.Refusal

    private func expectJoined() throws(Refusal) {
        guard state != .ended else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "the channel has ended")
        }
    }

    /// zzz_channel_api.join
    func answerJoin(
        isAccepted: Bool, _ response: UnsafeRawBufferPointer, user: UnsafeMutableRawPointer?
    ) throws(Refusal) {
        try expectJoined()
        guard current == .join, state == .joining else {
            throw Exchange.state("the join has been answered already")
        }
        if isAccepted { accepted(user) } else { hub.statistics.joinsRefused &+= 1 }
        if isMoved {
            if !isAccepted { fail("the app refused to go on") }
            return
        }
        let payload = response.isEmpty ? ChannelProtocol.Payload.empty : ChannelProtocol.Payload(response)
        let version = socket.version
        socket.write {
            version.writeReply(
                joinRef: joinRef, ref: details.joinMessageRef, topic: topicName, status: isAccepted ? "ok" : "error",
                payload, to: &$0)
        }
        closeReplaced()
        if !isAccepted { return end(ZZZ_CHANNEL_REFUSED) }
        details.joinMessageRef = nil
        let own = details
        if own.subscriptions.isEmpty, !own.isPresent, own.kept == nil { forgetDetails() }
    }

    private func accepted(_ user: UnsafeMutableRawPointer?) {
        self.user = user
        state = .joined
        guard topic == nil else { return }
        let topic = hub.topic(name)
        topic.add(self)
        self.topic = topic
    }

    /// zzz_channel_api.reply
    func reply(
        ref: String, status: String, _ payload: ChannelProtocol.Payload
    ) throws(Refusal) {
        try expectJoined()
        try check(payload)
        let version = socket.version
        try told(socket.write(isBinary: payload.isBinary) {
            version.writeReply(
                joinRef: joinRef, ref: ref.isEmpty ? nil : ref, topic: topicName, status: status, payload, to: &$0)
        })
    }

    /// zzz_channel_api.push
    func push(_ event: String, _ payload: ChannelProtocol.Payload) throws(Refusal) {
        try expectJoined()
        try check(payload)
        let version = socket.version
        try told(socket.write(isBinary: payload.isBinary) {
            version.writePush(joinRef: joinRef, topic: topicName, event: event, payload, to: &$0)
        })
    }

    private func check(_ payload: ChannelProtocol.Payload) throws(Refusal) {
        guard payload.isBinary, socket.version == .version1 else { return }
        throw Refusal(
            status: zzz_status(ZZZ_ERROR_UNSUPPORTED),
            text: "the client speaks version 1, which has no binary payloads")
    }

    private func told(_ sending: WebSocket.Sending) throws(Refusal) {
        switch sending {
        case .sent, .waits: return
        case .dropped:
            throw Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "too much is waiting for the client: dropped")
        case .gone: throw Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "the client has gone")
        }
    }

    /// zzz_channel_api.subscribe
    func subscribe(_ name: TopicName) throws(Refusal) {
        try expectJoined()
        guard details.subscriptions.count < Self.mostSubscriptions else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_LIMIT), text: "more than \(Self.mostSubscriptions) subscriptions")
        }
        details.subscriptions.append(name)
        hub.topic(name).addSubscriber(self)
    }

    private static var mostSubscriptions: Int { 1_000 }

    /// zzz_channel_api.unsubscribe
    func unsubscribe(_ name: TopicName) throws(Refusal) {
        try expectJoined()
        guard let place = details.subscriptions.firstIndex(of: name), let topic = hub.topics[name] else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_NOT_FOUND), text: "the channel has not subscribed to that")
        }
        details.subscriptions.remove(at: place)
        _ = topic.removeSubscriber(self)
        hub.dropIfEmpty(topic)
    }

    /// zzz_channel_api.stop
    func stop() throws(Refusal) {
        try expectJoined()
        tellEnd(ChannelEvent.close)
        end(ZZZ_CHANNEL_STOPPED)
    }

    /// zzz_channel_api.done
    func done(_ outcome: zzz_status) throws(Refusal) {
        guard isBusy else { throw Exchange.state("no event is being handled") }
        guard outcome != zzz_status(ZZZ_WAIT) else { throw Exchange.state("ZZZ_WAIT is no outcome") }
        if isInCallback {
            earlyOutcome = outcome
            return
        }
        hub.waiting[handle] = nil
        finished(outcome)
    }

    /// zzz_channel_api.hand_over
    func handOver(version: UInt32, _ state: UnsafeRawBufferPointer) throws(Refusal) {
        try expectJoined()
        guard isMoving else { throw Exchange.state("only in ZZZ_CHANNEL_HAND_OVER") }
        guard state.count <= Self.longestState else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_LIMIT), text: "the state is longer than \(Self.longestState) bytes")
        }
        details.handedOver = (version, Array(state))
    }

    /// Bytes of a state that is handed over.
    private static var longestState: Int { 1 << 20 }
}
