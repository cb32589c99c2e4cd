import Testing
import ZzzBase64
import ZzzJSON

@testable import Zzz

/// What sessions outside of the cookie are to their store, and what happens when several requests have one session.
@Suite struct SessionStoreTests {
    private func load(
        _ table: TableOfSessions, _ change: (Session.Store) -> Session = { Session($0) }
    ) throws -> FakeBrowser {
        let host = FakeHost.withSecret()
        try host.load(SessionApp(session: change(.store(table))))
        return FakeBrowser(host)
    }

    @Test func theStoreDoesNotKnowWhatTheClientHas() throws {
        let table = TableOfSessions()
        let browser = try load(table)
        browser.get("/set/7")
        let token = try #require(browser.cookies["_blog_session"])
        let entries = table.state.withLock { $0.entries }
        #expect(entries.count == 1)
        #expect(Base64.decode(token, .url)?.count == 32)
        #expect(entries[token] == nil)
        #expect(entries.first?.key.utf8.count == 43)
        #expect(entries.first.map { String(decoding: $0.value.bytes, as: UTF8.self) }
            == #"[1800000000,1800000000,{"n":7}]"#)
        #expect(table.state.withLock { $0.lifetimes.first?.value } == .seconds(14 * 86_400))
    }

    @Test func renewingAndClearingDeleteTheOldOne() throws {
        let table = TableOfSessions()
        let browser = try load(table)
        browser.get("/set/7")
        browser.get("/renew")
        #expect(table.state.withLock { $0.entries.count } == 1)
        browser.get("/clear")
        #expect(table.state.withLock { $0.entries.count } == 0)
    }

    @Test func theStoreIsToldTheLesserOfBothTimes() throws {
        let table = TableOfSessions()
        let browser = try load(table) { Session($0, idleTimeout: .seconds(100), lifetime: .seconds(150)) }
        browser.get("/set/7")
        #expect(table.state.withLock { $0.lifetimes.first?.value } == .seconds(100))
        browser.now += 90
        browser.get("/get")
        #expect(table.state.withLock { $0.lifetimes.first?.value } == .seconds(60))
        #expect(table.state.withLock { $0.saves } == 2)
    }

    /// Another request sets "other" after this one has read the session.
    @Test func whatAnotherRequestHasSetMeanwhileStays() throws {
        let table = TableOfSessions()
        let browser = try load(table)
        browser.get("/set/7")
        table.state.withLock { state in
            state.beforeSave = { state in
                for (key, stored) in state.entries {
                    let bytes = Array(#"[1800000000,1800000000,{"n":1,"other":2}]"#.utf8)
                    state.entries[key] = StoredSession(bytes: bytes, version: stored.version + 1)
                }
            }
        }
        browser.get("/set/8")
        #expect(browser.get("/get").text == "8")
        #expect(browser.get("/names").text == #"["n", "other"]"#)
    }

    @Test func aSessionThatWasEndedMeanwhileStaysEnded() throws {
        let table = TableOfSessions()
        let browser = try load(table)
        browser.get("/set/7")
        table.state.withLock { $0.beforeSave = { $0.entries.removeAll() } }
        #expect(browser.get("/set/8").status == 200)
        #expect(browser.cookies.isEmpty)
        #expect(table.state.withLock { $0.entries.isEmpty })
    }

    @Test func aStoreThatAlwaysSaysNoIsAnError() throws {
        final class Stubborn: SessionStore {
            let attempts = TableOfSessions()
            func load(_ key: String) async throws -> StoredSession? { try await attempts.load(key) }
            func save(
                _ key: String, _ bytes: [UInt8], replacing version: UInt64?, expiresIn: Duration
            ) async throws -> Bool {
                if version == nil {
                    return try await attempts.save(key, bytes, replacing: nil, expiresIn: expiresIn)
                }
                attempts.state.withLock { $0.saves += 1 }
                return false
            }
            func delete(_ key: String) async throws {}
        }
        let store = Stubborn()
        let host = FakeHost.withSecret()
        try host.load(SessionApp(session: Session(.store(store))))
        let browser = FakeBrowser(host)
        browser.get("/set/7")
        #expect(browser.get("/set/8").status == 500)
        #expect(store.attempts.state.withLock { $0.saves } == 9)
        #expect(host.log.last?.message.contains("the session could not be saved") == true)
    }

    @Test func aStoreThatFailsIsAnErrorPageAndNoCookie() throws {
        let table = TableOfSessions()
        let browser = try load(table)
        table.state.withLock { $0.failure = "the database is away" }
        let request = browser.get("/set/7")
        #expect(request.status == 500)
        #expect(browser.cookies.isEmpty)
        #expect(browser.host.log.last?.message.contains("the database is away") == true)
        table.state.withLock { $0.failure = nil }
        browser.get("/set/7")
        table.state.withLock { $0.failure = "the database is away" }
        #expect(browser.get("/get").status == 500)
        #expect(browser.get("/idle").status == 500)
    }

    @Test func theResponseWaitsUntilTheSessionIsSaved() throws {
        let table = TableOfSessions()
        let host = FakeHost.withSecret()
        try host.load {
            get("/", through: [Pipeline { Session(.store(table)) }]) { context in
                context.session["n"] = 7
                context.text("answered")
                context.text("again")
                context.log.info("saves: \(table.state.withLock { $0.saves })")
            }
        }
        let browser = FakeBrowser(host)
        #expect(browser.get("/").text == "answered")
        #expect(table.state.withLock { $0.saves } == 1)
        #expect(host.log.map(\.message).contains("saves: 0"))
        #expect(host.log.contains { $0.message.contains("a second answer") })
    }

    @Test func aFileWaitsToo() throws {
        let table = TableOfSessions()
        let host = FakeHost.withSecret()
        try host.load {
            get("/file", through: [Pipeline { Session(.store(table)) }]) { context in
                context.session["n"] = 7
                try context.sendFile(#filePath)
            }
        }
        let browser = FakeBrowser(host)
        let request = browser.get("/file")
        #expect(request.file != nil)
        #expect(String(decoding: request.responseBody, as: UTF8.self).contains("aFileWaitsToo"))
        #expect(browser.cookies["_blog_session"] != nil)
    }

    @Test(arguments: [
        "", "{}", "[]", "[1,2]", "[1,2,{},3]", #"["1",2,{}]"#, "[1,2,[]]", "[-1,2,{}]", "[1,1099511627776,{}]",
        "[1,2.5,{}]", "[1,2,{\"a\":1,\"a\":2}]", "[1,2,{}", String(repeating: "[", count: 100),
    ])
    func bytesThatAreNoRecordAreNone(_ text: String) {
        #expect(SessionRecord(Array(text.utf8)[...]) == nil)
    }
}
