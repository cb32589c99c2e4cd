import Synchronization
import ZzzAppABI
import ZzzCrypto

/// The public keys of apps: a number for each, which is the handle, and never used again.
enum AppKeys {
    /// The most keys of one generation.
    static let maximumCount = 1024

    private struct State {
        var keys: [UInt: (key: PublicKey, app: UInt)] = [:]
        var counts: [UInt: Int] = [:]
        var lastNumber: UInt = 0
    }

    private static let state = Mutex(State())

    /// - Throws: when the generation has `maximumCount` keys.
    static func add(_ key: PublicKey, app: OpaquePointer?) throws(Refusal) -> OpaquePointer? {
        let app = UInt(bitPattern: app)
        return try state.withLock { state throws(Refusal) in
            guard state.counts[app, default: 0] < maximumCount else {
                throw Refusal(Status.limit, "the app has \(maximumCount) keys")
            }
            state.counts[app, default: 0] += 1
            state.lastNumber += 1
            state.keys[state.lastNumber] = (key, app)
            return OpaquePointer(bitPattern: state.lastNumber)
        }
    }

    static func find(_ handle: OpaquePointer?) -> PublicKey? {
        state.withLock { $0.keys[UInt(bitPattern: handle)]?.key }
    }

    /// False when it has ended.
    static func remove(_ handle: OpaquePointer?) -> Bool {
        let removed = state.withLock { state in
            let removed = state.keys.removeValue(forKey: UInt(bitPattern: handle))
            if let removed { state.counts[removed.app, default: 1] -= 1 }
            return removed
        }
        return removed != nil
    }

    /// Ends the keys of a generation that has stopped.
    static func removeAll(app: OpaquePointer) {
        let app = UInt(bitPattern: app)
        let removed = state.withLock { state in
            guard state.counts.removeValue(forKey: app) ?? 0 > 0 else { return [UInt: (key: PublicKey, app: UInt)]() }
            let removed = state.keys.filter { $0.value.app == app }
            for number in removed.keys { state.keys[number] = nil }
            return removed
        }
        // Freed here, without the lock.
        _ = consume removed
    }
}
