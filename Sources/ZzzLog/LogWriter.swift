import Glibc
import Logging
import Synchronization

/// The log: takes records from every thread and writes them on a thread of its own.
///
/// Its life: `init`, `start`, hand out handlers and rings, `stop`. Records from before `start` wait in the queue.
public final class LogWriter: Sendable {
    private let queue: LogQueue
    private let waker = LogWaker()
    private let descriptor: Int32
    private let journalPath: String
    private let shared: Mutex<Shared>
    private let globalLevel: Atomic<Int>
    /// How often everything that waited has been written; see `flush`.
    private let completedRounds = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)

    /// Bytes of the log thread's stack.
    private static let stackSize = 256 << 10

    private struct Shared {
        var format: LogFormat
        var parameterFilter: ParameterFilter
        var rings: [AccessRing] = []
        var thread: pthread_t?
    }

    /// - Parameters:
    ///   - format: how records are written.
    ///   - level: the least severe level of handlers that have none of their own.
    ///   - parameterFilter: what is hidden of the queries in access records.
    ///   - descriptor: where text and JSON go; borrowed.
    public convenience init(
        format: LogFormat, level: Logger.Level, parameterFilter: ParameterFilter, descriptor: Int32 = STDERR_FILENO
    ) {
        self.init(
            format: format, level: level, parameterFilter: parameterFilter, descriptor: descriptor,
            journalPath: LogOutput.journalPath, queue: LogQueue())
    }

    init(
        format: LogFormat, level: Logger.Level, parameterFilter: ParameterFilter, descriptor: Int32,
        journalPath: String, queue: LogQueue
    ) {
        self.descriptor = descriptor
        self.journalPath = journalPath
        self.queue = queue
        shared = Mutex(Shared(format: format, parameterFilter: parameterFilter))
        globalLevel = Atomic(level.order)
    }

    /// The least severe level of handlers that have none of their own. A change takes effect at once, everywhere.
    public var level: Logger.Level {
        get { Logger.Level.allCases[globalLevel.load(ordering: .relaxed)] }
        set { globalLevel.store(newValue.order, ordering: .relaxed) }
    }

    /// How records are written from the next batch on.
    public var format: LogFormat {
        get { shared.withLock(\.format) }
        set { shared.withLock { $0.format = newValue } }
    }

    /// What is hidden of the queries in access records from the next batch on.
    public var parameterFilter: ParameterFilter {
        get { shared.withLock(\.parameterFilter) }
        set { shared.withLock { $0.parameterFilter = newValue } }
    }

    /// A handler for swift-log; `label` names the part of the daemon.
    public func handler(label: String) -> ZzzLogHandler {
        ZzzLogHandler(label: label, writer: self)
    }

    /// A ring for the access records of one loop. It stays registered for good: make one per loop, and use `isEnabled`.
    ///
    /// - Parameter capacity: in bytes, a power of two, at least 16 KiB.
    public func makeAccessRing(capacity: Int = AccessRing.defaultCapacity, isEnabled: Bool) -> AccessRing {
        let ring = AccessRing(capacity: capacity, isEnabled: isEnabled, waker: waker)
        shared.withLock { $0.rings.append(ring) }
        return ring
    }

    /// Starts the log thread. Its signals are all blocked; call this once.
    public func start() {
        shared.withLock { shared in
            precondition(shared.thread == nil, "the log thread was started twice")
            var thread = pthread_t()
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            pthread_attr_setstacksize(&attributes, Self.stackSize)
            let context = Unmanaged.passRetained(self).toOpaque()
            let code = pthread_create(&thread, &attributes, logThreadBody, context)
            precondition(code == 0, "pthread_create for the log: errno \(code)")
            shared.thread = thread
        }
    }

    /// Waits until everything that was logged before the call has been written; false at the deadline.
    ///
    /// For tests and for the end of the daemon: it looks every millisecond.
    public func flush(within timeout: Duration) -> Bool {
        let deadline = ContinuousClock.now + timeout
        // The round under way may have passed our records by; the one after it cannot.
        let wanted = completedRounds.load(ordering: .acquiring) + 2
        while completedRounds.load(ordering: .acquiring) < wanted {
            guard ContinuousClock.now < deadline else { return false }
            waker.wake(from: .napping)
            usleep(1000)
        }
        return true
    }

    /// Writes what waits and ends the log thread; gives up at the deadline, since the terminal may have stopped.
    public func stop(within timeout: Duration) {
        let isFlushed = flush(within: timeout)
        isStopping.store(true, ordering: .releasing)
        waker.wake(from: .napping)
        let thread = shared.withLock { shared in
            defer { shared.thread = nil }
            return shared.thread
        }
        if isFlushed, let thread { pthread_join(thread, nil) }
    }

    func append(_ record: LogRecord) {
        queue.append(record)
        // What is urgent does not wait until the nap is over.
        waker.wake(from: record.level >= .warning ? .napping : .asleep)
    }

    fileprivate func run() {
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        nameThread("zzz-log")
        var batch = LogBatch(output: LogOutput(descriptor: descriptor, journalPath: journalPath))
        while true {
            waker.beginWork()
            let isLast = isStopping.load(ordering: .acquiring)
            let hadRecords = writeRound(&batch)
            completedRounds.add(1, ordering: .acquiringAndReleasing)
            if isLast { break }
            if waker.nap(as: hadRecords ? .napping : .asleep) || hadRecords { continue }
            // Whoever saw the state before `asleep` and so woke nobody has left a record or the order to stop by now.
            if !hasRecords, !isStopping.load(ordering: .acquiring) { waker.waitEndlessly() }
        }
        batch.finish()
    }

    private var hasRecords: Bool {
        !queue.isEmpty || shared.withLock { $0.rings.contains { !$0.isEmpty } }
    }

    /// Writes everything that waits; false when there was nothing.
    private func writeRound(_ batch: inout LogBatch) -> Bool {
        let (format, filter, rings) = shared.withLock { ($0.format, $0.parameterFilter, $0.rings) }
        batch.begin(format, filter)
        let (records, dropped) = queue.takeAll()
        for record in records { batch.write(record) }
        var droppedAccess = 0
        var hadAccess = false
        for ring in rings {
            while ring.readNext({ batch.write($0) }) { hadAccess = true }
            droppedAccess += ring.takeDroppedCount()
        }
        if dropped > 0 { batch.write(.dropped(dropped, of: "log")) }
        if droppedAccess > 0 { batch.write(.dropped(droppedAccess, of: "access")) }
        batch.end()
        return hadAccess || !records.isEmpty || dropped > 0 || droppedAccess > 0
    }
}

/// Gives the calling thread a name for ps and gdb; pthread_setname_np(3) is not in Swift's Glibc module.
private func nameThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, name, name.utf8.count)
    close(file)
}

private func logThreadBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<LogWriter>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

extension LogRecord {
    /// What takes the place of records that did not fit.
    fileprivate static func dropped(_ count: Int, of kind: String) -> LogRecord {
        LogRecord(
            time: LogClock.now(), level: .warning, source: "zzz.log", isAboutApp: false,
            message: "\(count) \(kind) records were dropped: they came faster than they could be written",
            metadata: [("dropped", .string(String(count)))], file: #fileID, function: #function, line: #line)
    }
}

extension Logger.Level {
    /// Its place in `allCases`, the least severe first.
    var order: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }
}
