import Glibc
import Synchronization
import Testing
import ZzzAppABI
import ZzzIO
import ZzzRouter
import ZzzServer

@testable import ZzzHost

/// zzz_http.route and on_unmatched, from the contract's side.
@Suite struct RegistrationTests {
    /// Loads an app that registers these routes in enroll, and ignores what it is told.
    private func load(_ routes: [RouteFields]) -> (
        results: [(status: zzz_status, message: String)], Result<Site, AppError>
    ) {
        let results = Mutex<[(status: zzz_status, message: String)]>([])
        do throws(AppError) {
            var script = ScriptedApp.Script()
            let box = Box(results: [])
            script.enroll = { app, _ in
                box.set(routes.map { $0.add(to: app) })
                return Status.ok
            }
            let generation = try ScriptedApp.make(script)
            try generation.create(ScriptedApp.host)
            let outcome: Result<Site, AppError>
            do throws(AppError) {
                try generation.enroll()
                outcome = .success(try generation.makeSite(mount: "/", hosts: [], limits: SiteLimits()))
            } catch {
                outcome = .failure(error)
            }
            return (box.results, outcome)
        } catch {
            return (results.withLock { $0 }, .failure(error))
        }
    }

    private final class Box: Sendable {
        private let stored: Mutex<[(status: zzz_status, message: String)]>
        init(results: [(status: zzz_status, message: String)]) { stored = Mutex(results) }
        func set(_ results: [(status: zzz_status, message: String)]) { stored.withLock { $0 = results } }
        var results: [(status: zzz_status, message: String)] { stored.withLock { $0 } }
    }

    private func refusal(_ route: RouteFields, _ status: zzz_status = Status.invalid) throws -> String {
        let (results, outcome) = load([route])
        let result = try #require(results.first)
        #expect(result.status == status)
        guard case .failure(let error) = outcome else {
            Issue.record("loaded with a refused route")
            return result.message
        }
        // The app ignored the status; the load fails all the same, with the same words.
        #expect(error.reason == result.message)
        return result.message
    }

    @Test func aRouteArrivesWhole() throws {
        var fields = RouteFields()
        fields.methods = 1 << 1 | 1 << 9 | 1 << 0
        fields.flags = UInt32(ZZZ_ROUTE_STREAM_BODY)
        fields.pattern = "/users/:id"
        fields.host = "*.example.com"
        fields.source = "main.c:3"
        fields.name = "user"
        fields.bodyLimitBytes = 99
        let site = try load([fields]).1.get()
        let route = try #require(site.routes.first)
        #expect(route.methods == [.get, .trace, .other])
        #expect(route.pattern.text == "/users/:id")
        #expect(route.host?.text == "*.example.com")
        #expect(route.source == "main.c:3")
        #expect(route.name == "user")
        #expect(route.streamsBody)
        #expect(route.bodyLimitBytes == 99)
        #expect(route.user == UnsafeMutableRawPointer(bitPattern: 0x1234))
        #expect(site.generation == 7)
    }

    @Test func multipartBodiesHaveTheirOwnWayAndLimit() throws {
        var fields = RouteFields()
        fields.flags = UInt32(ZZZ_ROUTE_STREAM_MULTIPART)
        fields.multipartLimitBytes = 1 << 30
        let route = try #require(try load([fields]).1.get().routes.first)
        #expect(route.streamsMultipart && !route.streamsBody)
        #expect(route.multipartLimitBytes == 1 << 30)
        #expect(route.bodyLimitBytes == nil)
        // Headers that are older than the field.
        fields.size = UInt32(MemoryLayout<zzz_route>.offset(of: \.multipart_limit_bytes)!)
        #expect(try load([fields]).1.get().routes[0].multipartLimitBytes == nil)
    }

    @Test func everyMethodBitHasItsMethod() throws {
        let methods: [MethodSet] = [.other, .get, .head, .post, .put, .patch, .delete, .options, .connect, .trace]
        for (bit, method) in methods.enumerated() {
            var fields = RouteFields()
            fields.methods = 1 << UInt32(bit)
            #expect(try load([fields]).1.get().routes[0].methods == method)
        }
        var fields = RouteFields()
        fields.methods = ABIWord.allMethods
        #expect(try load([fields]).1.get().routes[0].methods == .all)
    }

    @Test func fieldsThatAreRefused() throws {
        var fields = RouteFields()
        fields.methods = 0
        #expect(try refusal(fields).contains("methods is 0"))
        fields.methods = 1 << 10
        #expect(try refusal(fields).contains("unknown methods 0x400"))
        fields = RouteFields()
        fields.flags = 4
        #expect(try refusal(fields).contains("unknown flags 0x4"))
        fields = RouteFields()
        fields.hasHandler = false
        #expect(try refusal(fields).contains("handler is NULL"))
        fields = RouteFields()
        fields.pattern = "users"
        fields.source = "main.c:9"
        let message = try refusal(fields)
        #expect(message.contains("starts with"))
        #expect(message.contains("main.c:9"))
        fields = RouteFields()
        fields.host = "http://x"
        #expect(try refusal(fields).contains("host \"http://x\""))
    }

