import ZzzJSON

/// Who is in a topic, with what they say of themselves; and the differences that clients are told of, collected until
/// they are taken (Phoenix.Presence).
///
/// A presence is tracked by an owner, a channel for example, under a key, a user's id for example; a key may have
/// several, one for each of a user's windows.
public struct Presence: Sendable {
    /// What of a topic may be tracked.
    public struct Limits: Sendable, Equatable {
        public var presences: Int
        public var keyBytes: Int
        public var metaBytes: Int

        public init(presences: Int = 10_000, keyBytes: Int = 255, metaBytes: Int = 4096) {
            self.presences = presences
            self.keyBytes = keyBytes
            self.metaBytes = metaBytes
        }
    }

    public enum Refusal: Error, Sendable, Equatable {
        case tooManyPresences(limit: Int), keyTooLong(limit: Int), metaTooLong(limit: Int)
        case metaIsNoObject
        /// A name that means something else to JavaScript's objects (CVE-2026-56812).
        case reservedKey
        /// The owner tracks that key already, or does not.
        case alreadyTracked, notTracked
        /// The meta is not what was expected.
        case changed
        /// `phx_ref` and `phx_ref_prev` are the protocol's own.
        case reservedMember
    }

    fileprivate struct Meta: Sendable {
        let owner: UInt64
        let ref: String
        /// Later ones have higher numbers.
        let number: UInt64
        var previousRef: String?
        /// The members of the JSON object, without its braces.
        let members: [UInt8]
    }

    private let limits: Limits
    private let makeRef: @Sendable () -> String
    private var metas: [String: [Meta]] = [:]
    /// When a key came, so that clients see the same list every time.
    private var arrivals: [String: UInt64] = [:]
    private var lastArrival: UInt64 = 0
    private var lastNumber: UInt64 = 0
    /// The number of the last one that a state has shown.
    private var lastShown: UInt64 = 0
    private var keysOfOwner: [UInt64: Set<String>] = [:]
    public private(set) var count = 0
    private var joins: [String: [Meta]] = [:]
    private var leaves: [String: [Meta]] = [:]

    /// - Parameter makeRef: makes a text that is never made twice.
    public init(limits: Limits = Limits(), makeRef: @escaping @Sendable () -> String) {
        self.limits = limits
        self.makeRef = makeRef
    }

    public var isEmpty: Bool { count == 0 && joins.isEmpty && leaves.isEmpty }

    // MARK: Changes

    /// - Parameter meta: a JSON object.
    /// - Returns: its `phx_ref`.
    @discardableResult
    public mutating func track(_ key: String, owner: UInt64, meta: [UInt8]) throws(Refusal) -> String {
        let members = try check(key, meta)
        guard keysOfOwner[owner]?.contains(key) != true else { throw .alreadyTracked }
        guard count < limits.presences else { throw .tooManyPresences(limit: limits.presences) }
        return insert(key, owner, members)
    }

    /// What the owner says of itself under that key.
    public func meta(_ key: String, owner: UInt64) throws(Refusal) -> [UInt8] {
        guard let meta = metas[key]?.first(where: { $0.owner == owner }) else { throw .notTracked }
        return Array("{".utf8) + meta.members + Array("}".utf8)
    }

    /// Replaces it.
    /// - Parameter expected: what it must be still, as `meta` tells it; nil: whatever it is.
    @discardableResult
    public mutating func update(
        _ key: String, owner: UInt64, expected: [UInt8]? = nil, meta: [UInt8]
    ) throws(Refusal) -> String {
        let members = try check(key, meta)
        if let expected, try self.meta(key, owner: owner) != expected { throw .changed }
        guard keysOfOwner[owner]?.contains(key) == true, let old = remove(key, owner) else { throw .notTracked }
        let isKnown = forgetOrLeave(old, key)
        return insert(key, owner, members, previousRef: isKnown ? old.ref : old.previousRef)
    }

    public mutating func untrack(_ key: String, owner: UInt64) {
        guard let old = remove(key, owner) else { return }
        forgetOrLeave(old, key)
    }

    /// The owner has gone.
    public mutating func untrack(owner: UInt64) {
        for key in keysOfOwner[owner] ?? [] { untrack(key, owner: owner) }
    }

