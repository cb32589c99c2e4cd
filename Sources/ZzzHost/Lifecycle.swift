/// Where a generation is in its life (app.h): create -> enroll -> start -> running -> quiesce -> stop.
enum Lifecycle: Equatable, Sendable {
    /// Nothing of the app has been called but its entry.
    case new
    case creating
    case created
    case enrolling
    /// Its routes are frozen.
    case enrolled
    case starting
    case running
    /// It gets no new requests.
    case quiescing
    case stopped
    /// A step before `running` failed, or never returned.
    case failed

    /// What happens to a generation.
    enum Event: Equatable, Sendable {
        /// The next step's callback is about to be called.
        case begin(Step)
        /// It returned ZZZ_OK.
        case succeed
        /// It returned anything else, or did not return in time.
        case fail
    }

    enum Step: Equatable, Sendable {
        case create, enroll, start, quiesce, stop
    }

    /// Whether routes may be registered: the [load] tag.
    var isLoading: Bool { self == .creating || self == .enrolling }

    mutating func event(_ event: Event) {
        self =
            switch (self, event) {
            case (.new, .begin(.create)): .creating
            case (.creating, .succeed): .created
            case (.created, .begin(.enroll)): .enrolling
            case (.enrolling, .succeed): .enrolled
            case (.enrolled, .begin(.start)): .starting
            case (.starting, .succeed): .running
            case (.running, .begin(.quiesce)): .quiescing
            case (.quiescing, .begin(.stop)): .stopped
            case (.new, .fail), (.creating, .fail), (.created, .fail), (.enrolling, .fail), (.enrolled, .fail): .failed
            // Also of one that came to run just after it had been given up.
            case (.starting, .fail), (.running, .fail), (.failed, .fail): .failed
            default: preconditionFailure("a generation that is \(self) cannot \(event)")
            }
    }
}
