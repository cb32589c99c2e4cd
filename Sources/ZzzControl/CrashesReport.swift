/// The result of `crashes`.
public struct CrashesReport: Codable, Sendable, Equatable {
    /// The most that are kept.
    public static let limit = 100

    /// The latest faults, newest last.
    public var crashes: [CrashReport]

    public init(crashes: [CrashReport]) {
        self.crashes = crashes
    }
}

/// One fault in an app's code: where it was, and what came of it.
public struct CrashReport: Codable, Sendable, Equatable {
    /// What the thread was doing. The list may grow.
    public enum Activity: String, Codable, Sendable {
        case request, socket, job, load
        case blockingWork = "blocking work"
        case unknownThread = "unknown thread"
    }

    /// What whoever waited for it got. The list may grow.
    public enum Outcome: String, Codable, Sendable {
        case answered500 = "answered 500"
        /// The app had answered before it faulted.
        case answeredBefore = "answered before"
        case connectionCut = "connection cut"
        case channelEnded = "channel ended"
        case nobodyWaited = "nobody waited"
    }

    /// One function of the stack.
    public struct Frame: Codable, Sendable, Equatable {
        /// From 0, the innermost.
        public var index: Int
        /// As people read it; nil when it is not known.
        public var function: String?
        /// The file that the code was loaded from.
        public var module: String
        public var file: String?
        public var line: Int?
        /// Bytes from the function's start, or from the module's when the function is not known.
        public var offset: Int
        /// Whether the module is the app's own.
        public var isOwn: Bool

        public init(
            index: Int, function: String?, module: String, file: String? = nil, line: Int? = nil, offset: Int = 0,
            isOwn: Bool = false
        ) {
            self.index = index
            self.function = function
            self.module = module
            self.file = file
            self.line = line
            self.offset = offset
            self.isOwn = isOwn
        }

        enum CodingKeys: String, CodingKey {
            case index, function, module, file, line, offset
            case isOwn = "own"
        }
    }

    public var at: Timestamp
    /// Empty when no app can be blamed.
    public var app: String
    public var generation: Int
    public var version: String
    public var what: Activity
    /// The pattern of the route, with the app's mount.
    public var route: String?
    public var method: String?
    /// The number under which the access log has the request.
    public var requestID: String?
    /// `SIGILL`
    public var signal: String
    /// What that mostly is: `trap: precondition, fatalError, overflow or nil unwrap`.
    public var meaning: String
    /// The address that was touched, or that of the instruction, in hexadecimal.
    public var address: String
    public var outcome: Outcome
    /// The stack, innermost first.
    public var frames: [Frame]

    public init(at: Timestamp, app: String, what: Activity, signal: String, meaning: String, outcome: Outcome) {
        self.at = at
        self.app = app
        self.what = what
        self.signal = signal
        self.meaning = meaning
        self.outcome = outcome
        generation = 0
        version = ""
        address = "0x0"
        frames = []
    }

    enum CodingKeys: String, CodingKey {
        case at, app, generation, version, what, route, method, signal, meaning, address, outcome, frames
        case requestID = "request_id"
    }
}
