// An app with every fault that an app can have, each behind a route. See README.md.
import Zzz

struct Faulty: App {
    /// The step in which it traps, by the settings.
    private let trappingStep: String
    private let state = SharedState()

    init(_ configuration: Configuration) throws {
        trappingStep = try configuration["trap", default: ""]
        trapIfAsked(in: "create")
    }

    func start() throws { trapIfAsked(in: "start") }
    func stop() { trapIfAsked(in: "stop") }

    @inline(never)
    private func trapIfAsked(in step: String) {
        if trappingStep == step { _ = trapIndex(step.utf8.count) }
    }

    @RoutesBuilder
    func routes() -> [Route] {
        healthy()
        traps()
        crashes()
        asyncTraps()
        threads()
        loops()
        waits()
        middleware()
    }

    private func healthy() -> [Route] {
        trapIfAsked(in: "enroll")
        return [
            get("/ok") { _ in "ok" },
            get("/throw") { _ in try throwError() },
            get("/lock") { [state] _ in "locked \(state.lock()) times" },
            get("/cancelled") { [state] _ in "\(state.cancellations)" },
        ]
    }

    /// A handler that throws is no fault: it shows the difference.
    func render(_ abort: Abort, for context: Context) throws -> Response? {
        if abort.status == 418 { return Response.text("\(trapIndex(abort.status.rawValue.leadingZeroBitCount + 7))") }
        return nil
    }
}

extension Faulty {
    @RoutesBuilder
    private func middleware() -> [Route] {
        get("/trap-middleware", through: [Pipeline { TrapsBefore() }]) { _ in "not trapped" }
        get("/trap-before-send", through: [Pipeline { TrapsBeforeSending() }]) { _ in "not trapped" }
        get("/trap-async-middleware", through: [Pipeline { TrapsAfterWaiting() }]) { _ in "not trapped" }
    }

    @RoutesBuilder
    private func traps() -> [Route] {
        get("/trap") { context in "\(trapIndex(context.number("n", 7)))" }
        get("/fatal") { context in fatalMessage(context.number("n", 7)) }
        get("/overflow") { context in "\(trapOverflow(context.number("n", 7)))" }
        get("/nil") { context in "\(trapNil(context.query["missing"]))" }
        get("/cast") { context in "\(trapCast(context.query["n"] ?? "text"))" }
        get("/unowned") { _ in "\(trapUnowned(makeBorrower()))" }
        get("/precondition") { context in "\(trapPrecondition(context.number("n", 7)))" }
        get("/divide") { context in "\(trapDivide(by: context.number("n", 0)))" }
        get("/exclusive") { context in "\(trapExclusive(Cell(context.number("n", 7))))" }
        get("/trap-deinit") { context in trapInDeinit(context.number("n", 7)) }
        get("/trap-render") { _ -> String in throw Abort(418) }
        post("/trap-upload", through: [Pipeline { BodyParser([.multipart]) }]) { context in
            "\(trapIndex(try context.params.require("file", as: Upload.self).size))"
        }
        get("/lock-and-trap") { [state] context in "\(state.lockAndTrap(context.number("n", 7)))" }
    }

    @RoutesBuilder
    private func crashes() -> [Route] {
        get("/segv-nil") { context in "\(readNearNil(context.number("n", 8)))" }
        get("/segv-libc") { context in "\(measureNothing(context.number("n", 16)))" }
        get("/abort") { context in abortIfPositive(context.number("n", 7)) }
        get("/recurse") { context in "\(recurse(context.number("n", 0)))" }
        get("/corrupt") { context in corruptHeap(context.number("n", 64)) }
        get("/exit") { context in exitProcess(context.number("n", 7)) }
    }

    @RoutesBuilder
    private func asyncTraps() -> [Route] {
        get("/trap-async") { context in "\(try await trapAfterSleep(context.number("n", 7)))" }
        get("/trap-async-loop") { context in "\(try await trapAfterLoopSleep(context))" }
        get("/trap-async-first") { context in "\(await trapBeforeSuspension(context.number("n", 7)))" }
        get("/trap-child") { context in "\(await trapInChild(context.number("n", 7)))" }
        get("/trap-group") { context in "\(await trapInGroup(context.number("n", 7)))" }
        get("/trap-detached") { context in "\(await trapDetached(context.number("n", 7)))" }
        get("/trap-actor") { context in "\(await Counter().trapInActor(context.number("n", 7)))" }
        get("/trap-stream") { context in try await trapInStream(context) }
        post("/trap-body", streamBody: true) { context in "\(try await trapInBody(context))" }
        get("/trap-closed") { context in try await trapWhenClosed(context) }
        webSocket("/trap-socket") { context in
            let number = context.number("n", 7)
            return { socket in try await trapInSocket(socket, number) }
        }
    }

    @RoutesBuilder
    private func threads() -> [Route] {
        get("/trap-blocking") { context in "\(try await trapInBlocking(context))" }
        get("/trap-thread") { context in try await trapOnOwnThread(context) }
    }

    @RoutesBuilder
    private func loops() -> [Route] {
        get("/spin") { context in "\(spin(context.number("n", 7)))" }
        get("/spin-alloc") { context in "\(spinAllocating(context.number("n", 7)))" }
        get("/spin-async") { context in "\(await spinAsync(context.number("n", 7)))" }
        get("/spin-write") { context in "\(spinWriting(context))" }
    }

    @RoutesBuilder
    private func waits() -> [Route] {
        get("/block") { context in block(milliseconds: context.number("ms", 500)) }
        get("/block-stream") { context in try await blockInStream(context) }
        get("/sleep-stream") { context in try await sleepInStream(context) }
        get("/sleep") { context in try await sleepOnLoop(context) }
        get("/sleep-forever") { [state] context in try await sleepForever(context, state) }
        get("/ignore-cancel") { context in try await ignoreCancellation(context) }
        get("/forget") { _ in await forget() }
    }
}

extension Context {
    /// A number of the query: what a fault depends on, so that the optimiser cannot know.
    func number(_ name: String, _ fallback: Int) -> Int { query[name, as: Int.self] ?? fallback }
}

@c(zzz_app_entry) public func entry() -> AppDescriptor {
    export(version: "1.0") { configuration in try Faulty(configuration) }
}
