import ZzzAppABI
import ZzzIO

/// The topics of one loop, and what is broadcast to them.
extension SocketHub {
    /// The topic, made when nobody is in it yet.
    func topic(_ name: TopicName) -> Topic {
        if let topic = topics[name] { return topic }
        let topic = Topic(name)
        topics[name] = topic
        pubSub?.directory.add(name, loop: worker.index)
        return topic
    }

    func dropIfEmpty(_ topic: Topic) {
        guard topic.isEmpty else { return }
        topics[topic.name] = nil
        pubSub?.directory.remove(topic.name, loop: worker.index)
    }

    /// Sends to the clients of this loop at once; apps are called from the loop later.
    func deliver(_ message: Broadcast) {
        statistics.broadcasts &+= 1
        guard let topic = topics[message.name] else { return }
        for reference in topic.channels {
            reference._withUnsafeGuaranteedRef { channel in
                if channel.identity == message.from { return }
                if channel.intercepts(message.event) {
                    channel.enqueueOthers(PendingEvent(message, kind: .broadcast))
                } else {
                    channel.socket.send(message)
                }
            }
        }
        for reference in topic.channelSubscribers {
            reference._withUnsafeGuaranteedRef {
                if $0.identity == message.from { return }
                $0.enqueueOthers(PendingEvent(message, kind: .info(topic: message.name.topic)))
            }
        }
        for subscription in topic.appSubscribers where subscription.isActive { deliver(message, to: subscription) }
    }

    // MARK: Subscriptions of apps

    private func deliver(_ message: Broadcast, to subscription: AppSubscription) {
        soon { hub in
            // Unsubscribed meanwhile?
            if subscription.handle != nil { hub.call(subscription, message) }
        }
    }

    private final class Job {
        let hub: SocketHub
        let body: (SocketHub) -> Void

        init(_ hub: SocketHub, _ body: @escaping (SocketHub) -> Void) {
            self.hub = hub
            self.body = body
        }
    }

    /// Runs `body` before the loop polls again, from a clean point.
    func soon(_ body: @escaping (SocketHub) -> Void) {
        worker.loop.enqueueLocal(
            { _, context, _ in
                guard let context else { return }
                let job = Unmanaged<Job>.fromOpaque(context).takeRetainedValue()
                job.body(job.hub)
            }, Unmanaged.passRetained(Job(self, body)).toOpaque(), 0)
    }

    private func call(_ subscription: AppSubscription, _ broadcast: Broadcast) {
        var (topic, name) = (broadcast.name.topic, broadcast.event)
        topic.withUTF8 { topic in
            name.withUTF8 { name in
                broadcast.payload.withUnsafeBytes { payload in
                    var message = zzz_message()
                    message.size = UInt32(MemoryLayout<zzz_message>.size)
                    message.flags =
                        (broadcast.isBinary ? UInt32(ZZZ_PUBSUB_BINARY) : 0)
                        | (broadcast.name.app.isEmpty ? UInt32(ZZZ_PUBSUB_SHARED) : 0)
                    message.topic = zzz_bytes(UnsafeRawBufferPointer(topic))
                    message.event = zzz_bytes(UnsafeRawBufferPointer(name))
                    message.payload = zzz_bytes(payload)
                    let call = AppCall(request: 0, app: subscription.generation, route: -1, debt: .nothing)
                    _ = worker.callApp(call) { subscription.callback(subscription.user, &message) }
                }
            }
        }
    }
}

extension Channel {
    /// Whether that event goes through the app before it goes to the client.
    @inline(__always)
    func intercepts(_ event: String) -> Bool {
        site._withUnsafeGuaranteedRef { site in
            site.interceptsAny && site.channels[Int(definition)].intercepts.contains(event)
        }
    }
}

extension PendingEvent {
    init(_ message: Broadcast, kind: Kind) {
        self.init(kind: kind, event: message.event, payload: message.payload, isBinary: message.isBinary)
    }
}
