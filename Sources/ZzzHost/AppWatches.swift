import Synchronization
import ZzzAppABI
import ZzzIO
import ZzzServer

/// The descriptors that apps watch, each on the loop that it was asked for on.
enum AppWatches {
    private final class Watch: @unchecked Sendable {
        // @unchecked: what changes is touched on the watch's loop only.
        let descriptor: Int32
        let events: ReadinessEvents
        let callback: zzz_watch_callback
        let user: UnsafeMutableRawPointer?
        let loop: Int
        let app: OpaquePointer?
        let server: Server
        var token: WatchToken?
        /// The callback is under way; maybe on a thread that has lost the loop.
        var isCalling = false
        var hasEnded = false

        init(
            _ descriptor: Int32, _ events: ReadinessEvents, _ callback: @escaping zzz_watch_callback,
            _ user: UnsafeMutableRawPointer?,
            _ loop: Int, _ app: OpaquePointer?, _ server: Server
        ) {
            self.descriptor = descriptor
            self.events = events
            self.callback = callback
            self.user = user
            self.loop = loop
            self.app = app
            self.server = server
        }

        func arm(_ loop: Loop) throws(ZzzIO.SystemError) {
            token = try loop.watch(descriptor, events, ready, Unmanaged.passUnretained(self).toOpaque())
        }

        func disarm(_ loop: Loop) {
            if let token { loop.unwatch(token) }
            token = nil
        }

        /// A call that had lost the loop has come back.
        func callReturned(_ loop: Loop) {
            isCalling = false
            guard token == nil, !hasEnded else { return }
            // `try?`: it was watched before; what fails is memory, and there is nobody to tell.
            try? arm(loop)
        }
    }

    private static let watches = Mutex<[UInt64: Watch]>([:])
    private static let lastNumber = Atomic<UInt64>(0)

    static func start(
        _ descriptor: Int32, _ events: UInt32, _ callback: @escaping zzz_watch_callback,
        _ user: UnsafeMutableRawPointer?, app: OpaquePointer?, on server: Server, loop index: Int,
        _ result: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status {
        var wanted: ReadinessEvents = []
        if events & UInt32(ZZZ_READABLE) != 0 { wanted.insert(.readable) }
        if events & UInt32(ZZZ_WRITABLE) != 0 { wanted.insert(.writable) }
        guard !wanted.isEmpty else {
            return Refusal.invalid("events has neither ZZZ_READABLE nor ZZZ_WRITABLE").write(to: error)
        }
        let watch = Watch(descriptor, wanted, callback, user, index, app, server)
        let failure = Mutex<ZzzIO.SystemError?>(nil)
        _ = server.onLoop(index) { loop in
            do throws(ZzzIO.SystemError) {
                try watch.arm(loop)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let failure = failure.withLock({ $0 }) { return Refusal(Status.io, "\(failure)").write(to: error) }
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        watches.withLock { $0[number] = watch }
        result?.pointee = OpaquePointer(bitPattern: UInt(number))
        return Status.ok
    }

    static func end(_ handle: OpaquePointer?, on server: Server) -> zzz_status {
        let number = UInt64(UInt(bitPattern: handle))
        guard let watch = watches.withLock({ $0.removeValue(forKey: number) }) else { return Status.gone }
        _ = server.onLoop(watch.loop) { loop in
            watch.hasEnded = true
            watch.disarm(loop)
        }
        return Status.ok
    }

    private static let ready: LoopFunction = { loop, context, word in
        guard let context else { return }
        let watch = Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue()
        // The descriptor is still ready: after a fault in the callback it would be called, and fault, again and again.
        // And a callback that has lost the loop is not called once more meanwhile.
        guard Generation.from(handle: watch.app)?.isTainted == false, !watch.isCalling else {
            return Loop.borrow(loop) { watch.disarm($0) }
        }
        let ready = ReadinessEvents(rawValue: UInt32(truncatingIfNeeded: word))
        var events: UInt32 = 0
        if ready.contains(.readable) { events |= UInt32(ZZZ_READABLE) }
        if ready.contains(.writable) { events |= UInt32(ZZZ_WRITABLE) }
        if !ready.isDisjoint(with: [.error, .hangUp]) { events |= UInt32(ZZZ_HANGUP) }
        watch.isCalling = true
        let keepsLoop = watch.server.callApp(loop: watch.loop, app: watch.app) {
            watch.callback(watch.user, watch.descriptor, events)
        }
        if keepsLoop { watch.isCalling = false } else { watch.server.onLoopAlways(watch.loop, watch.callReturned) }
    }
}