    @Test func lengthLimits() throws {
        for (count, isRefused) in [(1023, false), (1024, false), (1025, true)] {
            var fields = RouteFields()
            fields.source = String(repeating: "s", count: count)
            #expect((load([fields]).results[0].status == Status.invalid) == isRefused)
        }
        for (count, isRefused) in [(255, false), (256, false), (257, true)] {
            var fields = RouteFields()
            fields.name = String(repeating: "n", count: count)
            #expect((load([fields]).results[0].status == Status.invalid) == isRefused)
        }
        for (count, isRefused) in [(8191, false), (8192, false), (8193, true)] {
            var fields = RouteFields()
            fields.pattern = "/" + String(repeating: "p", count: count - 1)
            #expect((load([fields]).results[0].status == Status.invalid) == isRefused)
        }
    }

    /// An older app's struct ends earlier: what is not there is not read.
    @Test func shorterStructs() throws {
        var fields = RouteFields()
        fields.bodyLimitBytes = 5
        fields.size = UInt32(MemoryLayout<zzz_route>.offset(of: \.body_limit_bytes)!)
        #expect(try load([fields]).1.get().routes[0].bodyLimitBytes == nil)
        fields.size = UInt32(MemoryLayout<zzz_route>.offset(of: \.user)!)
        #expect(try load([fields]).1.get().routes[0].user == nil)
        fields.size = UInt32(MemoryLayout<zzz_route>.offset(of: \.handler)!)
        #expect(try refusal(fields).contains("size is"))
    }

    @Test func conflictNamesBothPlaces() throws {
        var first = RouteFields()
        first.pattern = "/users/:id"
        first.source = "a.c:1"
        var second = RouteFields()
        second.pattern = "/users/:name"
        second.source = "b.c:2"
        let (results, outcome) = load([first, second])
        #expect(results.map(\.status) == [Status.ok, Status.conflict])
        #expect(results[1].message.contains("a.c:1"))
        #expect(results[1].message.contains("b.c:2"))
        #expect(throws: AppError.self) { try outcome.get() }

        // Another host or another method is no conflict.
        second.host = "example.com"
        var third = first
        third.methods = 1 << 3
        #expect(load([first, second, third]).results.allSatisfy { $0.status == Status.ok })
    }

    @Test func routeCountLimit() throws {
        func routes(_ count: Int) -> [RouteFields] {
            (0..<count).map { index in
                var fields = RouteFields()
                fields.pattern = "/r/\(index)"
                return fields
            }
        }
        let limit = Registrar.maximumRouteCount
        #expect(try load(routes(limit - 1)).1.get().routes.count == limit - 1)
        #expect(try load(routes(limit)).1.get().routes.count == limit)
        let (results, outcome) = load(routes(limit + 1))
        #expect(results.last?.status == Status.limit)
        #expect(results.dropLast().allSatisfy { $0.status == Status.ok })
        #expect(throws: AppError.self) { try outcome.get() }
    }

    @Test func outsideLoadIsRefused() throws {
        let generation = try ScriptedApp.make()
        #expect(RouteFields().add(to: generation.handle).status == Status.state)
        try generation.create(ScriptedApp.host)
        #expect(RouteFields().add(to: generation.handle).status == Status.state)
        try generation.enroll()
        #expect(RouteFields().add(to: generation.handle).status == Status.state)
        #expect(generation.setUnmatched({ _, _, _ in }, nil, nil) == Status.state)
        try generation.start()
        #expect(RouteFields().add(to: generation.handle).status == Status.state)
        // It was refused when nothing was being loaded, so it does not count against the load.
        #expect(generation.routeCount == 0)
    }

    @Test func anotherThreadIsRefused() throws {
        var script = ScriptedApp.Script()
        script.enroll = { app, _ in
            let handle = UInt(bitPattern: app)
            let result = BlockingQueue<zzz_status>()
            let hasStarted = DetachedThread.start("other") {
                result.push(RouteFields().add(to: OpaquePointer(bitPattern: handle)!).status)
            }
            guard hasStarted else { return Status.io }
            return result.pop() == Status.thread ? Status.ok : Status.app
        }
        let generation = try ScriptedApp.make(script)
        try generation.create(ScriptedApp.host)
        let error = failure { () throws(AppError) in try generation.enroll() }
        #expect(error?.reason == "routes and channels are registered on the thread that called create or enroll")
    }

    @Test func unmatched() throws {
        var script = ScriptedApp.Script()
        script.create = { app, error in
            let table = HTTPExtension.table.pointee
            guard table.on_unmatched(app, nil, nil, error) == Status.invalid else { return Status.app }
            return Status.ok
        }
        let refused = try ScriptedApp.make(script)
        #expect(
            failure { () throws(AppError) in try refused.create(ScriptedApp.host) }?.reason
                == "on_unmatched: handler is NULL")

        script.create = { app, error in
            HTTPExtension.table.pointee.on_unmatched(app, { _, _, _ in }, nil, error)
        }
        script.enroll = { app, error in
            HTTPExtension.table.pointee.on_unmatched(app, { _, _, _ in }, nil, error)
        }
        let twice = try ScriptedApp.make(script)
        try twice.create(ScriptedApp.host)
        #expect(failure { () throws(AppError) in try twice.enroll() }?.reason == "on_unmatched was set before")
    }

    @Test func garbageHandles() throws {
        let generation = try ScriptedApp.make()
        let real = UInt(bitPattern: generation.handle)
        #expect(Generation.from(handle: generation.handle) === generation)
        let garbage: [UInt] = [
            1, 8, real + 100_000, real ^ (1 << 45), real & 0xFF_FFFF, UInt.max, UInt(bitPattern: malloc(16)!),
        ]
        for bits in garbage { #expect(Generation.from(handle: OpaquePointer(bitPattern: bits)) == nil, "\(bits)") }
        #expect(Generation.from(handle: nil) == nil)
    }
}
