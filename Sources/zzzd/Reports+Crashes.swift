import ZzzControl
import ZzzHost
import ZzzServer

extension ThreadsReport {
    init(_ threads: LoopMonitor.Threads, limit: Int) {
        self.init(
            running: threads.running, spare: threads.spare, stalled: threads.stalled, frozen: threads.frozen,
            limit: limit)
    }
}

extension CrashesReport {
    /// The latest faults of one app, or of all.
    init(_ crashes: [Crash], app: String?) {
        self.init(crashes: crashes.filter { app == nil || $0.app == app }.map { CrashReport($0) })
    }
}

extension CrashReport {
    init(_ crash: Crash) {
        self.init(
            at: Timestamp(secondsSince1970: crash.at), app: crash.app, what: Activity(crash.fault.work),
            signal: crash.signal, meaning: crash.meaning, outcome: Outcome(crash.fault.outcome))
        generation = Int(clamping: crash.generation)
        version = crash.version
        route = crash.route
        method = crash.method
        requestID = crash.fault.request.map { "\($0)" }
        address = "0x" + String(crash.fault.address, radix: 16)
        frames = crash.frames.enumerated().flatMap { index, frame in
            Frame.frames(index, frame, isOwn: frame.address.label == crash.app)
        }
    }
}

extension CrashReport.Frame {
    /// One for each function that is inlined there, and one for that which is really there.
    static func frames(_ index: Int, _ frame: SymbolizedFrame, isOwn: Bool) -> [CrashReport.Frame] {
        let offset = Int(clamping: frame.address.offset)
        guard !frame.locations.isEmpty else {
            return [.init(index: index, function: nil, module: frame.address.label, offset: offset, isOwn: isOwn)]
        }
        return frame.locations.map { location in
            .init(
                index: index, function: location.function, module: frame.address.label, file: location.file,
                line: location.line, offset: offset, isOwn: isOwn)
        }
    }
}

extension CrashReport.Activity {
    init(_ work: AppFault.Work) {
        self =
            switch work {
            case .request: .request
            case .socket: .socket
            case .job: .job
            case .step: .load
            case .blocking: .blockingWork
            case .ownThread: .unknownThread
            }
    }
}

extension CrashReport.Outcome {
    init(_ outcome: AppFault.Outcome) {
        self =
            switch outcome {
            case .answered(500): .answered500
            case .answered: .answeredBefore
            case .cut: .connectionCut
            case .channelEnded: .channelEnded
            case .nobodyWaited: .nobodyWaited
            }
    }
}
