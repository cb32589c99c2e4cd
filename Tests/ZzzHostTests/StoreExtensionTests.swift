import Testing
import ZzzAppABI
import ZzzStore

@testable import ZzzHost

/// The functions of zzz_store, called as an app in C would.
@Suite struct StoreExtensionTests {
    let generation: Generation
    let table = StoreExtension.table.pointee
    private static let any = UInt64.max

    init() throws { generation = try ScriptedApp.make() }

    /// The status, and the message when it is a refusal.
    private func call(
        _ body: (UnsafeMutablePointer<zzz_error>) -> zzz_status
    ) -> (status: zzz_status, message: String) {
        let report = ErrorReport()
        let status = body(report.pointer)
        if status < 0 { #expect(report.pointer.pointee.status == status) }
        return (status, report.message)
    }

    private func put(_ key: String, _ value: String, ifVersion: UInt64 = any) -> (zzz_status, UInt64) {
        var version: UInt64 = 0
        let status = table.put(
            generation.handle, LentBytes(key).bytes, LentBytes(value).bytes, 0, ifVersion, &version, nil)
        return (status, version)
    }

    private func get(_ key: String, capacity: Int = 100) -> (status: zzz_status, value: String, count: Int) {
        var room = [CChar](repeating: 0x2E, count: capacity)
        return room.withUnsafeMutableBufferPointer { room in
            var buffer = zzz_buffer(data: room.baseAddress, capacity: capacity, count: 0)
            let status = table.get(generation.handle, LentBytes(key).bytes, &buffer, nil, nil)
            let kept = room.prefix(min(buffer.count, capacity)).map { UInt8(bitPattern: $0) }
            return (status, String(decoding: kept, as: UTF8.self), buffer.count)
        }
    }

    @Test func values() {
        #expect(get("a").status == Status.notFound)
        let (status, version) = put("a", "one")
        #expect(status == Status.ok && version != 0)
        #expect(get("a") == (Status.ok, "one", 3))
        #expect(put("a", "two", ifVersion: 0).0 == Status.conflict)
        #expect(put("a", "two", ifVersion: version + 7).0 == Status.conflict)
        #expect(put("a", "two", ifVersion: version).0 == Status.ok)
        #expect(get("a").value == "two")
        #expect(table.remove(generation.handle, LentBytes("a").bytes, version, nil) == Status.conflict)
        #expect(table.remove(generation.handle, LentBytes("a").bytes, Self.any, nil) == Status.ok)
        #expect(table.remove(generation.handle, LentBytes("a").bytes, Self.any, nil) == Status.notFound)
        #expect(table.touch(generation.handle, LentBytes("a").bytes, 1000, nil) == Status.notFound)
        #expect(put("a", "", ifVersion: 0).0 == Status.ok)
        #expect(get("a") == (Status.ok, "", 0))
        #expect(table.touch(generation.handle, LentBytes("a").bytes, 1000, nil) == Status.ok)
    }

    @Test(arguments: [(0, "", 5), (4, "....", 5), (5, "12345", 5), (6, "12345", 5)])
    func aValueIsCopiedWholeOrNotAtAll(_ capacity: Int, _ value: String, _ count: Int) {
        _ = put("a", "12345")
        #expect(get("a", capacity: capacity) == (Status.ok, value, count))
    }

    @Test func theVersionIsTold() {
        let (_, version) = put("a", "one")
        var buffer = zzz_buffer()
        var told: UInt64 = 0
        #expect(table.get(generation.handle, LentBytes("a").bytes, &buffer, &told, nil) == Status.ok)
        #expect(told == version)
        #expect(buffer.count == 3)
    }

    @Test func counters() {
        var sum: Int64 = 0
        #expect(table.add(generation.handle, LentBytes("n").bytes, 5, 0, &sum, nil) == Status.ok)
        #expect(table.add(generation.handle, LentBytes("n").bytes, -7, 0, &sum, nil) == Status.ok)
        #expect(sum == -2)
        #expect(get("n").value == "-2")
        #expect(table.add(generation.handle, LentBytes("n").bytes, .min, 0, &sum, nil) == Status.limit)
        #expect(table.add(generation.handle, LentBytes("n").bytes, 1, 0, nil, nil) == Status.ok)
        _ = put("text", "text")
        let refused = call { table.add(generation.handle, LentBytes("text").bytes, 1, 0, &sum, $0) }
        #expect(refused == (Status.conflict, "the entry is not a number"))
    }

    private static func bucket(_ capacity: UInt64, _ interval: UInt64) -> zzz_store_bucket {
        zzz_store_bucket(
            size: UInt32(MemoryLayout<zzz_store_bucket>.size), reserved: 0, capacity: capacity, interval_ns: interval)
    }

    private static var grant: zzz_store_grant {
        var grant = zzz_store_grant()
        grant.size = UInt32(MemoryLayout<zzz_store_grant>.size)
        return grant
    }

    @Test func buckets() {
        // A token in an hour: none comes back while the test runs.
        var bucket = Self.bucket(2, 3_600_000_000_000)
        var grant = Self.grant
        let key = LentBytes("b").bytes
        for left in [1, 0] as [UInt64] {
            #expect(table.take(generation.handle, key, 1, &bucket, &grant, nil) == Status.ok)
            #expect(grant.allowed == 1 && grant.remaining == left && grant.retry_after_ns == 0)
        }
        #expect(table.take(generation.handle, key, 1, &bucket, &grant, nil) == Status.ok)
        #expect(grant.allowed == 0 && grant.remaining == 0)
        #expect(grant.retry_after_ns > 3_500_000_000_000 && grant.full_after_ns > 7_000_000_000_000)
        #expect(get("b").status == Status.conflict)
        let tooMany = call { table.take(generation.handle, key, 3, &bucket, &grant, $0) }
        #expect(tooMany == (Status.invalid, "more tokens than the bucket's capacity of 2"))
        for (capacity, interval) in [(0, 1), (1, 0), (1 << 62, 3)] as [(UInt64, UInt64)] {
            var bad = Self.bucket(capacity, interval)
            #expect(table.take(generation.handle, key, 1, &bad, &grant, nil) == Status.invalid)
        }
        var short = bucket
        short.size -= 8
        #expect(table.take(generation.handle, key, 1, &short, &grant, nil) == Status.invalid)
        #expect(table.take(generation.handle, key, 1, nil, &grant, nil) == Status.invalid)
        #expect(table.take(generation.handle, key, 1, &bucket, nil, nil) == Status.invalid)
        grant.size = 4
        #expect(table.take(generation.handle, key, 1, &bucket, &grant, nil) == Status.invalid)
    }

    @Test func removingByPrefix() {
        for key in ["user:1", "user:2", "post:1"] { _ = put(key, "x") }
        var count: UInt64 = 0
        #expect(table.remove_prefix(generation.handle, LentBytes("user:").bytes, &count, nil) == Status.ok)
        #expect(count == 2)
        #expect(table.remove_prefix(generation.handle, LentBytes("").bytes, nil, nil) == Status.ok)
        #expect(get("post:1").status == Status.notFound)
    }

    @Test(arguments: [(0, false), (1, true), (1024, true), (1025, false)])
    func keysHaveLimits(_ count: Int, _ isTaken: Bool) {
        #expect(put(String(repeating: "k", count: count), "x").0 == (isTaken ? Status.ok : Status.invalid))
        let prefix = LentBytes(String(repeating: "k", count: count)).bytes
        // An empty prefix is all.
        #expect(
            table.remove_prefix(generation.handle, prefix, nil, nil)
                == (isTaken || count == 0 ? Status.ok : Status.invalid))
    }

