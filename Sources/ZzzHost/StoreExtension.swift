import ZzzAppABI
import ZzzStore

/// "zzz.store/1": the functions of `zzz_store`, each a translation between C and the app's `MemoryStore`.
enum StoreExtension {
    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_store>
    }

    static var table: UnsafePointer<zzz_store> { storage.pointer }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_store>.allocate(capacity: 1)
        table.initialize(
            to: zzz_store(
                size: UInt32(MemoryLayout<zzz_store>.size), reserved: 0, get: get, put: put, remove: remove,
                touch: touch, add: add, take: take, remove_prefix: removePrefix))
        return Table(pointer: UnsafePointer(table))
    }()

    private typealias ErrorPointer = UnsafeMutablePointer<zzz_error>?

    private static let get:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UnsafeMutablePointer<zzz_buffer>?, UnsafeMutablePointer<UInt64>?, ErrorPointer
        ) -> zzz_status = { app, key, value, version, error in
            call(app, key, error) { (store, key) throws(Refusal) in
                guard let value else { throw .invalid("value: NULL") }
                let found = try checked { () throws(StoreError) in try store.get(key) }
                try value.fill("value", found.value)
                version?.pointee = found.version
            }
        }

    private static let put:
        @convention(c) (
            OpaquePointer?, zzz_bytes, zzz_bytes, UInt64, UInt64, UnsafeMutablePointer<UInt64>?, ErrorPointer
        ) -> zzz_status = { app, key, value, expiresIn, ifVersion, version, error in
            call(app, key, error) { (store, key) throws(Refusal) in
                let value = try value.bytes("value")
                // What is too large is not even copied.
                let maximum = store.limits.valueByteCount
                guard value.count <= maximum else {
                    throw Refusal(.valueTooLarge(byteCount: value.count, maximum: maximum))
                }
                let copy = Array(value)
                let new = try checked { () throws(StoreError) in
                    try store.put(key, copy, expiresIn: nanoseconds(expiresIn), if: condition(ifVersion))
                }
                version?.pointee = new
            }
        }

    private static let remove: @convention(c) (OpaquePointer?, zzz_bytes, UInt64, ErrorPointer) -> zzz_status = {
        app, key, ifVersion, error in
        call(app, key, error) { (store, key) throws(Refusal) in
            try checked { () throws(StoreError) in try store.remove(key, if: condition(ifVersion)) }
        }
    }

    private static let touch: @convention(c) (OpaquePointer?, zzz_bytes, UInt64, ErrorPointer) -> zzz_status = {
        app, key, expiresIn, error in
        call(app, key, error) { (store, key) throws(Refusal) in
            try checked { () throws(StoreError) in try store.touch(key, expiresIn: nanoseconds(expiresIn)) }
        }
    }

    private static let add:
        @convention(c) (OpaquePointer?, zzz_bytes, Int64, UInt64, UnsafeMutablePointer<Int64>?, ErrorPointer)
            -> zzz_status = { app, key, delta, expiresIn, result, error in
                call(app, key, error) { (store, key) throws(Refusal) in
                    let sum = try checked { () throws(StoreError) in
                        try store.add(delta, to: key, expiresIn: nanoseconds(expiresIn))
                    }
                    result?.pointee = sum
                }
            }

    private static let take:
        @convention(c) (
            OpaquePointer?, zzz_bytes, UInt64, UnsafePointer<zzz_store_bucket>?, UnsafeMutablePointer<zzz_store_grant>?,
            ErrorPointer
        ) -> zzz_status = { app, key, tokens, bucket, grant, error in
            call(app, key, error) { (store, key) throws(Refusal) in
                guard let bucket, Int(bucket.pointee.size) >= MemoryLayout<zzz_store_bucket>.size else {
                    throw .invalid("bucket: NULL, or its size is not sizeof(zzz_store_bucket)")
                }
                guard let grant, Int(grant.pointee.size) >= MemoryLayout<zzz_store_grant>.size else {
                    throw .invalid("grant: NULL, or its size is not sizeof(zzz_store_grant)")
                }
                guard
                    let kind = TokenBucket(
                        capacity: bucket.pointee.capacity, intervalNanoseconds: bucket.pointee.interval_ns)
                else { throw .invalid("bucket: capacity and interval_ns must be 1 to 2^62 when multiplied") }
                let taken = try checked { () throws(StoreError) in try store.take(tokens, from: key, kind) }
                grant.pointee.allowed = taken.isAllowed ? 1 : 0
                grant.pointee.remaining = taken.remaining
                grant.pointee.retry_after_ns = taken.retryAfterNanoseconds
                grant.pointee.full_after_ns = taken.fullAfterNanoseconds
            }
        }

    private static let removePrefix:
        @convention(c) (OpaquePointer?, zzz_bytes, UnsafeMutablePointer<UInt64>?, ErrorPointer) -> zzz_status = {
            app, prefix, removed, error in
            call(app, prefix, error) { (store, prefix) throws(Refusal) in
                let count = store.removeAll(prefix: prefix)
                removed?.pointee = UInt64(count)
            }
        }

    // MARK: Arguments

    /// Runs a call with the app's store and a copy of its key: the store reads keys under a lock, where no memory of
    /// an app's is touched.
    private static func call(
        _ app: OpaquePointer?, _ key: zzz_bytes, _ error: ErrorPointer,
        _ body: (MemoryStore, RawSpan) throws(Refusal) -> Void
    ) -> zzz_status {
        answering(error) { () throws(Refusal) in
            guard let generation = Generation.from(handle: app) else {
                throw .invalid("app: not a handle of this host")
            }
            let source = try key.bytes("key")
            guard source.count <= StoreLimits.keyByteCount else {
                throw Refusal(.keyByteCount(source.count))
            }
            try withUnsafeTemporaryAllocation(byteCount: source.count, alignment: 1) { memory throws(Refusal) in
                memory.copyMemory(from: source)
                try body(generation.store, UnsafeRawBufferPointer(memory).bytes)
            }
        }
    }

    private static func nanoseconds(_ milliseconds: UInt64) -> UInt64? {
        guard milliseconds > 0 else { return nil }
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .max : product
    }

    private static func condition(_ version: UInt64) -> MemoryStore.Condition {
        switch version {
        case .max: .any
        case 0: .absent
        default: .version(version)
        }
    }
}

/// Runs a call of the store's.
private func checked<Value>(_ body: () throws(StoreError) -> Value) throws(Refusal) -> Value {
    do throws(StoreError) {
        return try body()
    } catch {
        throw Refusal(error)
    }
}

extension Refusal {
    fileprivate init(_ error: StoreError) {
        let status =
            switch error {
            case .notFound: Status.notFound
            case .conflict, .notAValue, .notANumber, .notABucket: Status.conflict
            case .keyByteCount, .tooManyTokens: Status.invalid
            case .valueTooLarge, .entryTooLarge, .overflow: Status.limit
            }
        self.init(status, error.description)
    }
}
