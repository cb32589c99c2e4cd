import Synchronization
import Testing
import ZzzAppABI

@testable import Zzz

/// The descriptor, and an app's life as the daemon drives it. One suite, one app: an image exports one.
@Suite(.serialized) struct ExportTests {
    struct Failure: Error, CustomStringConvertible { var description: String { "the disk is full" } }

    /// What the exported app does and has done.
    static let events = Mutex<[String]>([])
    static let failsIn = Mutex("")

    struct Exported: App {
        init() throws {
            events.withLock { $0.append("init") }
            if failsIn.withLock({ $0 == "init" }) { throw Failure() }
        }
        func routes() -> [Route] { get("/") { _ in "exported" } }
        func start() throws {
            events.withLock { $0.append("start") }
            if failsIn.withLock({ $0 == "start" }) { throw Failure() }
        }
        func stop() { events.withLock { $0.append("stop") } }
    }

    private static func entry() -> AppDescriptor { export(try Exported(), version: "2.3.1") }

    @Test func theDescriptorIsConstantAndHasNoSideEffects() {
        Self.events.withLock { $0 = [] }
        let descriptor = Self.entry()
        #expect(descriptor == Self.entry())
        #expect(descriptor.pointee.size == UInt32(MemoryLayout<zzz_app_descriptor>.size))
        #expect(descriptor.pointee.magic == 0x215A_5A5A)
        #expect(withUnsafeBytes(of: descriptor.pointee.magic.littleEndian) { Array($0) } == Array("ZZZ!".utf8))
        #expect(descriptor.pointee.abi_major == 1)
        #expect(String(cString: descriptor.pointee.name) == "Exported")
        #expect(String(cString: descriptor.pointee.version) == "2.3.1")
        #expect(String(cString: descriptor.pointee.runtime).hasPrefix("Swift "))
        #expect(Self.events.withLock { $0 }.isEmpty)
    }

    /// Runs the app's life, and returns how far it came and the error.
    private func live(host: FakeHost) -> (steps: [String], error: String) {
        Self.events.withLock { $0 = [] }
        let descriptor = Self.entry().pointee
        var table = FakeTables.host
        var state: UnsafeMutableRawPointer?
        var error = zzz_error()
        error.size = UInt32(MemoryLayout<zzz_error>.size)
        guard descriptor.create(&table, host.handle, &state, &error) == 0 else {
            return (["create \(error.status)"], error.text)
        }
        guard descriptor.enroll(state, &error) == 0 else { return (["enroll \(error.status)"], error.text) }
        guard descriptor.start(state, &error) == 0 else { return (["start \(error.status)"], error.text) }
        let text = host.get("/").text
        descriptor.stop(state)
        return ([text], "")
    }

    @Test func theLifeOfAnApp() {
        let (steps, _) = live(host: FakeHost())
        #expect(steps == ["exported"])
        #expect(Self.events.withLock { $0 } == ["init", "start", "stop"])
    }

    @Test(arguments: [("init", "create -10"), ("start", "start -10")])
    func aFailureIsTold(_ place: String, _ step: String) {
        Self.failsIn.withLock { $0 = place }
        defer { Self.failsIn.withLock { $0 = "" } }
        let (steps, error) = live(host: FakeHost())
        #expect(steps == [step])
        #expect(error == "the disk is full")
    }

    @Test func aRefusedRouteKeepsItsStatusAndWords() {
        let host = FakeHost()
        host.routeStatus = (HostStatus.conflict, "GET / is taken by a.swift:3")
        let (steps, error) = live(host: host)
        #expect(steps == ["enroll \(HostStatus.conflict)"])
        #expect(error == "route: GET / is taken by a.swift:3")
    }

    @Test func aHostWithoutHTTPIsRefused() {
        var table = FakeTables.host
        table.extension = { _ in nil }
        let error = #expect(throws: StartupError.self) { try Host(&table, app: nil) }
        #expect(error?.description == "the daemon does not offer zzz.http/1")
    }

    @Test func aHostWithAShorterTableIsRefused() {
        var table = FakeTables.host
        table.extension = { name in
            guard String(cString: name!) == ZZZ_HTTP_EXTENSION else { return nil }
            var short = FakeTables.http.pointee
            short.size = UInt32(MemoryLayout.offset(of: \zzz_http.upgrade) ?? 0)
            return UnsafeRawPointer(FakeTables.constant(short))
        }
        let error = #expect(throws: StartupError.self) { try Host(&table, app: nil) }
        #expect(error?.description.contains("this app needs a newer daemon: zzz.http/1") == true)
    }

    @Test(arguments: [
        (String(repeating: "a", count: 502), 502), (String(repeating: "a", count: 503), 503),
        (String(repeating: "a", count: 504), 503), (String(repeating: "é", count: 252), 502), ("", 0),
    ])
    func aLongMessageIsCutAtACharacter(_ text: String, _ count: Int) {
        var error = zzz_error()
        error.fill(status: -1, text)
        #expect(error.text.utf8.count == count)
        #expect(text.hasPrefix(error.text))
    }
}
