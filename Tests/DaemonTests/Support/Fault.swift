import Testing

/// A way in which the app faulty goes wrong while it answers a request, and what has to come of it.
struct Fault: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        /// 500.
        case answered
        /// Part of a response was on its way, so that the connection is cut.
        case cut
        /// It faults on a thread that the daemon did not make: nobody knows for which request, and the task that waits
        /// for it is answered for at its deadline.
        case deadline
    }

    let route: String
    var outcome = Outcome.answered
    let signals: Set<String>
    let place: SourcePlace
    /// What the client sends with it.
    var body = ""

    var testDescription: String { route }

    /// What a trap of Swift's raises, on x86_64 and on arm64.
    static let trap: Set<String> = ["SIGILL", "SIGTRAP"]
    static let index = SourcePlace.faulty("trapIndex(_:)", "Traps", "{ [1, 2, 3][index] }")

    /// One that ends in `trapIndex`.
    private static func trapping(
        _ route: String, _ outcome: Outcome = .answered, body: String = ""
    ) -> Fault {
        Fault(route: route, outcome: outcome, signals: trap, place: index, body: body)
    }

    private static func swift(
        _ route: String, _ signals: Set<String>, _ function: String, _ text: String, in file: String = "Traps"
    ) -> Fault {
        Fault(route: route, signals: signals, place: .faulty(function, file, text))
    }

    /// Faults in a synchronous handler.
    static let synchronous = [
        trapping("/trap"),
        swift("/fatal", trap, "fatalMessage(_:)", "fatalError("),
        swift("/overflow", trap, "trapOverflow(_:)", "number + Int.max"),
        swift("/nil", trap, "trapNil(_:)", "text!.utf8.count"),
        swift("/cast", ["SIGABRT"], "trapCast(_:)", "value as! Int"),
        swift("/unowned", ["SIGABRT"], "trapUnowned(_:)", "borrower.owner.name"),
        swift("/precondition", trap, "trapPrecondition(_:)", "precondition("),
        swift("/divide", trap, "trapDivide(by:)", "100 / number"),
        trapping("/trap-deinit"),
        trapping("/trap-render"),
        trapping("/lock-and-trap"),
        trapping("/trap-middleware"),
        trapping("/trap-before-send"),
        swift("/segv-nil", ["SIGSEGV"], "readNearNil(_:)", "return pointer.pointee", in: "Crashes"),
        swift("/segv-libc", ["SIGSEGV"], "measureNothing(_:)", "return strlen(pointer) &+ 1", in: "Crashes"),
        swift("/abort", ["SIGABRT"], "abortIfPositive(_:)", "if number > 0 { abort() }", in: "Crashes"),
    ]

    /// Faults in the pieces of an async handler.
    static let asynchronous = [
        trapping("/trap-async"),
        trapping("/trap-async-middleware"),
        trapping("/trap-async-loop"),
        trapping("/trap-async-first"),
        trapping("/trap-child"),
        trapping("/trap-group"),
        trapping("/trap-actor"),
        trapping("/trap-blocking"),
        trapping("/trap-detached", .deadline),
        trapping("/trap-stream", .cut),
        trapping("/trap-body", body: "0123456789"),
    ]

    /// The message of the request.
    var request: String {
        guard !body.isEmpty else { return "GET \(route) HTTP/1.1\r\nHost: a\r\n\r\n" }
        return "POST \(route) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
