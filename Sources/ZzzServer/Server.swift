import Glibc
import Synchronization
import ZzzIO
import ZzzTLS

/// HTTP over a number of loops: connections, requests, limits, draining. It knows nothing of shared libraries: what
/// answers a request is a `SiteTable`, which can be replaced while it serves.
///
/// Life: `init`, `start`, any number of `publish`, `listen` and `unlisten`, `drain`, `stop`. Every function may be
/// called from any thread but a loop's.
public final class Server: @unchecked Sendable {
    // @unchecked: `slots` is fixed after init, and what is behind each belongs to its loop; `state` is behind a mutex.

    public struct Configuration: Sendable {
        /// How many loops; at least 1.
        public var loops = 1
        public var loop = LoopConfiguration()
        public var limits = ServerLimits()
        /// Whether each request is reported to `ServerEvents.access`.
        public var logsAccess = false
        /// Requests that one loop may have in flight, those that apps retain included; one more is answered 503.
        /// Rounded up to a multiple of 64, and at most 262,144.
        public var requestsInFlightPerLoop = 262_144
        /// Joins the bus with those of other daemons; nil: there are none.
        public var pubSubAdapter: (any PubSubAdapter)?

        public init() {}
    }

    /// One loop and its worker.
    struct Slot {
        let loop: Loop
        let worker: Worker
    }

    private struct State {
        var listening: [Listening] = []
        /// The loops have threads: nobody else touches what is behind the slots.
        var isRunning = false
    }

    private let slots: [Slot]
    /// Messages by topic, across the loops.
    public let pubSub: PubSub
    private let state = Mutex(State())
    private let connectionCount = Atomic<Int>(0)
    private let connectionLimit: Atomic<Int>
    private let isAtLimit = Atomic<Bool>(false)
    private let limitReached = Atomic<UInt64>(0)
    private weak let events: (any ServerEvents)?

    /// - Throws: when a loop cannot be made (descriptors or memory are short).
    public init(_ configuration: Configuration, events: (any ServerEvents)?) throws(SystemError) {
        self.events = events
        connectionLimit = Atomic(configuration.limits.connections)
        var slots: [Slot] = []
        var loopConfiguration = configuration.loop
        // io_uring: a connection holds up to two read buffers while a request is in flight, and others must still read.
        loopConfiguration.maxProvidedBuffers = max(
            loopConfiguration.maxProvidedBuffers, min(2 * configuration.limits.connections, 32_768))
        for index in 0..<max(configuration.loops, 1) {
            let loop = try Loop(index: index, configuration: loopConfiguration)
            guard let number = WorkerRegistry.takeNumber() else {
                throw SystemError(operation: "start a loop", errno: EAGAIN, subject: "more than 256 in this process")
            }
            let worker = Worker(
                number: number, index: index, loop: loop, limits: configuration.limits,
                capacity: configuration.requestsInFlightPerLoop)
            worker.events = events
            worker.logsAccess = configuration.logsAccess
            WorkerRegistry.add(worker)
            slots.append(Slot(loop: loop, worker: worker))
        }
        self.slots = slots
        pubSub = PubSub(slots.map { Unmanaged.passUnretained($0.worker) }, configuration.pubSubAdapter)
        for slot in slots { slot.worker.hub.pubSub = pubSub }
        for slot in slots {
            slot.worker.connectionClosed = { [unowned self] in self.connectionEnded() }
        }
    }

    deinit {
        for slot in slots { WorkerRegistry.remove(slot.worker) }
    }

    public var loopCount: Int { slots.count }
    public var backend: IOBackend { slots[0].loop.backend }
    public var backendReason: String { slots[0].loop.backendReason }

    /// The loop's face for other threads.
    public func remote(_ index: Int) -> LoopRemote { slots[index].loop.remote }

    func worker(_ index: Int) -> Unmanaged<Worker> { Unmanaged.passUnretained(slots[index].worker) }

    /// The number of the loop that the calling thread runs, nil elsewhere: also on one that has lost its loop.
    public var currentLoop: Int? { slots.firstIndex { $0.worker.isCurrentForCertain } }

    // MARK: Life

    /// Gives each loop a thread. The process ignores SIGPIPE: sendfile(2) has no flag against it.
    public func start() throws(SystemError) {
        state.withLock { $0.isRunning = true }
        for slot in slots {
            slot.worker.hasStopped = Completion()
            try LoopMonitor.shared.run(slot.worker)
        }
        pubSub.connect()
    }

    /// Every request from now on is answered by `table`; returns when every loop reads it.
    public func publish(_ table: SiteTable) {
        onEveryLoop { $0.worker.install(table) }
    }

    /// Changes what can change while serving.
    public func apply(limits: ServerLimits, logsAccess: Bool) {
        connectionLimit.store(limits.connections, ordering: .relaxed)
        onEveryLoop {
            // Exchanges have their arrays of fields already: their number is fixed at the start.
            var limits = limits
            limits.parser.fieldCount = $0.worker.limits.parser.fieldCount
            $0.worker.limits = limits
            $0.worker.logsAccess = logsAccess
        }
        reviewLimit()
    }

