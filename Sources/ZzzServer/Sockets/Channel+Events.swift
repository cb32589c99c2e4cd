import ZzzAppABI
import ZzzChannels
import ZzzIO

/// What a channel's app is called with.
extension Channel {
    // MARK: Waiting

    /// Behind what waits already; handled from the loop, not from within this call.
    func enqueue(_ event: PendingEvent) {
        if queue == nil { queue = PendingEvents() }
        queue?.append(event)
        schedule()
    }

    /// The same for what others send: a channel whose app does not keep up is ended.
    func enqueueOthers(_ event: PendingEvent) {
        guard state != .ended else { return }
        guard (queue?.count ?? 0) < socket.settings.limits.queuedEvents else {
            return fail("too many events are waiting")
        }
        enqueue(event)
    }

    func schedule() {
        guard !isScheduled, !isBusy, isAdmitted || state == .ended else { return }
        isScheduled = true
        hub.worker.loop.enqueueLocal(
            { _, context, _ in
                guard let context else { return }
                let channel = Unmanaged<Channel>.fromOpaque(context).takeRetainedValue()
                channel.isScheduled = false
                channel.handleWaiting()
            }, Unmanaged.passRetained(self).toOpaque(), 0)
    }

    /// How many of them before others have a turn.
    private static var eventsPerTurn: Int { 64 }

    private func handleWaiting() {
        for _ in 0..<Self.eventsPerTurn {
            guard !isBusy else { return }
            guard let event = queue?.next() else {
                queue = nil
                return socket.release()
            }
            guard handle(event) else { return }
        }
        schedule()
    }

    /// - Returns: false when another thread has taken the loop over meanwhile.
    private func handle(_ event: PendingEvent) -> Bool {
        switch event.kind {
        case .message(let ref):
            return event.payload.withUnsafeBytes {
                call(ZZZ_CHANNEL_MESSAGE, as: .other, event: event.event, $0, isBinary: event.isBinary, ref: ref)
            }
        case .broadcast:
            return event.payload.withUnsafeBytes {
                call(ZZZ_CHANNEL_BROADCAST, as: .other, event: event.event, $0, isBinary: event.isBinary)
            }
        case .info(let topic):
            return event.payload.withUnsafeBytes {
                call(
                    ZZZ_CHANNEL_INFO, as: .other, topic: topic, event: event.event, $0, isBinary: event.isBinary)
            }
        case .handOver: return state == .joined ? call(ZZZ_CHANNEL_HAND_OVER, as: .other) : true
        case .terminate(let reason):
            if isKnown { return call(ZZZ_CHANNEL_TERMINATE, as: .terminate, reason: reason) }
            if state == .ended { forget() }
            return true
        case .leave(let ref):
            left(ref: ref)
            return true
        case .rejoin: return rejoin()
        }
    }

    // MARK: Into the app

    /// The first call for a channel, or the first one in a generation.
    func callJoin(isMoved: Bool) -> Bool {
        self.isMoved = isMoved
        isKnown = true
        isAdmitted = true
        var state: [UInt8] = []
        var version: UInt32 = 0
        if isMoved, let handedOver = details.handedOver {
            (version, state) = handedOver
            details.handedOver = nil
        }
        let parameters = parameters.isEmpty ? Array("{}".utf8) : parameters
        var id = socket.id
        return parameters.withUnsafeBytes { parameters in
            state.withUnsafeBytes { state in
                socket.state.withUnsafeBytes { socketState in
                    id.withUTF8 { id in
                        call(ZZZ_CHANNEL_JOIN, as: .join, parameters) { event in
                            if isMoved { event.flags |= UInt16(ZZZ_CHANNEL_MOVED) }
                            event.state = zzz_bytes(state)
                            event.state_version = version
                            event.socket_state = zzz_bytes(socketState)
                            event.socket_id = zzz_bytes(UnsafeRawBufferPointer(id))
                        }
                    }
                }
            }
        }
    }

