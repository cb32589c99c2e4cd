import Glibc
import ZzzServer

/// A call of an app's step, which may never return, or trap.
enum GuardedCall {
    /// How a step ended.
    enum Outcome<Value: Sendable>: Sendable {
        case returned(Value)
        /// It has not returned in time: its thread is left to itself.
        case late
        /// The app's code faulted in it: its thread is frozen.
        case faulted(AppFault.Kind)
    }

    private static let threads = AppThreads(
        name: "zzz-app-step", kind: .step, maximumThreads: 256, maximumWaiting: 0)

    /// Runs `body` on a thread of its own, on behalf of the app with that handle.
    /// - Throws: when no thread can be had.
    static func run<Value: Sendable>(
        app: OpaquePointer?, within deadline: Duration, _ body: @escaping @Sendable () -> Value
    ) throws(SystemError) -> Outcome<Value> {
        let result = BlockingQueue<Outcome<Value>>()
        let isAccepted = threads.run(
            AppThreads.Work(
                app: app, body: { result.push(.returned(body())) }, faulted: { result.push(.faulted($0.kind)) }))
        guard isAccepted else { throw SystemError("pthread_create", "a step of the app", code: EAGAIN) }
        return result.pop(within: deadline) ?? .late
    }
}
