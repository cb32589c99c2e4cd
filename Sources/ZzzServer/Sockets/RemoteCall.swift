import Synchronization
import ZzzAppABI
import ZzzIO

/// A call about something of a loop's: at once on the loop's thread, elsewhere through its mailbox.
enum RemoteCall {
    typealias Refusal = RequestCalls.Refusal

    /// Bytes that may wait in a loop's mailbox for sockets and channels.
    private static var mostBytes: Int { 64 << 20 }

    @inline(__always)
    static func run<Object>(
        on handle: Handle, copying byteCount: Int, find: @escaping @Sendable (SocketHub) -> Object?,
        gone: Refusal, here: (Object) throws(Refusal) -> Void,
        posted: () -> @Sendable (Object) throws(Refusal) -> Void
    ) throws(Refusal) {
        guard let worker = WorkerRegistry.worker(handle.worker) else { throw gone }
        let isDone = try worker.borrow { worker throws(Refusal) in
            try worker.runHere { () throws(Refusal) in
                guard let object = find(worker.hub) else { throw gone }
                try here(object)
            }
        }
        if !isDone { try post(worker, byteCount, find, posted()) }
    }

    /// What the loop answers: a thread that does not run it waits.
    static func answer<Answer: Sendable>(
        on handle: Handle, _ body: @escaping @Sendable (SocketHub) throws(Refusal) -> Answer
    ) throws(Refusal) -> Answer {
        let gone = Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "there is no such loop")
        guard let worker = WorkerRegistry.worker(handle.worker) else { throw gone }
        let ask: @Sendable (Worker) -> Result<Answer, Refusal> = { worker in
            Result { () throws(Refusal) in try body(worker.hub) }
        }
        let result: Result<Answer, Refusal>? = worker._withUnsafeGuaranteedRef { worker in
            if worker.isCurrent, let result = worker.callHost({ ask(worker) }) { return result }
            let answers = LoopAnswers<Result<Answer, Refusal>>()
            worker.postAlways { answers.add(ask($0)) }
            return answers.wait(for: 1, seconds: longestWaitSeconds).first
        }
        guard let result else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "the loop has not answered in time")
        }
        return try result.get()
    }

    private static var longestWaitSeconds: Int { 30 }

    @inline(never)
    private static func post<Object>(
        _ worker: Unmanaged<Worker>, _ byteCount: Int, _ find: @escaping @Sendable (SocketHub) -> Object?,
        _ body: @escaping @Sendable (Object) throws(Refusal) -> Void
    ) throws(Refusal) {
        try worker.borrow { worker throws(Refusal) in
            let bytes = worker.hub.remoteBytes
            guard byteCount == 0 || bytes.count.load(ordering: .relaxed) <= mostBytes else {
                throw Refusal(
                    status: zzz_status(ZZZ_ERROR_LIMIT), text: "the loop does not keep up: too much waits for it")
            }
            bytes.count.add(byteCount, ordering: .relaxed)
            worker.postAlways { worker in
                bytes.count.subtract(byteCount, ordering: .relaxed)
                guard let object = find(worker.hub) else { return }
                do throws(Refusal) {
                    try body(object)
                } catch  where error.status != zzz_status(ZZZ_ERROR_GONE) {
                    worker.events?.misuse(
                        app: "", generation: 0, route: nil, "a call from another thread is refused: \(error.text)")
                } catch {
                    // The client has left meanwhile, which is no fault of the app's.
                }
            }
        }
    }
}

/// Bytes that threads without the loop have given it.
final class RemoteBytes: Sendable {
    let count = Atomic<Int>(0)
}
