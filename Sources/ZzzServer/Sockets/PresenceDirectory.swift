import Synchronization
import ZzzAppABI
import ZzzChannels
import ZzzIO

/// Who is in the topics of all apps, and what clients are told of it: changes are collected for a moment, and told in
/// one difference for each topic. Any thread; in shards, each behind a lock of its own.
final class PresenceDirectory: @unchecked Sendable {
    // @unchecked: `workers` is constant.
    typealias Refusal = RequestCalls.Refusal

    private struct Contents {
        var topics: [TopicName: Presence] = [:]
        /// Those with something to tell.
        var changed: Set<TopicName> = []
    }

    private final class Shard: Sendable {
        let contents = Mutex(Contents())
    }

    private let shards = (0..<64).map { _ in Shard() }
    private let workers: [Unmanaged<Worker>]
    /// What the refs of this daemon begin with: a client that comes back after a restart compares them with those that
    /// it got from the one before.
    let refPrefix: String
    private let lastRef = Atomic<UInt64>(0)

    /// How long changes are collected.
    static var tickNanoseconds: UInt64 { 50_000_000 }

    init(_ workers: [Unmanaged<Worker>]) {
        self.workers = workers
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        refPrefix = String((0..<7).map { _ in alphabet[Int.random(in: 0..<36)] })
    }

    private func index(_ name: TopicName) -> Int { name.hashValue & 63 }

    func track(owner: UInt64, _ name: TopicName, key: String, meta: [UInt8]) throws(Refusal) {
        try change(name) { presence throws(Presence.Refusal) in
            _ = try presence.track(key, owner: owner, meta: meta)
        }
    }

    func update(owner: UInt64, _ name: TopicName, key: String, meta: [UInt8]) throws(Refusal) {
        try change(name) { presence throws(Presence.Refusal) in
            _ = try presence.update(key, owner: owner, meta: meta)
        }
    }

    func untrack(owner: UInt64, _ name: TopicName, key: String) throws(Refusal) {
        try change(name) { presence throws(Presence.Refusal) in presence.untrack(key, owner: owner) }
    }

    /// The owner has gone.
    func untrack(owner: UInt64, _ name: TopicName) {
        // It cannot be refused.
        try? change(name) { presence throws(Presence.Refusal) in presence.untrack(owner: owner) }
    }

    func list(_ name: TopicName) -> [UInt8] {
        shards[index(name)].contents.withLock { $0.topics[name]?.state() } ?? Array("{}".utf8)
    }

    func count(_ name: TopicName) -> Int { shards[index(name)].contents.withLock { $0.topics[name]?.count ?? 0 } }

    /// Topics with somebody in them, and how many.
    var counts: (topics: Int, presences: Int) {
        shards.reduce((0, 0)) { sum, shard in
            shard.contents.withLock { contents in
                (sum.0 + contents.topics.count, contents.topics.values.reduce(sum.1) { $0 + $1.count })
            }
        }
    }

    private func change(
        _ name: TopicName, _ body: (inout Presence) throws(Presence.Refusal) -> Void
    ) throws(Refusal) {
        let index = index(name)
        var refusal: Presence.Refusal?
        let isFirst = shards[index].contents.withLock { contents in
            var presence = contents.topics[name] ?? Presence(makeRef: { self.makeRef() })
            contents.topics[name] = nil
            do throws(Presence.Refusal) { try body(&presence) } catch { refusal = error }
            if !presence.isEmpty { contents.topics[name] = presence }
            guard refusal == nil, !presence.isEmpty else { return false }
            let isFirst = contents.changed.isEmpty
            contents.changed.insert(name)
            return isFirst
        }
        if let refusal { throw Refusal(refusal) }
        if isFirst { schedule(index) }
    }

    private func makeRef() -> String { refPrefix + String(lastRef.add(1, ordering: .relaxed).newValue, radix: 36) }

    // MARK: Differences

