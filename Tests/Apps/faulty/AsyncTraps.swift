// Traps in the pieces that an async handler is cut into, and on the threads where they run.
import Glibc
import Zzz

@inline(never)
func trapAfterSleep(_ number: Int) async throws -> Int {
    try await Task.sleep(for: .milliseconds(10))
    return trapIndex(number)
}

@inline(never)
func trapAfterLoopSleep(_ context: Context) async throws -> Int {
    try await context.sleep(for: .milliseconds(10))
    return trapIndex(context.number("n", 7))
}

@inline(never)
func trapBeforeSuspension(_ number: Int) async -> Int { trapIndex(number) }

@inline(never)
func trapInChild(_ number: Int) async -> Int {
    async let child = trapBeforeSuspension(number)
    return await child
}

@inline(never)
func trapInGroup(_ number: Int) async -> Int {
    await withTaskGroup(of: Int.self) { group in
        for offset in 0..<3 { group.addTask { trapIndex(number + offset) } }
        return await group.reduce(0, +)
    }
}

/// On a thread of the concurrency runtime's own pool, not on a loop.
@inline(never)
func trapDetached(_ number: Int) async -> Int {
    await Task.detached { trapIndex(number) }.value
}

/// Answers what can be done without a trap.
@inline(never)
func trapInSocket(_ socket: AsyncWebSocket, _ number: Int) async throws {
    for try await message in socket.messages {
        if message.text.contains("later") { try await Task.sleep(for: .milliseconds(10)) }
        if message.text.contains("trap") { try await socket.send("\(trapIndex(number))") }
        try await socket.send(message)
    }
}

actor Counter {
    private var count = 0

    @inline(never)
    func trapInActor(_ number: Int) -> Int {
        count += trapIndex(number)
        return count
    }
}

@inline(never)
func trapInStream(_ context: Context) async throws {
    try await context.stream(contentType: "text/plain", lengthBytes: 100) { writer in
        try await writer.write(String(repeating: "x", count: 50))
        // So that the first half is on its way.
        try await context.sleep(for: .milliseconds(context.number("ms", 20)))
        try await writer.write("\(trapIndex(context.number("n", 7)))")
    }
}

@inline(never)
func trapInBody(_ context: Context) async throws -> Int {
    var count = 0
    for try await piece in context.bodyStream { count += trapIndex(piece.count + 3) }
    return count
}

@inline(never)
func trapWhenClosed(_ context: Context) async throws -> String {
    let number = context.number("n", 7)
    try await withTaskCancellationHandler {
        try await context.sleep(for: .seconds(3600))
    } onCancel: {
        _ = trapIndex(number)
    }
    return "not closed"
}

@inline(never)
func trapInBlocking(_ context: Context) async throws -> Int {
    let number = context.number("n", 7)
    return try await context.blocking { trapIndex(number) }
}

/// A thread that the daemon knows nothing of.
@inline(never)
func trapOnOwnThread(_ context: Context) async throws -> String {
    var thread = pthread_t()
    let number = UnsafeMutableRawPointer(bitPattern: context.number("n", 7))
    pthread_create(&thread, nil, { _ = trapIndex(Int(bitPattern: $0)); return nil }, number)
    pthread_detach(thread)
    try await context.sleep(for: .milliseconds(100))
    return "the thread has trapped"
}
