import Testing
import ZzzAppABI

@testable import Zzz

/// The store as an app sees it.
@Suite struct StoreTests {
    private let host = FakeHost()
    private let store: Store

    init() throws {
        var table = FakeTables.host
        store = Store(host: try Host(&table, app: host.handle))
    }

    @Test func values() throws {
        #expect(try store.get("a") == nil)
        let first = try #require(try store.put("a", Array("one".utf8)))
        #expect(try store.get("a") == Store.Entry(value: Array("one".utf8), version: first))
        #expect(try store.get("a")?.text == "one")
        let second = try #require(try store.put("a", []))
        #expect(second != first)
        #expect(try store.get("a") == Store.Entry(value: [], version: second))
        #expect(try store.remove("a"))
        #expect(try !store.remove("a"))
        #expect(try store.get("a") == nil)
    }

    /// What is tried first holds 1024 bytes.
    @Test(arguments: [1023, 1024, 1025, 60_000])
    func valuesOfEverySize(_ count: Int) throws {
        let value = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        try store.put("a", value)
        #expect(try store.get("a")?.value == value)
    }

    @Test func onlyAnotherVersionThanExpectedIsNil() throws {
        let first = try #require(try store.put("a", [1], ifVersion: Store.absent))
        #expect(try store.put("a", [2], ifVersion: Store.absent) == nil)
        let second = try #require(try store.put("a", [3], ifVersion: first))
        #expect(try store.put("a", [4], ifVersion: first) == nil)
        #expect(try !store.remove("a", ifVersion: first))
        #expect(try store.get("a")?.value == [3])
        #expect(try store.remove("a", ifVersion: second))
        #expect(try store.put("a", [5], ifVersion: second) == nil)
    }

    @Test func entriesEndAtTheirTime() throws {
        try store.put("a", [1], expiresIn: .milliseconds(100))
        try store.put("b", [1], expiresIn: .milliseconds(100))
        try store.put("c", [1], expiresIn: .milliseconds(100))
        host.advance(microseconds: 50_000)
        #expect(try store.touch("a", expiresIn: .milliseconds(100)))
        #expect(try store.touch("b", expiresIn: nil))
        host.advance(microseconds: 50_000)
        #expect(try store.get("a") != nil)
        #expect(try store.get("b") != nil)
        #expect(try store.get("c") == nil)
        #expect(try !store.touch("c", expiresIn: .seconds(1)))
        host.advance(microseconds: 50_000)
        #expect(try store.get("a") == nil)
        #expect(try store.get("b") != nil)
    }

    @Test func counters() throws {
        #expect(try store.add(2, to: "n", expiresIn: .seconds(1)) == 2)
        #expect(try store.add(-5, to: "n") == -3)
        #expect(try store.get("n")?.text == "-3")
        host.advance(microseconds: 1_000_000)
        #expect(try store.add(1, to: "n") == 1)
        try store.put("text", Array("text".utf8))
        let error = #expect(throws: HostError.self) { try store.add(1, to: "text") }
        #expect(error?.description == "add: the entry is not a number")
    }

