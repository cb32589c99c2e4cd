// Handlers that take their time, or never answer.
import Glibc
import Zzz

/// Blocks the thread that it is called on, as a handler should not.
@inline(never)
func block(milliseconds: Int) -> String {
    usleep(UInt32(milliseconds) * 1000)
    return "blocked for \(milliseconds) ms"
}

@inline(never)
func blockInStream(_ context: Context) async throws {
    try await context.stream(contentType: "text/plain") { writer in
        try await writer.write("begin, ")
        try await writer.write(block(milliseconds: context.number("ms", 500)))
        try await writer.write(", end")
    }
}

@inline(never)
func sleepInStream(_ context: Context) async throws {
    let milliseconds = context.number("ms", 500)
    try await context.stream(contentType: "text/plain") { writer in
        try await writer.write("begin, ")
        try await context.sleep(for: .milliseconds(milliseconds))
        try await writer.write("slept for \(milliseconds) ms, end")
    }
}

@inline(never)
func sleepOnLoop(_ context: Context) async throws -> String {
    let milliseconds = context.number("ms", 500)
    try await context.sleep(for: .milliseconds(milliseconds))
    return "slept for \(milliseconds) ms"
}

/// Never answers, and stops when it is told to.
@inline(never)
func sleepForever(_ context: Context, _ state: SharedState) async throws -> String {
    do {
        while true { try await context.sleep(for: .seconds(3600)) }
    } catch is CancellationError {
        state.noteCancellation()
        throw Abort(.serviceUnavailable)
    }
}

/// Does not look whether it was cancelled, and answers when it is ready, which may be too late.
@inline(never)
func ignoreCancellation(_ context: Context) async throws -> String {
    let milliseconds = context.number("ms", 2000)
    return try await context.blocking { block(milliseconds: milliseconds) }
}

/// Never answers and never ends: nobody will resume it.
@inline(never)
func forget() async -> String {
    await withUnsafeContinuation { (_: UnsafeContinuation<String, Never>) in }
}