    /// Stops accepting, ends idle connections and lets the others finish.
    ///
    /// - Parameter isHandOver: another process accepts from the same sockets. No connection that waits there is lost,
    ///   and idle connections get a moment for a request that is on its way.
    public func beginDraining(isHandOver: Bool = false) {
        for listening in state.withLock({ $0.listening }) { unlisten(listening, isHandOver: isHandOver) }
        onEveryLoop { $0.worker.drain(graceMilliseconds: isHandOver ? Connection.handOverGraceMilliseconds : 0) }
    }

    /// Connections that are open now.
    public var openConnections: Int { connectionCount.load(ordering: .relaxed) }

    /// Cuts what is left, and ends the loops and their threads. No other call may be under way.
    public func stop() {
        guard state.withLock({ $0.isRunning }) else { return }
        pubSub.disconnect()
        for listening in state.withLock({ $0.listening }) { unlisten(listening) }
        let closed = slots.indices.map { index in
            let closed = Completion()
            post(to: index) { $0.worker.closeAll(then: closed.signal) }
            return closed
        }
        for done in closed { done.wait() }
        for slot in slots { slot.loop.remote.stop() }
        for slot in slots {
            slot.worker.hasStopped.wait()
            LoopMonitor.shared.forget(slot.worker)
        }
        state.withLock { $0.isRunning = false }
    }

    // MARK: Listening

    /// Accepts connections from `listeners`: one for each loop, or one that all loops share.
    /// - Parameter transport: what is spoken below HTTP. `apply` replaces it.
    /// - Throws: when a loop cannot watch its listener; then none accepts.
    @discardableResult
    public func listen(
        _ listeners: [Listener], _ transport: Transport = Transport()
    ) throws(SystemError) -> Listening {
        precondition(listeners.count == 1 || listeners.count == slots.count, "one listener, or one for each loop")
        let listening = Listening(address: listeners[0].address, loops: slots.count, transport)
        for index in slots.indices {
            let listener = listeners[listeners.count == 1 ? 0 : index]
            let result = Mutex<Result<LoopConfined<Acceptor>, SystemError>?>(nil)
            onSlot(index) { slot in
                let outcome = self.accept(from: listener, on: slot, countedBy: listening)
                result.withLock { $0 = outcome }
            }
            switch result.withLock({ $0 }) {
            case .success(let acceptor)?: listening.acceptors.withLock { $0.append((index, acceptor)) }
            case .failure(let error)?:
                unlisten(listening)
                throw error
            case nil:
                unlisten(listening)
                throw SystemError(operation: "listen", errno: ESHUTDOWN, subject: "\(listener.address)")
            }
        }
        state.withLock { $0.listening.append(listening) }
        return listening
    }

    /// Stops accepting; the connections that were accepted go on.
    public func unlisten(_ listening: Listening) { unlisten(listening, isHandOver: false) }

    /// Connections that are accepted there from now on are of that kind.
    public func apply(_ transport: Transport, to listening: Listening) {
        onEveryLoop { listening.transports[$0.worker.index].value.transport = transport }
    }

    private func unlisten(_ listening: Listening, isHandOver: Bool) {
        state.withLock { $0.listening.removeAll { $0 === listening } }
        let acceptors = listening.acceptors.withLock { acceptors in
            defer { acceptors = [] }
            return acceptors
        }
        for entry in acceptors {
            onSlot(entry.loop) { _ in
                if isHandOver { entry.acceptor.value.handOver() } else { entry.acceptor.value.stop() }
            }
        }
    }

    private func accept(
        from listener: Listener, on slot: Slot, countedBy listening: Listening
    ) -> Result<LoopConfined<Acceptor>, SystemError> {
        let worker = slot.worker
        let box = listening.transports[worker.index].value
        do throws(SystemError) {
            weak var own: Acceptor?
            let acceptor = try slot.loop.listen(listener) { [unowned self] fd, peer in
                listening.count()
                connectionBegan()
                worker.accept(fd: fd, peer: peer, box.transport)
                // At once, so that not one more is accepted here; the others hear of it through their mailboxes.
                if isAtLimit.load(ordering: .relaxed) { own?.pause() }
            }
            own = acceptor
            acceptor.onTrouble = { [weak self] number in
                self?.events?.acceptFailed(
                    SystemError(operation: "accept4", errno: number, subject: "\(listener.address)"))
            }
            if isAtLimit.load(ordering: .relaxed) { acceptor.pause() }
            return .success(LoopConfined(acceptor))
        } catch {
            return .failure(error)
        }
    }

    // MARK: The connection limit

    func connectionBegan() {
        let count = connectionCount.add(1, ordering: .sequentiallyConsistent).newValue
        if count >= connectionLimit.load(ordering: .relaxed) { reviewLimit() }
    }

