import Synchronization

/// Lets so many requests at once through, on all loops together, and answers 503 with Retry-After to the others. All
/// the routes behind one value share its count.
///
/// A request counts until its response is complete. A handler that the daemon has given up, since it crashed or hangs,
/// keeps its place until the app is reloaded.
public struct ConcurrencyLimit: Middleware {
    private final class Count: Sendable {
        let value = Atomic<Int>(0)
    }

    private let maximum: Int
    private let retryAfterSeconds: Int
    private let count = Count()

    /// - Parameters:
    ///   - maximum: requests at once, at least 1.
    ///   - retryAfter: when the others should try again, in whole seconds.
    public init(_ maximum: Int, retryAfter: Duration = .seconds(1)) {
        self.maximum = maximum
        retryAfterSeconds = Int(retryAfter.wholeSeconds)
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if maximum < 1 { throw StartupError("a limit of \(maximum) requests lets none through") }
    }

    public func call(_ context: Context) throws -> Next {
        guard count.value.wrappingAdd(1, ordering: .relaxed).newValue <= maximum else {
            count.value.wrappingSubtract(1, ordering: .relaxed)
            throw Abort(
                .serviceUnavailable, "Too many requests at once.", headers: [("Retry-After", "\(retryAfterSeconds)")])
        }
        context.onEnd { [count] _ in _ = count.value.wrappingSubtract(1, ordering: .relaxed) }
        return .next
    }

    /// How many are being handled now.
    public var current: Int { count.value.load(ordering: .relaxed) }
}
