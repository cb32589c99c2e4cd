import Synchronization
import Testing
import ZzzAppABI
import ZzzServer

@testable import ZzzHost

/// zzz_channel_api.define and zzz_presence.on_difference, from the contract's side.
@Suite struct ChannelRegistrationTests {
    private typealias Answer = (status: zzz_status, message: String)

    /// Loads an app that calls these in enroll, and ignores what it is told.
    private func load(_ calls: [@Sendable (OpaquePointer) -> Answer]) throws -> ([Answer], Result<Site, AppError>) {
        let answers = Mutex<[Answer]>([])
        let box = Box(answers)
        var script = ScriptedApp.Script()
        script.enroll = { app, _ in
            let all = calls.map { $0(app) }
            box.answers.withLock { $0 = all }
            return Status.ok
        }
        let generation = try ScriptedApp.make(script)
        try generation.create(ScriptedApp.host)
        do throws(AppError) {
            try generation.enroll()
            let site = try generation.makeSite(mount: "/", hosts: [], limits: SiteLimits())
            return (box.answers.withLock { $0 }, .success(site))
        } catch {
            return (box.answers.withLock { $0 }, .failure(error))
        }
    }

    private final class Box: Sendable {
        let answers: Mutex<[Answer]>
        init(_ answers: consuming Mutex<[Answer]>) { self.answers = answers }
    }

    /// A refused call makes the load fail with its words, whatever the app does with the status.
    private func refusal(_ calls: [@Sendable (OpaquePointer) -> Answer], _ status: zzz_status) throws -> String {
        let (answers, outcome) = try load(calls)
        let last = try #require(answers.last)
        #expect(last.status == status)
        guard case .failure(let error) = outcome else {
            Issue.record("loaded with a refused registration")
            return last.message
        }
        #expect(error.reason == last.message)
        return last.message
    }

    @Test func aDefinitionArrivesWhole() throws {
        var fields = ChannelFields("room:*")
        fields.source = "main.c:3"
        fields.intercepts = ["said", "typing", "said"]
        fields.timeoutMilliseconds = 250
        fields.messagesPerSecond = 7
        let (room, lobby) = (fields, ChannelFields("lobby"))
        let site = try load([{ room.define($0) }, { lobby.define($0) }]).1.get()
        let channel = try #require(site.channels.first)
        #expect(channel.pattern.matches("room:1") && !channel.pattern.matches("lobby"))
        #expect(channel.source == "main.c:3")
        #expect(channel.intercepts == ["said", "typing"])
        #expect(channel.timeoutMilliseconds == 250)
        #expect(channel.messagesPerSecond == 7)
        #expect(channel.user == UnsafeMutableRawPointer(bitPattern: 0x1234))
        #expect(site.channels.map(\.source) == ["main.c:3", "channel 2 of the app"])
        #expect(site.channels[1].timeoutMilliseconds == nil)
    }

    @Test func fieldsThatOlderHeadersLackAreNotRead() throws {
        var fields = ChannelFields("a")
        fields.timeoutMilliseconds = 250
        fields.messagesPerSecond = 7
        fields.size = UInt32(ABIField.end(\zzz_channel_definition.callback))
        let least = fields
        let channel = try #require(try load([{ least.define($0) }]).1.get().channels.first)
        #expect(channel.user == nil && channel.timeoutMilliseconds == nil && channel.messagesPerSecond == 0)
        fields.size -= 1
        let tooSmall = fields
        let message = try refusal([{ tooSmall.define($0) }], Status.invalid)
        #expect(message.contains("size is 47"))
    }

    @Test(arguments: [
        (ChannelFields(""), "pattern: empty"),
        (ChannelFields("room:*:x"), "a '*' may stand at the end only"),
        (ChannelFields(String(repeating: "a", count: 256)), "256 bytes, at most 255"),
        (ChannelFields("a", hasCallback: false), "callback is NULL"),
        (ChannelFields("a", intercepts: [""]), "intercepts: empty"),
        (ChannelFields("a", intercepts: [String(repeating: "e", count: 256)]), "at most 255"),
        (ChannelFields("a", interceptCount: 3), "intercepts is NULL with an intercept_count"),
        (ChannelFields("a", source: String(repeating: "s", count: 1025)), "at most 1024"),
    ])
    func aBadDefinitionIsRefused(_ fields: ChannelFields, _ message: String) throws {
        #expect(try refusal([{ fields.define($0) }], Status.invalid).contains(message))
    }

