import Glibc

/// A system call that failed, or a deadline that passed, in a test's own plumbing.
struct SystemFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// The failure of `operation` that `errno` tells.
    static func last(_ operation: String) -> SystemFailure {
        SystemFailure(operation + ": " + String(cString: strerror(errno)))
    }
}

/// The result of a system call, or the failure it left in `errno`.
@discardableResult
func check<Result: SignedInteger>(_ operation: String, _ result: Result) throws -> Result {
    guard result >= 0 else { throw SystemFailure.last(operation) }
    return result
}

/// Waits until `condition` holds, and throws when it has not by the deadline.
func eventually(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(20), _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw SystemFailure("not within \(limit): \(what())") }
        usleep(5_000)
    }
}