    private func connectionEnded() {
        connectionCount.subtract(1, ordering: .sequentiallyConsistent)
        if isAtLimit.load(ordering: .sequentiallyConsistent) { reviewLimit() }
    }

    private var isCountAtLimit: Bool {
        connectionCount.load(ordering: .sequentiallyConsistent) >= connectionLimit.load(ordering: .relaxed)
    }

    /// Pauses or resumes every acceptor when the limit has been crossed.
    private func reviewLimit() {
        var isFull = isCountAtLimit
        var hasChanged = false
        // A connection of another loop may end between the count and the flag, and not see the flag: so the count is
        // read again once the flag is set, and that loop reads the flag after it has counted.
        repeat {
            if isAtLimit.exchange(isFull, ordering: .sequentiallyConsistent) != isFull {
                hasChanged = true
                if isFull { limitReached.add(1, ordering: .relaxed) }
            }
            isFull = isCountAtLimit
        } while isFull != isAtLimit.load(ordering: .sequentiallyConsistent)
        guard hasChanged else { return }
        let acceptors = state.withLock { $0.listening }.flatMap { $0.acceptors.withLock { $0 } }
        for entry in acceptors {
            slots[entry.loop].loop.remote.post { [self] in
                // Read anew: the limit may have been crossed again meanwhile.
                let acceptor = entry.acceptor.value
                if isAtLimit.load(ordering: .relaxed) { acceptor.pause() } else { acceptor.resume() }
            }
        }
    }

    // MARK: Status

    /// What the server has done, and how its loops are.
    public struct Snapshot: Sendable {
        public struct LoopSnapshot: Sendable {
            public var index: Int
            public var statistics: WorkerStatistics
            public var connections: Int
            /// Requests in flight, those included that were answered and are retained by an app.
            public var active: Int
            public var turns: UInt64
            /// Time spent outside the poller, in nanoseconds.
            public var busyNanoseconds: UInt64
            public var sockets: SocketFigures

            init(_ worker: Worker, _ remote: LoopRemote) {
                index = worker.index
                statistics = worker.statistics
                connections = worker.connectionCount
                active = worker.exchanges.inUse
                turns = remote.turn
                busyNanoseconds = remote.busyNanoseconds
                sockets = SocketFigures(worker.hub)
            }
        }
        public var loops: [LoopSnapshot] = []
        public var isAtConnectionLimit = false
        /// How often the limit was reached.
        public var limitReached: UInt64 = 0
    }

    /// Asks every loop. A loop that does not answer within a second is left out.
    public func snapshot() -> Snapshot {
        var snapshot = Snapshot()
        snapshot.isAtConnectionLimit = isAtLimit.load(ordering: .relaxed)
        snapshot.limitReached = limitReached.load(ordering: .relaxed)
        let answers = LoopAnswers<Snapshot.LoopSnapshot>()
        for index in slots.indices {
            _ = run(on: index) { slot in answers.add(Snapshot.LoopSnapshot(slot.worker, slot.loop.remote)) }
        }
        snapshot.loops = answers.wait(for: slots.count, seconds: 1).sorted { $0.index < $1.index }
        return snapshot
    }

    /// Asks every loop about its sockets. A loop that does not answer within a second is left out.
    func onHubs<Answer: Sendable>(_ ask: @escaping @Sendable (SocketHub) -> Answer) -> [Answer] {
        let answers = LoopAnswers<(index: Int, answer: Answer)>()
        for index in slots.indices { _ = run(on: index) { slot in answers.add((index, ask(slot.worker.hub))) } }
        return answers.wait(for: slots.count, seconds: 1).sorted { $0.index < $1.index }.map(\.answer)
    }

    // MARK: Loops

    /// Runs `body` on every loop, and waits for all of them. Before `start`, on the calling thread.
    private func onEveryLoop(_ body: @escaping @Sendable (Slot) -> Void) {
        let waiting = slots.indices.map { index in run(on: index, body) }
        for done in waiting { done.wait() }
    }

    private func onSlot(_ index: Int, _ body: @escaping @Sendable (Slot) -> Void) {
        run(on: index, body).wait()
    }

    private func run(on index: Int, _ body: @escaping @Sendable (Slot) -> Void) -> Completion {
        let done = Completion()
        guard state.withLock({ $0.isRunning }) else {
            body(slots[index])
            done.signal()
            return done
        }
        post(to: index) { slot in
            body(slot)
            done.signal()
        }
        return done
    }

    /// Posts what must not be lost. While the mailbox is full of what apps have posted, this thread, which is no
    /// loop's, waits for room.
    func post(to index: Int, _ body: @escaping @Sendable (Slot) -> Void) {
        while !slots[index].loop.remote.post({ [self] in body(slots[index]) }) { usleep(1_000) }
    }
}

/// An object that is passed through the server's state, and used by one thread only: a loop's own, or the one that
/// stops it.
struct LoopConfined<Object>: @unchecked Sendable {
    // @unchecked: whoever takes `value` out is the only one to use it.
    let value: Object
    init(_ value: Object) { self.value = value }
}
