// What a task waits for: room to write, the next piece of the body, a timer, a thread of the blocking pool.
//
// Each wait registers a continuation under the lock, asks the host, and is woken by whichever comes first: the host's
// callback, or cancellation. The one that takes the continuation out resumes it.
import Synchronization
import ZzzAppABI

/// What a body callback brought.
enum BodyEvent: Sendable {
    case data([UInt8])
    case end(trailers: [(name: String, value: String)])
    case failed
}

extension RequestTask {
    private var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Waits until less than the low-water mark is waiting to be written.
    func waitUntilWritable() async throws {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                state.withLock { $0.writable = continuation }
                if Task.isCancelled { return wakeWriter(.failure(CancellationError())) }
                let status = host.http.pointee.on_writable(request, Self.becameWritable, pointer)
                if status < 0 { wakeWriter(.failure(HostError("on_writable", code: status))) }
            }
        } onCancel: {
            wakeWriter(.failure(CancellationError()))
        }
    }

    /// Waits for the next piece of the request's body.
    func readBody() async throws -> BodyEvent {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                state.withLock { $0.body = continuation }
                if Task.isCancelled { return wakeReader(.failure(CancellationError())) }
                do {
                    _ = try hostCall("read_body") {
                        host.http.pointee.read_body(request, Self.bodyArrived, pointer, $0)
                    }
                } catch {
                    wakeReader(.failure(error))
                }
            }
        } onCancel: {
            wakeReader(.failure(CancellationError()))
        }
    }

    private func wakeWriter(_ result: Result<Void, any Error>) {
        let continuation = state.withLock { $0.writable.take() }
        continuation?.resume(with: result)
    }

    private func wakeReader(_ result: Result<BodyEvent, any Error>) {
        let continuation = state.withLock { $0.body.take() }
        continuation?.resume(with: result)
    }

    private static func from(_ user: UnsafeMutableRawPointer?) -> RequestTask? {
        user.map { Unmanaged<RequestTask>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let becameWritable: zzz_request_callback = { user, _ in
        guard let task = RequestTask.from(user) else { return }
        task.runInline { task.wakeWriter(.success(())) }
    }

    private static let bodyArrived: zzz_body_callback = { user, request, event, data in
        guard let task = RequestTask.from(user) else { return }
        let arrived: BodyEvent =
            switch Int(event) {
            case ZZZ_BODY_DATA: .data(data.array)
            case ZZZ_BODY_END: .end(trailers: task.trailers())
            default: .failed
            }
        task.runInline { task.wakeReader(.success(arrived)) }
    }

    static let clientClosed: zzz_request_callback = { user, _ in
        guard let task = RequestTask.from(user) else { return }
        let running = task.state.withLock {
            $0.clientHasLeft = true
            return $0.task
        }
        task.runInline { running?.cancel() }
    }

    private func trailers() -> [(name: String, value: String)] {
        var headers: UnsafePointer<zzz_header>?
        var count: UInt32 = 0
        guard host.http.pointee.trailers(request, &headers, &count) >= 0 else { return [] }
        return UnsafeBufferPointer(start: headers, count: Int(count)).map { ($0.name.string, $0.value.string) }
    }
}