    /// On one loop, so that differences of a topic come in their order.
    private func schedule(_ index: Int) {
        let worker = workers[index % workers.count]
        worker._withUnsafeGuaranteedRef { worker in
            worker.postAlways { worker in
                let tick = Tick(self, index, worker)
                worker.loop.addTimer(
                    after: Self.tickNanoseconds, repeating: 0,
                    { _, context, _ in
                        guard let context else { return }
                        let tick = Unmanaged<Tick>.fromOpaque(context).takeRetainedValue()
                        tick.directory.tell(tick.index, tick.worker)
                    }, Unmanaged.passRetained(tick).toOpaque())
            }
        }
    }

    private final class Tick {
        let directory: PresenceDirectory
        let index: Int
        let worker: Worker

        init(_ directory: PresenceDirectory, _ index: Int, _ worker: Worker) {
            self.directory = directory
            self.index = index
            self.worker = worker
        }
    }

    private func tell(_ index: Int, _ worker: Worker) {
        let differences = shards[index].contents.withLock { contents in
            var list: [(TopicName, [UInt8])] = []
            for name in contents.changed {
                if let difference = contents.topics[name]?.takeDifference() { list.append((name, difference)) }
                if contents.topics[name]?.isEmpty == true { contents.topics[name] = nil }
            }
            contents.changed = []
            return list
        }
        for (name, difference) in differences { worker.hub.tell(name, difference) }
    }
}

extension SocketHub {
    /// A topic's difference, to its clients or, when the app wants it so, to the app.
    fileprivate func tell(_ name: TopicName, _ difference: [UInt8]) {
        let site = site(named: name.app)
        guard let site, let hook = site.presenceHooks.first(where: { $0.pattern.matches(name.topic) }) else {
            return difference.withUnsafeBytes { broadcast(name, "presence_diff", $0) }
        }
        soon { hub in
            var topic = name.topic
            topic.withUTF8 { topic in
                difference.withUnsafeBytes { difference in
                    let call = AppCall(request: 0, app: site.app.pointer, route: -1, debt: .nothing)
                    _ = hub.worker.callApp(call) {
                        hook.callback(hook.user, zzz_bytes(UnsafeRawBufferPointer(topic)), zzz_bytes(difference))
                    }
                }
            }
        }
    }

    func broadcast(_ name: TopicName, _ event: String, _ payload: UnsafeRawBufferPointer) {
        let message = Broadcast(name, event: event, payload: payload, isBinary: false, writer: &writer)
        // Refused only when the loops do not keep up: clients then see the next difference.
        try? pubSub?.sendHere(message, from: worker)
    }
}

/// The app's function for the differences of its topics.
public struct PresenceHook: @unchecked Sendable {
    // @unchecked: `user` is only handed back.
    public let pattern: TopicPattern
    public let callback: zzz_presence_callback
    public let user: UnsafeMutableRawPointer?

    public init(
        pattern: TopicPattern, callback: @escaping zzz_presence_callback, user: UnsafeMutableRawPointer?
    ) {
        self.pattern = pattern
        self.callback = callback
        self.user = user
    }
}

extension RequestCalls.Refusal {
    fileprivate init(_ refusal: Presence.Refusal) {
        let (status, text): (Int, String) =
            switch refusal {
            case .tooManyPresences(let limit): (Int(ZZZ_ERROR_LIMIT), "more than \(limit) presences in the topic")
            case .keyTooLong(let limit): (Int(ZZZ_ERROR_INVALID), "key: empty, or longer than \(limit) bytes")
            case .metaTooLong(let limit): (Int(ZZZ_ERROR_LIMIT), "meta: longer than \(limit) bytes")
            case .metaIsNoObject: (Int(ZZZ_ERROR_INVALID), "meta: no JSON object")
            case .reservedKey: (Int(ZZZ_ERROR_INVALID), "key: a name that JavaScript's objects have")
            case .alreadyTracked: (Int(ZZZ_ERROR_CONFLICT), "tracked under that key already")
            case .notTracked: (Int(ZZZ_ERROR_NOT_FOUND), "not tracked under that key")
            case .reservedMember: (Int(ZZZ_ERROR_INVALID), "meta: phx_ref and phx_ref_prev are the protocol's")
            }
        self.init(status: zzz_status(status), text: text)
    }
}