    private func check(_ key: String, _ meta: [UInt8]) throws(Refusal) -> [UInt8] {
        guard !key.isEmpty, key.utf8.count <= limits.keyBytes else { throw .keyTooLong(limit: limits.keyBytes) }
        guard !["__proto__", "constructor", "prototype"].contains(key) else { throw .reservedKey }
        guard meta.count <= limits.metaBytes else { throw .metaTooLong(limit: limits.metaBytes) }
        let parts = meta.withUnsafeBytes { bytes in (try? JSONParts(bytes)) ?? nil }  // nil is refused below
        guard let parts, let names = parts.names else { throw .metaIsNoObject }
        guard !names.contains("phx_ref"), !names.contains("phx_ref_prev") else { throw .reservedMember }
        guard let open = meta.firstIndex(of: UInt8(ascii: "{")), let close = meta.lastIndex(of: UInt8(ascii: "}"))
        else { throw .metaIsNoObject }
        return names.isEmpty ? [] : Array(meta[(open + 1)..<close])
    }

    private mutating func insert(
        _ key: String, _ owner: UInt64, _ members: [UInt8], previousRef: String? = nil
    ) -> String {
        lastNumber += 1
        let meta = Meta(
            owner: owner, ref: makeRef(), number: lastNumber, previousRef: previousRef, members: members)
        if metas[key] == nil {
            lastArrival += 1
            arrivals[key] = lastArrival
        }
        metas[key, default: []].append(meta)
        keysOfOwner[meta.owner, default: []].insert(key)
        count += 1
        joins[key, default: []].append(meta)
        return meta.ref
    }

    private mutating func remove(_ key: String, _ owner: UInt64) -> Meta? {
        guard let place = metas[key]?.firstIndex(where: { $0.owner == owner }) else { return nil }
        let old = metas[key]?.remove(at: place)
        if metas[key]?.isEmpty == true {
            metas[key] = nil
            arrivals[key] = nil
        }
        keysOfOwner[owner]?.remove(key)
        if keysOfOwner[owner]?.isEmpty == true { keysOfOwner[owner] = nil }
        count -= 1
        return old
    }

    /// Nobody is told of what came and went between two differences, unless a state has shown it to somebody.
    /// - Returns: whether a client may know of it.
    @discardableResult
    private mutating func forgetOrLeave(_ meta: Meta, _ key: String) -> Bool {
        let place = joins[key]?.firstIndex { $0.ref == meta.ref }
        if let place {
            joins[key]?.remove(at: place)
            if joins[key]?.isEmpty == true { joins[key] = nil }
        }
        let isKnown = place == nil || meta.number <= lastShown
        if isKnown { leaves[key, default: []].append(meta) }
        return isKnown
    }

    // MARK: What clients see

    /// The payload of `presence_state`: `{key: {"metas": [...]}, ...}`
    public mutating func state() -> [UInt8] {
        lastShown = lastNumber
        var writer = MessageWriter()
        Self.append(metas.sorted { arrivals[$0.key, default: 0] < arrivals[$1.key, default: 0] }, to: &writer)
        return Array(writer.bytes)
    }

    /// The payload of `presence_diff`, of what has changed since the last; nil when nothing has.
    public mutating func takeDifference() -> [UInt8]? {
        guard !joins.isEmpty || !leaves.isEmpty else { return nil }
        var writer = MessageWriter()
        writer.append(#"{"joins":"#)
        Self.append(joins.sorted { $0.key < $1.key }, to: &writer)
        writer.append(#","leaves":"#)
        Self.append(leaves.sorted { $0.key < $1.key }, to: &writer)
        writer.append("}")
        joins = [:]
        leaves = [:]
        return Array(writer.bytes)
    }

    fileprivate static func append(
        _ list: some Sequence<(key: String, value: [Meta])>, to writer: inout MessageWriter
    ) {
        writer.append("{")
        var isFirst = true
        for (key, metas) in list {
            if !isFirst { writer.append(",") }
            isFirst = false
            writer.append(json: key)
            writer.append(#":{"metas":["#)
            for (index, meta) in metas.enumerated() {
                if index > 0 { writer.append(",") }
                meta.append(to: &writer)
            }
            writer.append("]}")
        }
        writer.append("}")
    }
}

extension Presence.Meta {
    fileprivate func append(to writer: inout MessageWriter) {
        writer.append(#"{"phx_ref":"#)
        writer.append(json: ref)
        if let previousRef {
            writer.append(#","phx_ref_prev":"#)
            writer.append(json: previousRef)
        }
        if !members.isEmpty { writer.append(",") }
        members.withUnsafeBytes { writer.append($0) }
        writer.append("}")
    }
}
