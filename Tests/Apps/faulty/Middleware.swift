// Faults in what runs around a handler.
import Zzz

struct TrapsBefore: Middleware {
    func call(_ context: Context) throws -> Next {
        _ = trapIndex(context.number("n", 7))
        return .next
    }
}

struct TrapsBeforeSending: Middleware {
    func call(_ context: Context) throws -> Next {
        context.beforeSend { context in _ = trapIndex(context.number("n", 7)) }
        return .next
    }
}

struct TrapsAfterWaiting: AsyncMiddleware {
    func call(_ context: Context) async throws -> Next {
        try await context.sleep(for: .milliseconds(1))
        _ = trapIndex(context.number("n", 7))
        return .next
    }
}
