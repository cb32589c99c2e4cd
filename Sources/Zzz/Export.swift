// The one line that makes an app loadable, and the five functions behind it that the daemon calls.
import Synchronization
import ZzzAppABI

/// What `zzz_app_entry` returns.
public typealias AppDescriptor = UnsafePointer<zzz_app_descriptor>

/// Exports an app that needs no configuration:
/// ```swift
/// @c(zzz_app_entry) public func entry() -> AppDescriptor { export(Hello(), version: "1.0") }
/// ```
/// The expression is evaluated each time the daemon makes a generation, not when the library is inspected. `name` and
/// `version` are for people.
public func export<A: App>(
    _ app: @autoclosure @escaping @Sendable () throws -> A, name: String = "\(A.self)", version: String = "0"
) -> AppDescriptor {
    Exported.descriptor(name: name, version: version) { _ in try app() }
}

/// Exports an app that reads its configuration while it is made:
/// ```swift
/// @c(zzz_app_entry) public func entry() -> AppDescriptor {
///     export { configuration in try Blog(title: configuration.require("title")) }
/// }
/// ```
public func export<A: App>(
    name: String = "\(A.self)", version: String = "0", _ make: @escaping @Sendable (Configuration) throws -> A
) -> AppDescriptor {
    Exported.descriptor(name: name, version: version, make)
}

/// What this image exports. An image holds one app, since it has one `zzz_app_entry`.
final class Exported: Sendable {
    private let make: @Sendable (Configuration) throws -> any App
    private let address: UInt

    private static let current = Mutex<Exported?>(nil)

    private init(name: String, version: String, _ make: @escaping @Sendable (Configuration) throws -> any App) {
        self.make = make
        let descriptor = UnsafeMutablePointer<zzz_app_descriptor>.allocate(capacity: 1)
        descriptor.initialize(
            to: lifecycle(name: name, version: version) { host, app, state, error in
                createApp(host, app, state, error, Exported.make)
            })
        address = UInt(bitPattern: descriptor)
    }

    /// The descriptor, the same one at every call, as the contract asks.
    static func descriptor(
        name: String, version: String, _ make: @escaping @Sendable (Configuration) throws -> any App
    ) -> AppDescriptor {
        let address = current.withLock { exported in
            if let exported { return exported.address }
            let first = Exported(name: name, version: version, make)
            exported = first
            return first.address
        }
        guard let descriptor = AppDescriptor(bitPattern: address) else {
            preconditionFailure("the descriptor is never null")
        }
        return descriptor
    }

    static func make(_ configuration: Configuration) throws -> any App {
        guard let exported = current.withLock({ $0 }) else { throw StartupError("zzz_app_entry has not been called") }
        return try exported.make(configuration)
    }
}

/// A zero-terminated copy for the life of the process, which is what the contract promises for the descriptor's texts.
private func constant(_ text: String) -> UnsafePointer<CChar> {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
    for (index, byte) in text.utf8.enumerated() { copy[index] = CChar(bitPattern: byte) }
    copy[text.utf8.count] = 0
    return UnsafePointer(copy)
}

/// `zzz_app_descriptor.create`
package typealias CreateFunction =
    @convention(c) (
        UnsafePointer<zzz_host>?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
        UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status

/// What `create` does: makes the app with `make`.
///
/// - Parameter secondsAhead: how far the app's time of day is ahead of the machine's, for tests.
package func createApp(
    _ host: UnsafePointer<zzz_host>?, _ app: OpaquePointer?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ error: UnsafeMutablePointer<zzz_error>?, secondsAhead: (@Sendable () -> Int64)? = nil,
    _ make: (Configuration) throws -> any App
) -> zzz_status {
    reporting(to: error) {
        guard let host, let state else {
            throw StartupError("create was called without a host or a place for the state")
        }
        let instance = try AppInstance(host: Host(host, app: app), make: make)
        if let secondsAhead { instance.clock = WallClock { WallClock.system.seconds() + secondsAhead() } }
        state.pointee = Unmanaged.passRetained(instance).toOpaque()
    }
}

/// The descriptor of an app. A testing kit, whose process has many apps, brings a `create` of its own.
package func lifecycle(name: String, version: String, create: @escaping CreateFunction) -> zzz_app_descriptor {
    var descriptor = zzz_app_descriptor()
    descriptor.size = UInt32(MemoryLayout<zzz_app_descriptor>.size)
    descriptor.magic = 0x215A_5A5A
    descriptor.abi_major = UInt16(ZZZ_ABI_MAJOR)
    descriptor.abi_minor = UInt16(ZZZ_ABI_MINOR)
    descriptor.name = constant(name)
    descriptor.version = constant(version)
    descriptor.runtime = constant("Swift 6.3")
    descriptor.create = create
    descriptor.enroll = { state, error in
        reporting(to: error) { try instance(state).enroll() }
    }
    descriptor.start = { state, error in
        reporting(to: error) { try instance(state).start() }
    }
    descriptor.quiesce = nil
    // The instance is not freed: a frozen thread may still be inside one of its handlers. It is as small as the image
    // that stays mapped with it.
    descriptor.stop = { state in
        guard let state else { return }
        Unmanaged<AppInstance>.fromOpaque(state).takeUnretainedValue().stop()
    }
    return descriptor
}

private func instance(_ state: UnsafeMutableRawPointer?) throws -> AppInstance {
    guard let state else { throw StartupError("the state is missing: create must succeed first") }
    return Unmanaged<AppInstance>.fromOpaque(state).takeUnretainedValue()
}

/// Runs a callback of the contract: an error becomes a status and a message.
private func reporting(to error: UnsafeMutablePointer<zzz_error>?, _ body: () throws -> Void) -> zzz_status {
    do {
        try body()
        return HostStatus.ok
    } catch let refusal as HostError {
        error?.pointee.fill(status: refusal.code, refusal.description)
        return refusal.code
    } catch let failure {
        error?.pointee.fill(status: HostStatus.app, "\(failure)")
        return HostStatus.app
    }
}