    @Test(arguments: [((1 << 20) - 1, true), (1 << 20, true), ((1 << 20) + 1, false)])
    func valuesHaveALimit(_ count: Int, _ isTaken: Bool) {
        #expect(put("a", String(repeating: "v", count: count)).0 == (isTaken ? Status.ok : Status.limit))
    }

    @Test func misuse() {
        let key = LentBytes("a").bytes
        let null = zzz_bytes(data: nil, count: 5)
        var buffer = zzz_buffer()
        for app in [nil, OpaquePointer(bitPattern: 77)] {
            #expect(table.get(app, key, &buffer, nil, nil) == Status.invalid)
            #expect(table.put(app, key, key, 0, Self.any, nil, nil) == Status.invalid)
            #expect(table.remove(app, key, Self.any, nil) == Status.invalid)
            #expect(table.touch(app, key, 0, nil) == Status.invalid)
            #expect(table.add(app, key, 1, 0, nil, nil) == Status.invalid)
            #expect(table.remove_prefix(app, key, nil, nil) == Status.invalid)
        }
        #expect(table.get(generation.handle, null, &buffer, nil, nil) == Status.invalid)
        #expect(call { table.put(generation.handle, key, null, 0, Self.any, nil, $0) }.status == Status.invalid)
        #expect(put("a", "12345").0 == Status.ok)
        #expect(table.get(generation.handle, key, nil, nil, nil) == Status.invalid)
        var noRoom = zzz_buffer(data: nil, capacity: 5, count: 0)
        let refused = call { table.get(generation.handle, key, &noRoom, nil, $0) }
        #expect(refused == (Status.invalid, "value: data is NULL and capacity is 5"))
    }

    @Test func timesBeyondCountingNeverEnd() {
        let key = LentBytes("a").bytes
        #expect(table.put(generation.handle, key, key, .max, Self.any, nil, nil) == Status.ok)
        #expect(table.touch(generation.handle, key, .max - 1, nil) == Status.ok)
        #expect(get("a").status == Status.ok)
    }

    @Test func appsSeeOnlyTheirOwnEntries() throws {
        _ = put("a", "mine")
        let other = try ScriptedApp.make()
        var buffer = zzz_buffer()
        #expect(table.get(other.handle, LentBytes("a").bytes, &buffer, nil, nil) == Status.notFound)
    }
}
