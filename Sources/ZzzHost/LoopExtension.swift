import CLinux
import Glibc
import Synchronization
import ZzzAppABI
import ZzzIO
import ZzzServer

/// "zzz.loop/1": the functions of `zzz_loop_api`, over the server's loops.
public enum LoopExtension {
    static var table: UnsafePointer<zzz_loop_api> { storage.pointer }

    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_loop_api>
    }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_loop_api>.allocate(capacity: 1)
        table.initialize(
            to: zzz_loop_api(
                size: UInt32(MemoryLayout<zzz_loop_api>.size), reserved: 0, count: count, at: at, current: current,
                of_request: ofRequest, post: post, timer: timer, cancel: cancel, watch: watch, unwatch: unwatch,
                blocking: blocking, now: now))
        return Table(pointer: UnsafePointer(table))
    }()

    /// The server whose loops apps see, set once, before the first app is loaded. Without one (in a probe) there are no
    /// loops.
    private static let attached = Mutex<Server?>(nil)
    /// The same for the functions that are called for every job: written before any app runs, never changed.
    nonisolated(unsafe) private(set) static var server: Server?
    /// The most pieces of blocking work that wait for a thread.
    private static let maximumWaiting = 4096
    private static let pool = AppThreads(
        name: "zzz-blocking", kind: .blocking, maximumThreads: 32, maximumWaiting: maximumWaiting)

    /// Apps see the loops of this server; called once, before the first app is loaded.
    public static func attach(_ server: Server) {
        attached.withLock { attached in
            precondition(attached == nil, "apps see the loops of one server")
            attached = server
            self.server = server
        }
    }

    // MARK: Loops as handles: their number and one

    private static func handle(_ index: Int) -> OpaquePointer? { OpaquePointer(bitPattern: index + 1) }

    /// The loop behind a handle, nil for anything that is no handle.
    static func index(_ handle: OpaquePointer?) -> Int? {
        let index = Int(bitPattern: handle) - 1
        guard let server, index >= 0, index < server.loopCount else { return nil }
        return index
    }

    private static let count: @convention(c) () -> UInt32 = { UInt32(server?.loopCount ?? 0) }

    private static let at: @convention(c) (UInt32) -> OpaquePointer? = { number in
        guard let server, Int(number) < server.loopCount else { return nil }
        return handle(Int(number))
    }

    private static let current: @convention(c) () -> OpaquePointer? = { server?.currentLoop.flatMap { handle($0) } }

    private static let ofRequest: @convention(c) (OpaquePointer?) -> OpaquePointer? = { request in
        RequestCalls.loopIndex(of: request).flatMap { handle($0) }
    }

    private static let now: @convention(c) () -> UInt64 = { Loop.current?.now ?? zzz_linux_monotonic_ns() }

    // MARK: Jobs

    private static let post:
        @convention(c) (
            OpaquePointer?, OpaquePointer?, OpaquePointer?, zzz_job?, UnsafeMutableRawPointer?
        ) -> zzz_status = { app, loop, request, job, user in
            guard let job else { return Status.invalid }
            guard let server, let index = index(loop) else { return Status.gone }
            let work = AppJob(function: job, user: user, request: request, app: app)
            return server.post(work, loop: index) ? Status.ok : Status.limit
        }

    private static let blocking:
        @convention(c) (
            OpaquePointer?, OpaquePointer?, OpaquePointer?, zzz_job?, zzz_job?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, loop, request, work, done, user, error in
            guard let work else { return Refusal.invalid("work is NULL").write(to: error) }
            guard let server, let index = index(loop) else {
                return Refusal(Status.gone, "loop is no loop of this daemon").write(to: error)
            }
            let onPool = AppJob(function: work, user: user, request: request, app: app)
            let onLoop = done.map { AppJob(function: $0, user: user, request: request, app: app) }
            let isAccepted = pool.run(
                AppThreads.Work(request: request, app: app, body: {
                    onPool.function(onPool.user)
                    // A full mailbox empties soon, and nobody else would say that the work is done.
                    while let onLoop, !server.post(onLoop, loop: index) { sched_yield() }
                }))
            guard isAccepted else {
                return Refusal(Status.limit, "\(maximumWaiting) pieces of blocking work are waiting").write(to: error)
            }
            return Status.ok
        }

    // MARK: Timers

    private static let timer:
        @convention(c) (
            OpaquePointer?, OpaquePointer?, OpaquePointer?, UInt64, UInt64, zzz_job?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, loop, request, delay, interval, job, user, result, error in
            guard let job else { return Refusal.invalid("job is NULL").write(to: error) }
            guard let server, let index = index(loop) else {
                return Refusal(Status.gone, "loop is no loop of this daemon").write(to: error)
            }
            let work = AppJob(function: job, user: user, request: request, app: app)
            guard let timer = AppTimers.start(work, on: server, loop: index, delay, interval, app: app) else {
                return Refusal(Status.limit, "the loop's mailbox is full").write(to: error)
            }
            result?.pointee = timer
            return Status.ok
        }

    private static let cancel: @convention(c) (OpaquePointer?) -> zzz_status = { timer in
        guard let server else { return Status.gone }
        return AppTimers.cancel(timer, on: server)
    }

    // MARK: Descriptors

    private static let watch:
        @convention(c) (
            OpaquePointer?, Int32, UInt32, zzz_watch_callback?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status = { app, descriptor, events, callback, user, result, error in
            guard let callback else { return Refusal.invalid("callback is NULL").write(to: error) }
            guard let server, let index = server.currentLoop else {
                return Refusal(Status.thread, "descriptors are watched on a loop").write(to: error)
            }
            return AppWatches.start(
                descriptor, events, callback, user, app: app, on: server, loop: index, result, error)
        }

    private static let unwatch: @convention(c) (OpaquePointer?) -> zzz_status = { watch in
        guard let server else { return Status.gone }
        guard server.currentLoop != nil else { return Status.thread }
        return AppWatches.end(watch, on: server)
    }
}