    @Test func buckets() throws {
        let bucket = Store.Bucket(10, per: .seconds(1), burst: 2)
        #expect(bucket == Store.Bucket(1, per: .milliseconds(100), burst: 2))
        let first = try store.take(from: "b", bucket: bucket)
        #expect(
            first
                == Store.Grant(
                    isAllowed: true, remaining: 1, retryAfterNanoseconds: 0, fullAfterNanoseconds: 100_000_000))
        #expect(try store.take(2, from: "b", bucket: bucket).isAllowed == false)
        #expect(try store.take(from: "b", bucket: bucket).isAllowed)
        #expect(
            try store.take(from: "b", bucket: bucket)
                == Store.Grant(
                    isAllowed: false, remaining: 0, retryAfterNanoseconds: 100_000_000,
                    fullAfterNanoseconds: 200_000_000))
        #expect(first.fullAfter == .milliseconds(100))
        host.advance(microseconds: 150_000)
        #expect(try store.take(0, from: "b", bucket: bucket).remaining == 1)
        #expect(try store.take(from: "b", bucket: bucket).isAllowed)
    }

    @Test(arguments: [
        Store.Bucket(0, per: .seconds(1)), Store.Bucket(-1, per: .seconds(1)), Store.Bucket(1, per: .zero),
        Store.Bucket(1, per: .seconds(-1)), Store.Bucket(1, per: .seconds(1), burst: 0),
        Store.Bucket(2, per: .nanoseconds(1)), Store.Bucket(1, per: .seconds(Int64.max)),
    ])
    func whatIsNoBucket(_ bucket: Store.Bucket) {
        #expect(throws: HostError.self) { try store.take(from: "b", bucket: bucket) }
    }

    @Test func moreTokensThanABucketHolds() {
        let error = #expect(throws: HostError.self) { try store.take(2, from: "b", bucket: .init(1, per: .seconds(1))) }
        #expect(error?.message == "more tokens than the bucket's capacity of 1")
    }

    @Test func removingByPrefix() throws {
        for key in ["user:1", "user:2", "post:1"] { try store.put(key, []) }
        #expect(try store.removeAll(withPrefix: "user:") == 2)
        #expect(try store.get("post:1") != nil)
        #expect(try store.removeAll(withPrefix: "") == 1)
    }

    @Test func mistakesAreNamed() throws {
        let key = #expect(throws: HostError.self) { try store.get("") }
        #expect(key?.description == "get: a key of 0 bytes; 1 to 1024 are allowed")
        let long = #expect(throws: HostError.self) { try store.put(String(repeating: "k", count: 1025), []) }
        #expect(long?.code == HostStatus.invalid)
        let large = #expect(throws: HostError.self) { try store.put("a", .init(repeating: 0, count: (64 << 10) + 1)) }
        #expect(large?.code == HostStatus.limit)
        let none = #expect(throws: HostError.self) { try Store(host: nil).get("a") }
        #expect(none?.description == "store: the daemon has not made this app yet")
    }

    // MARK: Codable

    private struct Post: Codable, Equatable {
        var title: String
        var votes: Int
    }

    @Test func codableValues() throws {
        #expect(try store.get("p", as: Post.self) == nil)
        try store.put("p", json: Post(title: "Zzz", votes: 3), expiresIn: .seconds(1))
        #expect(try store.get("p", as: Post.self) == Post(title: "Zzz", votes: 3))
        #expect(try store.get("p")?.text == #"{"title":"Zzz","votes":3}"#)
        // Of an older version of the app.
        #expect(try store.get("p", as: [String].self) == nil)
        host.advance(microseconds: 1_000_000)
        #expect(try store.get("p", as: Post.self) == nil)
    }

    @Test func fetchingComputesOnce() throws {
        var computed = 0
        func fetch() throws -> [Int] {
            try store.fetch("numbers", expiresIn: .seconds(1)) {
                computed += 1
                return [1, 2, computed]
            }
        }
        #expect(try fetch() == [1, 2, 1])
        #expect(try fetch() == [1, 2, 1])
        host.advance(microseconds: 1_000_000)
        #expect(try fetch() == [1, 2, 2])
        try store.put("numbers", Array("\"another type\"".utf8))
        #expect(try fetch() == [1, 2, 3])
        #expect(try fetch() == [1, 2, 3])
    }

    @Test func anErrorIsNotKept() throws {
        struct Failure: Error {}
        #expect(throws: Failure.self) { try store.fetch("a") { () throws -> Int in throw Failure() } }
        #expect(try store.get("a") == nil)
    }

    @Test func whatIsTooLargeToKeepIsReturned() throws {
        let large = String(repeating: "x", count: 64 << 10)
        #expect(try store.fetch("a") { large } == large)
        #expect(try store.get("a") == nil)
    }

    // MARK: In an app

    @Test func handlersShareTheStore() throws {
        try host.load {
            get("/sync") { context in "\(try context.store.add(1, to: "n"))" }
            get("/async") { context in
                try await context.store.fetch("greeting") {
                    try await context.sleep(for: .milliseconds(1))
                    return "hello"
                }
            }
        }
        #expect(host.get("/sync").text == "1")
        #expect(host.get("/sync").text == "2")
        let slow = host.get("/async")
        #expect(!slow.hasBegun)
        host.advance(microseconds: 1000)
        #expect(slow.text == "hello")
        #expect(host.get("/async").text == "hello")
        #expect(try store.get("n")?.text == "2")
    }
}
