import ZzzServer

/// A fault in an app, with names for everything: what `zzzctl crashes` shows.
public struct Crash: Sendable {
    /// Seconds since 1970.
    public let at: Int
    public let fault: AppFault
    /// Empty when the code belongs to no app that is known.
    public let app: String
    public let generation: UInt64
    public let version: String
    /// The route's pattern without the mount, and its methods.
    public let route: String?
    public let method: String?
    public let frames: [SymbolizedFrame]

    /// "SIGILL", or "endless loop"
    public var signal: String { SignalName.of(fault.kind) }

    /// "trap: Index out of range" where Swift's checks say so in the backtrace, else what the signal mostly means.
    public var meaning: String {
        ownLocations.first.flatMap(Self.failedCheck).map { "trap: \($0)" } ?? SignalName.meaning(fault)
    }

    /// What became of the request: "answered 500".
    public var outcome: String {
        switch fault.outcome {
        case .answered(let status): "answered \(status)"
        case .cut: "connection cut"
        case .channelEnded: "the channel ended"
        case .nobodyWaited: fault.request == nil ? "no request" : "the request had ended"
        }
    }

    /// What the app was doing: "GET /users/:id", "a job", ...
    public var what: String {
        if let route { return method.map { "\($0) \(route)" } ?? route }
        return switch fault.work {
        case .request: "a request"
        case .socket: "an event of a socket"
        case .job: "a timer or job"
        case .step: "a step of its life"
        case .blocking: "blocking work"
        case .ownThread: "a thread of its own"
        }
    }

    /// The first frame in the app's own code, in words: "show(_:) at Posts.swift:12".
    public var place: String? {
        let locations = ownLocations.filter { Self.failedCheck($0) == nil }
        // What is inlined of other modules has a path of the machine that those were built on.
        let own = locations.first { $0.file.map { !$0.hasPrefix("/") && !$0.hasPrefix("<") } ?? false }
        return (own ?? locations.first).map { "\($0)" }
    }

    /// The innermost frame of the app's own.
    private var ownLocations: [SymbolizedFrame.Location] {
        frames.first { $0.address.label == app && !$0.locations.isEmpty }?.locations ?? []
    }

    /// The compiler leaves the reason of a trap in the debug information, as a function that is inlined there.
    private static func failedCheck(_ location: SymbolizedFrame.Location) -> String? {
        let mark = "Swift runtime failure: "
        return location.function.hasPrefix(mark) ? String(location.function.dropFirst(mark.utf8.count)) : nil
    }
}
