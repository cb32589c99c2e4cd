import Synchronization
import ZzzAppABI
import ZzzChannels
import ZzzIO

/// The server's bus: messages by topic, across its loops.
///
/// A broadcast is encoded once, posted once to each loop that has somebody in the topic, and delivered there without a
/// lock. Messages of one sender come in its order.
public final class PubSub: @unchecked Sendable {
    // @unchecked: `workers` and `adapter` are constant, and what is behind the workers touched on their loops.
    public typealias Refusal = RequestCalls.Refusal

    let directory = TopicDirectory()
    let presence: PresenceDirectory
    private let workers: [Unmanaged<Worker>]
    private let adapter: (any PubSubAdapter)?
    /// Whether other daemons are heard.
    private let isConnected = Mutex(false)
    /// Sites of tables that connections have of their own.
    private let residents = Mutex<[String: Site]>([:])
    /// Bytes of messages that wait in mailboxes.
    private let waitingBytes = Atomic<Int>(0)

    /// Bytes that may wait for loops that do not keep up; senders are refused above.
    static var mostWaitingBytes: Int { 256 << 20 }

    init(_ workers: [Unmanaged<Worker>], _ adapter: (any PubSubAdapter)?) {
        self.workers = workers
        self.adapter = adapter
        presence = PresenceDirectory(workers)
    }

    /// One of the server's own loops.
    func worker(numbered number: Int) -> Unmanaged<Worker>? {
        workers.first { $0._withUnsafeGuaranteedRef { $0.number == number } }
    }

    // MARK: Broadcasts

    /// [any] Sends to all of a topic. `app` is the app's name, or empty for a topic of all apps.
    public func broadcast(
        app: String, topic: String, event: String, _ payload: UnsafeRawBufferPointer, isBinary: Bool
    ) throws(Refusal) {
        let name = TopicName(app: app, topic: topic)
        if let worker = workers.first(where: { $0._withUnsafeGuaranteedRef { $0.isCurrent } }) {
            let outcome: Result<Void, Refusal>? = worker._withUnsafeGuaranteedRef { worker in
                worker.callHost {
                    let message = Broadcast(
                        name, event: event, payload: payload, isBinary: isBinary, writer: &worker.hub.writer)
                    do throws(Refusal) { return .success(try send(message, from: worker)) } catch {
                        return .failure(error)
                    }
                }
            }
            if let outcome { return try outcome.get() }
        }
        var writer = MessageWriter()
        try send(Broadcast(name, event: event, payload: payload, isBinary: isBinary, writer: &writer), from: nil)
    }

    /// Sends to all of a topic, on all daemons. [loop] on that of `worker`; [any] without.
    func send(_ message: Broadcast, from worker: Worker?) throws(Refusal) {
        if let adapter { try adapter.send(PubSubMessage(message)) }
        try sendHere(message, from: worker)
    }

