import Logging
import Synchronization
import ZzzAppABI
import ZzzJSON

@testable import ZzzHost

/// An app whose callbacks are closures of the test: the contract without a file.
enum ScriptedApp {
    typealias Step = @Sendable (_ app: OpaquePointer, _ error: UnsafeMutablePointer<zzz_error>?) -> zzz_status

    struct Script: Sendable {
        var create: Step = { _, _ in Status.ok }
        var enroll: Step = { _, _ in Status.ok }
        var start: Step = { _, _ in Status.ok }
    }

    private struct Handle: Hashable, @unchecked Sendable {
        // @unchecked: a handle is a number.
        let pointer: OpaquePointer
    }

    private static let scripts = Mutex<[Handle: Script]>([:])

    private static func script(_ state: UnsafeMutableRawPointer?) -> (OpaquePointer, Script) {
        let app = OpaquePointer(state!)
        return (app, scripts.withLock { $0[Handle(pointer: app)] }!)
    }

    static func make(
        _ script: Script = Script(), settings: JSONValue = .object([:]),
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws(AppError) -> Generation {
        var descriptor = zzz_app_descriptor()
        descriptor.size = UInt32(MemoryLayout<zzz_app_descriptor>.size)
        descriptor.magic = ABIWord.magic
        descriptor.abi_major = UInt16(ZZZ_ABI_MAJOR)
        descriptor.abi_minor = UInt16(ZZZ_ABI_MINOR)
        descriptor.create = { _, app, state, error in
            state!.pointee = UnsafeMutableRawPointer(app!)
            let (app, script) = ScriptedApp.script(UnsafeMutableRawPointer(app!))
            return script.create(app, error)
        }
        descriptor.enroll = { state, error in
            let (app, script) = ScriptedApp.script(state)
            return script.enroll(app, error)
        }
        descriptor.start = { state, error in
            let (app, script) = ScriptedApp.script(state)
            return script.start(app, error)
        }
        let read = try withStrings("scripted", "1", "Swift") { (name, version, runtime) throws(AppError) in
            descriptor.name = name
            descriptor.version = version
            descriptor.runtime = runtime
            return try AppDescriptor(&descriptor)
        }
        let generation = try Generation(
            Generation.Parameters(
                app: "scripted", number: 7, settings: settings, stateDirectory: "/state", logger: logger),
            image: AppImage(path: "/scripted.so", descriptor: read))
        scripts.withLock { $0[Handle(pointer: generation.handle)] = script }
        return generation
    }

    private static func withStrings<Result>(
        _ first: StaticString, _ second: StaticString, _ third: StaticString,
        _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>) throws(AppError) -> Result
    ) throws(AppError) -> Result {
        func pointer(_ text: StaticString) -> UnsafePointer<CChar> {
            UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
        }
        return try body(pointer(first), pointer(second), pointer(third))
    }

    static let host = HostTable(version: "0.0-test")
}

/// A route as an app would fill it.
struct RouteFields: Sendable {
    var size = UInt32(MemoryLayout<zzz_route>.size)
    var methods: UInt32 = 1 << 1
    var flags: UInt32 = 0
    var pattern = "/"
    var host = ""
    var source = ""
    var name = ""
    var hasHandler = true
    var bodyLimitBytes: UInt64 = 0
    var multipartLimitBytes: UInt64 = 0

    /// Registers it with the app, and returns the status and the message.
    func add(to app: OpaquePointer) -> (status: zzz_status, message: String) {
        let report = ErrorReport()
        var route = zzz_route()
        route.size = size
        route.methods = methods
        route.flags = flags
        route.handler = hasHandler ? { _, _, _ in } : nil
        route.user = UnsafeMutableRawPointer(bitPattern: 0x1234)
        route.body_limit_bytes = bodyLimitBytes
        route.multipart_limit_bytes = multipartLimitBytes
        let texts = [pattern, host, source, name].map { LentBytes($0) }
        route.pattern = texts[0].bytes
        route.host = texts[1].bytes
        route.source = texts[2].bytes
        route.name = texts[3].bytes
        let status = HTTPExtension.table.pointee.route(app, &route, report.pointer)
        return (status, report.message)
    }
}