    /// - Returns: false when another thread has taken the loop over meanwhile.
    func call(
        _ kind: Int, as call: Call, topic: String? = nil, event: String = "",
        _ payload: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0), isBinary: Bool = false,
        ref: String = "", reason: Int = 0, _ fill: (inout zzz_channel_event) -> Void = { _ in }
    ) -> Bool {
        var (topic, name, ref) = (topic ?? topicName, event, ref)
        return topic.withUTF8 { topic in
            name.withUTF8 { name in
                ref.withUTF8 { ref in
                    var event = zzz_channel_event()
                    event.size = UInt32(MemoryLayout<zzz_channel_event>.size)
                    event.kind = UInt16(kind)
                    event.flags = isBinary ? UInt16(ZZZ_CHANNEL_BINARY) : 0
                    event.reason = UInt32(reason)
                    event.topic = zzz_bytes(UnsafeRawBufferPointer(topic))
                    event.event = zzz_bytes(UnsafeRawBufferPointer(name))
                    event.payload = zzz_bytes(payload)
                    event.ref = zzz_bytes(UnsafeRawBufferPointer(ref))
                    event.channel_user = user
                    fill(&event)
                    return callApp(call, &event)
                }
            }
        }
    }

    private func callApp(_ call: Call, _ event: UnsafePointer<zzz_channel_event>) -> Bool {
        let (callback, context) = withDefinition { ($0.callback, $0.user) }
        let (handle, worker) = (handle, hub.worker)
        let app = site._withUnsafeGuaranteedRef { $0.app.pointer }
        current = call
        isInCallback = true
        var status = zzz_status(ZZZ_OK)
        let isCurrent = worker.callApp(AppCall(request: handle.bits, app: app, route: -1, debt: .nothing)) {
            status = callback(context, handle.pointer, event)
        }
        guard isCurrent else {
            // Nothing of the channel's may be touched here any more.
            worker.postAlways { [status] in $0.hub.channels[handle]?.callReturned(status) }
            return false
        }
        returned(status)
        return true
    }

    /// On a thread that had lost the loop meanwhile.
    private func callReturned(_ status: zzz_status) {
        details.kept = nil
        returned(status)
        if queue != nil { schedule() }
    }

    /// The callback has returned.
    private func returned(_ status: zzz_status) {
        isInCallback = false
        if status == zzz_status(ZZZ_WAIT) {
            guard let earlyOutcome else {
                let time = site._withUnsafeGuaranteedRef {
                    $0.channels[Int(definition)].timeoutMilliseconds ?? $0.limits.requestTimeoutMilliseconds
                }
                return hub.wait(for: self, milliseconds: time)
            }
            self.earlyOutcome = nil
            return finished(earlyOutcome)
        }
        finished(status)
    }

    /// The app is through with the event.
    func finished(_ outcome: zzz_status) {
        let call = current
        current = .none
        switch call {
        case .terminate:
            isKnown = false
            if state == .ended { return forget() }
        case .none: break
        case .join where state == .joining: joinCrashed()
        case .join, .other: if outcome < 0 { fail("channel_crash") }
        }
        if queue != nil { schedule() }
    }

    /// The app has neither joined nor refused.
    private func joinCrashed() {
        if isMoved { return fail("join crashed") }
        hub.statistics.joinsRefused &+= 1
        answerJoin(status: "error", reason: "join crashed")
        end(ZZZ_CHANNEL_FAILED)
    }

    private func answerJoin(status: String, reason: String) {
        socket.reply(
            joinRef: joinRef, ref: details.joinMessageRef, topic: topicName, status: status, reason: reason)
        closeReplaced()
    }

    /// After the answer to this join, the client is told that the channel before it has ended.
    func closeReplaced() {
        guard let replaced = details.replaced else { return }
        details.replaced = nil
        tellEnd(ChannelEvent.close, joinRef: replaced)
    }

    /// The app goes on with an event for too long.
    func tookTooLong() {
        guard isBusy else { return }
        if current == .join, state == .joining, !isMoved {
            current = .none
            return joinCrashed()
        }
        current = .none
        if state == .ended { return forget() }
        fail("the app has not answered in time")
    }
}

// MARK: Calls that lose the loop

extension Channel: AppCallee {
    func goOnWithout(_ call: StalledCall) {
        details.kept = socket.keepInput()
        let time = withDefinition { $0.timeoutMilliseconds }
            ?? site._withUnsafeGuaranteedRef { $0.limits.requestTimeoutMilliseconds }
        call.deadline.store(call.since &+ time &* 1_000_000, ordering: .relaxed)
        // The client's other channels go on.
        socket.connection?._withUnsafeGuaranteedRef { $0.scheduleResume() }
    }

    func callTookTooLong(_ call: StalledCall) {
        call.isOverdue.store(true, ordering: .releasing)
        _ = abandon()
    }

    /// The thread that has lost the loop may look at what the channel holds: it is kept for good.
    func abandon() -> AppFault.Outcome {
        guard hub.channels[handle] === self else { return .nobodyWaited }
        _ = Unmanaged.passRetained(self)
        if details.kept == nil { details.kept = socket.keepInput() }
        hub.statistics.failed &+= 1
        if state != .ended {
            if current == .join, !isMoved {
                hub.statistics.joinsRefused &+= 1
                answerJoin(status: "error", reason: "join crashed")
            } else {
                tellEnd(ChannelEvent.error, reason: "channel_crash")
            }
            end(ZZZ_CHANNEL_FAILED)
        }
        queue = nil
        hub.unlist(self)
        socket.release()
        socket.connection?._withUnsafeGuaranteedRef { $0.scheduleResume() }
        return .channelEnded
    }
}