    /// The same to those of this daemon.
    func sendHere(_ message: Broadcast, from worker: Worker?) throws(Refusal) {
        guard waitingBytes.load(ordering: .relaxed) <= Self.mostWaitingBytes else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_LIMIT),
                text: "the loops do not keep up: more than \(Self.mostWaitingBytes >> 20) MiB of messages wait")
        }
        directory.loops(message.name).forEach { index in
            guard index != worker?.index else { return }
            post(message, to: index)
        }
        worker?.hub.deliver(message)
    }

    private func post(_ message: Broadcast, to index: Int) {
        waitingBytes.add(message.payload.count, ordering: .relaxed)
        workers[index]._withUnsafeGuaranteedRef { worker in
            worker.loop.remote.postAlways(
                { _, context, word in
                    guard let context, let worker = UnsafeRawPointer(bitPattern: word) else { return }
                    let message = Unmanaged<Broadcast>.fromOpaque(context).takeRetainedValue()
                    Unmanaged<Worker>.fromOpaque(worker)._withUnsafeGuaranteedRef { worker in
                        worker.hub.pubSub?.waitingBytes.subtract(message.payload.count, ordering: .relaxed)
                        worker.hub.deliver(message)
                    }
                }, Unmanaged.passRetained(message).toOpaque(), UInt(bitPattern: workers[index].toOpaque()))
        }
    }

    // MARK: Other daemons

    /// [any] Takes what another daemon has sent; nothing before the server runs, and after it.
    /// - Throws: for what is malformed or too long; and when the loops do not keep up, a message being lost then.
    public func receive(_ message: PubSubMessage) throws(Refusal) {
        try message.check()
        let refusal: Refusal? = isConnected.withLock { isConnected in
            guard isConnected else { return nil }
            do throws(Refusal) { try deliver(message) } catch { return error }
            return nil
        }
        if let refusal { throw refusal }
    }

    private func deliver(_ message: PubSubMessage) throws(Refusal) {
        switch message {
        case .broadcast(let app, let topic, let event, let payload, let isBinary):
            let name = TopicName(app: app, topic: topic)
            guard !directory.loops(name).isEmpty else { return }
            var writer = MessageWriter()
            let broadcast = payload.withUnsafeBytes {
                Broadcast(name, event: event, payload: $0, isBinary: isBinary, writer: &writer)
            }
            try sendHere(broadcast, from: nil)
        case .disconnect(let app, let id): disconnectHere(app: app, id: id)
        }
    }

    func connect() {
        isConnected.withLock { $0 = true }
        adapter?.start(self)
    }

    func disconnect() {
        isConnected.withLock { $0 = false }
        adapter?.stop()
    }

    // MARK: Subscriptions of apps

    /// [any] Has `callback` called on a loop for what is broadcast on the topic.
    /// - Parameters:
    ///   - app: the name of the app that subscribes.
    ///   - isShared: a topic of all apps.
    ///   - generation: the app's handle.
    /// - Returns: the handle for `unsubscribe`.
    public func subscribe(
        app: String, generation: OpaquePointer?, topic: String, isShared: Bool, loop: Int,
        _ callback: @escaping zzz_message_callback, _ user: UnsafeMutableRawPointer?
    ) throws(Refusal) -> OpaquePointer? {
        guard workers.indices.contains(loop) else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_INVALID), text: "loop: not one of this host")
        }
        nonisolated(unsafe) let user = user  // only handed back
        nonisolated(unsafe) let generation = generation
        nonisolated(unsafe) var result: OpaquePointer?
        onLoop(loop) { hub in
            // The first generation of an app subscribes before it is in the table.
            let isActive = hub.site(named: app).map { $0.app.pointer == generation } ?? true
            let subscription = AppSubscription(
                TopicName(app: isShared ? "" : app, topic: topic), app: app, generation: generation,
                callback: callback, user: user, isActive: isActive)
            guard let handle = hub.subscriptions.add(subscription) else { return }
            subscription.handle = handle
            hub.topic(subscription.topic).add(subscription)
            result = handle.pointer
        }
        guard let result else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "too many subscriptions on this loop")
        }
        return result
    }

    /// [any] Ends a subscription; false when it has ended.
    public func unsubscribe(_ subscription: OpaquePointer?) -> Bool {
        let handle = RequestHandle(subscription)
        guard handle.kind == .subscription, let worker = WorkerRegistry.worker(handle.worker),
            let index = workers.firstIndex(where: { $0.toOpaque() == worker.toOpaque() })
        else { return false }
        nonisolated(unsafe) var found = false
        onLoop(index) { hub in
            guard let subscription = hub.subscriptions[handle] else { return }
            found = true
            hub.end(subscription)
        }
        return found
    }

    /// [any] The generation has stopped: its subscriptions end.
    public func endSubscriptions(of generation: OpaquePointer?) {
        nonisolated(unsafe) let generation = generation
        for worker in workers {
            worker._withUnsafeGuaranteedRef { worker in
                worker.postAlways { worker in
                    for subscription in worker.hub.subscriptions.all where subscription.generation == generation {
                        worker.hub.end(subscription)
                    }
                }
            }
        }
    }

    /// [any] Who is in a topic of an app's: the state that clients are sent.
    public func presences(app: String, topic: String) -> [UInt8] {
        presence.list(TopicName(app: app, topic: topic))
    }

    // MARK: Sites

    /// [any] Serves a site that is in no table of the server's, but in one that connections have of their own. Its name
    /// must be nobody else's.
    public func add(resident site: Site) { residents.withLock { $0[site.name] = site } }

    public func remove(resident site: Site) { residents.withLock { $0[site.name] = nil } }

    func resident(_ name: String) -> Site? { residents.withLock { $0[name] } }

    // MARK: Sockets

    /// [any] Closes every socket of the app's with that id, on all daemons.
    public func disconnect(app: String, id: String) throws(Refusal) {
        if let adapter { try adapter.send(.disconnect(app: app, id: id)) }
        disconnectHere(app: app, id: id)
    }

    private func disconnectHere(app: String, id: String) {
        for worker in workers {
            worker._withUnsafeGuaranteedRef { worker in
                worker.postAlways { worker in
                    for socket in worker.hub.sockets.all {
                        guard let socket = socket as? ChannelSocket, socket.app == app, socket.id == id else {
                            continue
                        }
                        socket.close(.goingAway, "disconnected")
                    }
                }
            }
        }
    }

    /// Runs `body` on a loop and waits for it: at once on the loop's own thread.
    private func onLoop(_ index: Int, _ body: @escaping (SocketHub) -> Void) {
        nonisolated(unsafe) let body = body
        workers[index]._withUnsafeGuaranteedRef { worker in
            if worker.isCurrent, worker.callHost({ body(worker.hub) }) != nil { return }
            let done = Completion()
            worker.postAlways { worker in
                body(worker.hub)
                done.signal()
            }
            done.wait()
        }
    }
}

extension SocketHub {
    func end(_ subscription: AppSubscription) {
        guard let handle = subscription.handle else { return }
        subscriptions.remove(handle)
        subscription.handle = nil
        guard let topic = topics[subscription.topic] else { return }
        topic.remove(subscription)
        dropIfEmpty(topic)
    }
}
