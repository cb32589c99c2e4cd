import CContainment
import Glibc
import Logging
import Synchronization
import ZzzIO
import ZzzServer

/// Turns faults into reports, on a thread of its own: names their addresses, writes them to the log, and keeps the
/// latest.
public final class CrashLog: Sendable {
    /// How many reports are kept.
    public static let capacity = 100
    /// How much of a backtrace goes to the log; the report has all of it.
    static let loggedFrames = 24
    /// How many faults may wait for their report; more are counted and not reported.
    static let queueCapacity = 256

    private struct State {
        var crashes: [Crash] = []
        var total: UInt64 = 0
        var waiting = 0
        var skipped: UInt64 = 0
    }

    private enum Item {
        case fault(AppFault)
        case job(@Sendable () -> Void)
    }

    private let queue = BlockingQueue<Item>()
    private let state = Mutex(State())
    private let symbolizer: Symbolizer
    private let logger: Logger

    /// - Throws: when no thread can be made.
    public init(logger: Logger, symbolizer: Symbolizer = Symbolizer()) throws(AppError) {
        self.logger = logger
        self.symbolizer = symbolizer
        let hasStarted = DetachedThread.start("crashes", stackBytes: 0) { [self] in
            // Reports can wait, and so can the process that names their addresses: it inherits this.
            zzz_this_thread_is_less_urgent()
            while let item = queue.pop() {
                switch item {
                case .fault(let fault): report(fault)
                case .job(let job): job()
                }
            }
        }
        guard hasStarted else {
            throw AppError(.environment, reason: "no thread for crash reports", remedy: "raise the limit of threads")
        }
    }

    /// The latest reports, oldest first.
    public var crashes: [Crash] { state.withLock { $0.crashes } }

    /// Faults since the process started.
    public var total: UInt64 { state.withLock { $0.total } }

    /// [any] Takes a fault over; does not block.
    public func add(_ fault: AppFault) {
        let isTaken = state.withLock { state in
            state.total += 1
            guard state.waiting < Self.queueCapacity else {
                state.skipped += 1
                return false
            }
            state.waiting += 1
            return true
        }
        if isTaken { queue.push(.fault(fault)) }
    }

    /// [any] Runs `job` when the faults that were added before have their reports.
    func afterReports(_ job: @escaping @Sendable () -> Void) {
        queue.push(.job(job))
    }

    /// The generation that the fault is in: the one that was called, or else the one whose code is in the backtrace.
    static func generation(of fault: AppFault) -> Generation? {
        if let generation = GenerationTable.find(fault.app) { return generation }
        for address in fault.frames {
            guard let app = zzz_image_app(address) else { continue }
            if let generation = GenerationTable.find(UInt(bitPattern: app)) { return generation }
        }
        return nil
    }

    private func report(_ fault: AppFault) {
        let generation = Self.generation(of: fault)
        let crash = Crash(
            at: Clock.seconds, fault: fault, app: generation?.app ?? "", generation: generation?.number ?? 0,
            version: generation?.image.descriptor.version ?? "",
            route: fault.route.flatMap { generation?.routePattern($0) },
            method: fault.route.flatMap { generation?.routeMethods($0) },
            frames: symbolizer.symbolize(Self.addresses(of: fault, in: generation)))
        let skipped = state.withLock { state in
            state.waiting -= 1
            state.crashes.append(crash)
            if state.crashes.count > Self.capacity { state.crashes.removeFirst() }
            defer { state.skipped = 0 }
            return state.skipped
        }
        write(crash)
        if skipped > 0 { logger.warning("\(skipped) faults came too fast for a report") }
    }

    private static func addresses(of fault: AppFault, in generation: Generation?) -> [FrameAddress] {
        fault.frames.enumerated().map { index, address in
            var path: UnsafePointer<CChar>?
            var offset: UInt64 = 0
            // The first is the instruction itself; of the asynchronous ones each is where a function goes on.
            let isReturnAddress = index > 0 && index < fault.callCount
            guard zzz_image_locate(address, &path, &offset), let path else {
                return FrameAddress(image: "", label: "?", offset: address, isReturnAddress: isReturnAddress)
            }
            let image = String(cString: path)
            let label = image == generation?.image.path ? generation?.app : nil
            // The program itself is called by no name.
            let name = image == "/proc/self/exe" ? "zzzd" : AppPath.fileName(image)
            return FrameAddress(
                image: image, label: label ?? name, offset: offset, isReturnAddress: isReturnAddress)
        }
    }

    /// One record: what, where, what became of it; then the backtrace, a line for each frame.
    private func write(_ crash: Crash) {
        var metadata: Logger.Metadata = ["signal": .string(crash.signal), "outcome": .string(crash.outcome)]
        if !crash.app.isEmpty {
            metadata["app"] = .string(crash.app)
            metadata["generation"] = .stringConvertible(crash.generation)
        }
        if let request = crash.fault.request { metadata["request"] = .string("\(request)") }
        if let route = crash.route { metadata["route"] = .string(route) }
        let place = crash.place.map { " in \($0)" } ?? ""
        let app = crash.app.isEmpty ? "an app" : "app \(crash.app)"
        logger.error("\(app) crashed\(place) (\(crash.meaning)), for \(crash.what)", metadata: metadata)
        // What called the app is the same each time.
        let end = crash.frames.lastIndex { $0.address.label == crash.app }.map { $0 + 1 } ?? crash.frames.count
        for (index, frame) in crash.frames.prefix(min(end, Self.loggedFrames)).enumerated() {
            for line in frame.description.split(separator: "\n") {
                logger.error("  #\(index) \(line)", metadata: crash.app.isEmpty ? [:] : ["app": .string(crash.app)])
            }
        }
    }
}