    @Test func theSamePatternTwiceIsAConflict() throws {
        let (first, second) = (ChannelFields("room:*", source: "a.c:1"), ChannelFields("room:*", source: "b.c:2"))
        let message = try refusal([{ first.define($0) }, { second.define($0) }], Status.conflict)
        #expect(message == "channel \"room:*\" (b.c:2) is defined already (a.c:1)")
        // One that matches the same topics is none: the first that matches is taken.
        let other = ChannelFields("room:1")
        #expect(try load([{ first.define($0) }, { other.define($0) }]).1.get().channels.count == 2)
    }

    @Test func thereIsALimit() throws {
        let limit = ChannelRegistrar.maximumCount
        let calls = (0..<limit).map { number in
            { @Sendable (app: OpaquePointer) in ChannelFields("room:\(number)").define(app) }
        }
        #expect(try load(calls).1.get().channels.count == limit)
        let message = try refusal(calls + [{ ChannelFields("one more").define($0) }], Status.limit)
        #expect(message == "more than \(limit) kinds of channel")
        let events = (0...ChannelRegistrar.maximumInterceptCount).map { "event \($0)" }
        let fields = ChannelFields("a", intercepts: events)
        #expect(try refusal([{ fields.define($0) }], Status.limit).contains("more than 1000 intercepts"))
    }

    @Test func differencesOfAPattern() throws {
        let site = try load([{ onDifference($0, "room:*") }, { onDifference($0, "lobby") }]).1.get()
        #expect(site.presenceHooks.map { "\($0.pattern)" } == ["room:*", "lobby"])
        #expect(try refusal([{ onDifference($0, "") }], Status.invalid) == "on_difference: pattern: empty")
        #expect(
            try refusal([{ onDifference($0, "a", hasCallback: false) }], Status.invalid)
                == "on_difference: callback is NULL")
        #expect(
            try refusal([{ onDifference($0, "a") }, { onDifference($0, "a") }], Status.conflict)
                == "on_difference was set for \"a\" before")
    }

    @Test func onlyWhileTheAppLoads() throws {
        let generation = try ScriptedApp.make()
        #expect(ChannelFields("a").define(generation.handle).status == Status.state)
        #expect(onDifference(generation.handle, "a").status == Status.state)
        let nobody = OpaquePointer(bitPattern: 0x77)!
        #expect(ChannelFields("a").define(nobody).status == Status.gone)
        #expect(onDifference(nobody, "a").status == Status.gone)
    }
}

private func onDifference(
    _ app: OpaquePointer, _ pattern: String, hasCallback: Bool = true
) -> (status: zzz_status, message: String) {
    let report = ErrorReport()
    let text = LentBytes(pattern)
    let callback: zzz_presence_callback? = hasCallback ? { _, _, _ in } : nil
    let status = PresenceExtension.table.pointee.on_difference(app, text.bytes, callback, nil, report.pointer)
    return (status, report.message)
}

/// A definition as an app would fill it.
struct ChannelFields: Sendable, CustomStringConvertible {
    var size = UInt32(MemoryLayout<zzz_channel_definition>.size)
    var pattern: String
    var source: String
    var hasCallback: Bool
    var intercepts: [String]
    /// Without intercepts.
    var interceptCount: UInt32
    var timeoutMilliseconds: UInt64 = 0
    var messagesPerSecond: UInt32 = 0

    var description: String { "\(pattern.prefix(20)), \(intercepts.count) intercepts" }

    init(
        _ pattern: String, source: String = "", hasCallback: Bool = true, intercepts: [String] = [],
        interceptCount: UInt32 = 0
    ) {
        self.pattern = pattern
        self.source = source
        self.hasCallback = hasCallback
        self.intercepts = intercepts
        self.interceptCount = interceptCount
    }

    /// Defines it, and returns the status and the message.
    func define(_ app: OpaquePointer) -> (status: zzz_status, message: String) {
        let report = ErrorReport()
        let lent = intercepts.map { LentBytes($0) }
        let (pattern, source) = (LentBytes(pattern), LentBytes(source))
        let status = lent.map(\.bytes).withUnsafeBufferPointer { events in
            var definition = zzz_channel_definition()
            definition.size = size
            definition.pattern = pattern.bytes
            definition.source = source.bytes
            definition.callback = hasCallback ? { _, _, _ in Status.ok } : nil
            definition.user = UnsafeMutableRawPointer(bitPattern: 0x1234)
            definition.intercepts = events.isEmpty ? nil : events.baseAddress
            definition.intercept_count = events.isEmpty ? interceptCount : UInt32(events.count)
            definition.timeout_ms = timeoutMilliseconds
            definition.messages_per_second = messagesPerSecond
            return ChannelExtension.table.pointee.define(app, &definition, report.pointer)
        }
        return (status, report.message)
    }
}
