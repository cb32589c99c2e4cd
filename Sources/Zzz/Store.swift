import ZzzAppABI

/// What this app keeps in the daemon's memory: values, counters and token buckets by key, each perhaps with an end.
/// ``Context/store`` within a request, ``process`` outside.
///
/// All loops and all generations of the app see the same entries, so they outlive a reload; other apps see none of
/// them. It is a cache: it is bounded (`[app.NAME.store]` in the daemon's configuration), gives up what was not used
/// for the longest time to make room, and ends with the daemon. No call waits for anything.
///
/// Keys have 1 to 1024 bytes. A ``HostError`` is thrown for others, and for a value that is too large.
public struct Store: Sendable {
    let host: Host?

    /// For code outside a request.
    public static var process: Store { Store(host: Host.process) }

    /// What there is under a key.
    public struct Entry: Sendable, Equatable {
        public let value: [UInt8]
        /// Another one after every change, and never 0.
        public let version: UInt64

        /// The value as text, with U+FFFD for what is not UTF-8.
        public var text: String { String(decoding: value, as: UTF8.self) }
    }

    /// The version where there is no entry.
    public static let absent: UInt64 = 0

    /// What there is under the key; nil when there is nothing, or it has ended. A counter's value is its number as
    /// decimal text.
    public func get(_ key: String) throws -> Entry? {
        let store = try table
        return try key.withBytes { key in
            try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.firstByteCount) { room in
                var (buffer, version) = (zzz_buffer(room, capacity: room.count), UInt64(0))
                guard try found("get", { store.pointee.get(host?.app, key, &buffer, &version, $0) }) else { return nil }
                guard buffer.count > room.count else {
                    return Entry(value: Array(room.prefix(buffer.count)), version: version)
                }
                return try getLarge(key, buffer.count, store)
            }
        }
    }

    /// What is tried first, on the stack: it takes no more (withUnsafeTemporaryAllocation).
    private static let firstByteCount = 1024

    /// The value may grow while there is being made room for it.
    private func getLarge(_ key: zzz_bytes, _ byteCount: Int, _ store: UnsafePointer<zzz_store>) throws -> Entry? {
        var byteCount = byteCount
        while true {
            var (isFound, version, needed) = (false, UInt64(0), 0)
            let value = try [UInt8](unsafeUninitializedCapacity: byteCount) { room, count in
                var buffer = zzz_buffer(room, capacity: byteCount)
                isFound = try found("get") { store.pointee.get(host?.app, key, &buffer, &version, $0) }
                needed = buffer.count
                count = isFound && needed <= byteCount ? needed : 0
            }
            guard isFound else { return nil }
            guard needed > byteCount else { return Entry(value: value, version: version) }
            byteCount = needed
        }
    }

    /// Sets the value.
    /// - Parameters:
    ///   - expiresIn: when the entry ends, in whole milliseconds; nil: not by itself.
    ///   - ifVersion: sets it only if the entry has this version, ``absent`` for none; nil: in any case.
    /// - Returns: the new version; nil when the entry has another version than asked for.
    @discardableResult
    public func put(
        _ key: String, _ value: [UInt8], expiresIn: Duration? = nil, ifVersion: UInt64? = nil
    ) throws -> UInt64? {
        let store = try table
        return try key.withBytes { key in
            try value.withBytes { value in
                var version: UInt64 = 0
                let status = try conflictIsNil("put") { error in
                    store.pointee.put(
                        host?.app, key, value, milliseconds(expiresIn), ifVersion ?? .max, &version, error)
                }
                return status == nil ? nil : version
            }
        }
    }

    /// Ends the entry.
    /// - Parameter ifVersion: only if it has this version; nil: in any case.
    /// - Returns: whether there was one with that version.
    @discardableResult
    public func remove(_ key: String, ifVersion: UInt64? = nil) throws -> Bool {
        let store = try table
        return try key.withBytes { key in
            try conflictIsNil("remove") { store.pointee.remove(host?.app, key, ifVersion ?? .max, $0) }
        } != nil
    }

    /// Lets the entry end at another time, nil: not by itself. Its version stays.
    /// - Returns: whether there is one.
    @discardableResult
    public func touch(_ key: String, expiresIn: Duration?) throws -> Bool {
        let store = try table
        return try key.withBytes { key in
            try found("touch") { store.pointee.touch(host?.app, key, milliseconds(expiresIn), $0) }
        }
    }

    /// Ends all entries whose keys begin with `prefix`; "" ends all.
    /// - Returns: how many there were.
    @discardableResult
    public func removeAll(withPrefix prefix: String) throws -> Int {
        let store = try table
        return try prefix.withBytes { prefix in
            var count: UInt64 = 0
            _ = try hostCall("remove all") { store.pointee.remove_prefix(host?.app, prefix, &count, $0) }
            return Int(clamping: count)
        }
    }

    // MARK: Calls

    var table: UnsafePointer<zzz_store> {
        get throws(HostError) {
            guard let host else {
                throw HostError("store", code: HostStatus.state, message: "the daemon has not made this app yet")
            }
            guard let store = host.store else {
                let message = "the daemon does not offer \(ZZZ_STORE_EXTENSION)"
                throw HostError("store", code: HostStatus.unsupported, message: message)
            }
            return store
        }
    }

    func milliseconds(_ duration: Duration?) -> UInt64 { duration?.wholeMilliseconds ?? 0 }

    /// Whether there is an entry: looked for once, since most misses are nothing to explain.
    private func found(
        _ operation: StaticString, _ call: (UnsafeMutablePointer<zzz_error>?) -> zzz_status
    ) throws -> Bool {
        let status = call(nil)
        if status >= 0 { return true }
        if status == HostStatus.notFound { return false }
        return try notFoundIsNil { try hostCall(operation, call) } != nil
    }

    /// Nil for another version, and for no entry where there must be one.
    private func conflictIsNil(
        _ operation: StaticString, _ call: (UnsafeMutablePointer<zzz_error>?) -> zzz_status
    ) throws -> zzz_status? {
        let status = call(nil)
        if status >= 0 { return status }
        if status == HostStatus.conflict || status == HostStatus.notFound { return nil }
        return try hostCall(operation, call)
    }
}

extension Context {
    /// What this app keeps in the daemon's memory.
    public var store: Store { Store(host: instance.host) }
}
