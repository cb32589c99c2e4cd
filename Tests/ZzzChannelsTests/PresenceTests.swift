import Synchronization
import Testing
import ZzzChannels

@Suite struct PresenceTests {
    private static func make(_ limits: Presence.Limits = Presence.Limits()) -> Presence {
        let last = Mutex(0)
        return Presence(limits: limits) {
            last.withLock {
                $0 += 1
                return "r\($0)"
            }
        }
    }

    private func meta(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test func theStateIsWhatClientsExpect() throws {
        var presence = Self.make()
        #expect(text(presence.state()) == "{}")
        try presence.track("bob", owner: 1, meta: meta(#"{"device":"phone"}"#))
        try presence.track("ann", owner: 2, meta: meta("{}"))
        try presence.track("bob", owner: 3, meta: meta(#" {"device":"desk"} "#))
        #expect(
            text(presence.state())
                == #"{"bob":{"metas":[{"phx_ref":"r1","device":"phone"},{"phx_ref":"r3","device":"desk"}]},"#
                + #""ann":{"metas":[{"phx_ref":"r2"}]}}"#)
    }

    @Test func aDifferenceIsTakenOnce() throws {
        var presence = Self.make()
        #expect(presence.takeDifference() == nil)
        try presence.track("bob", owner: 1, meta: meta("{}"))
        #expect(text(presence.takeDifference()) == #"{"joins":{"bob":{"metas":[{"phx_ref":"r1"}]}},"leaves":{}}"#)
        #expect(presence.takeDifference() == nil)
        presence.untrack(owner: 1)
        #expect(text(presence.takeDifference()) == #"{"joins":{},"leaves":{"bob":{"metas":[{"phx_ref":"r1"}]}}}"#)
        #expect(presence.isEmpty)
    }

    /// Phoenix tells an update as the old one leaving and a new one joining that names the old.
    @Test func anUpdateNamesWhatItReplaces() throws {
        var presence = Self.make()
        try presence.track("bob", owner: 1, meta: meta(#"{"n":1}"#))
        _ = presence.takeDifference()
        try presence.update("bob", owner: 1, meta: meta(#"{"n":2}"#))
        let update = #"{"joins":{"bob":{"metas":[{"phx_ref":"r2","phx_ref_prev":"r1","n":2}]}},"#
            + #""leaves":{"bob":{"metas":[{"phx_ref":"r1","n":1}]}}}"#
        #expect(text(presence.takeDifference()) == update)
    }

    @Test func changesOfOneTickAreMerged() throws {
        var presence = Self.make()
        // Came and went.
        try presence.track("ann", owner: 1, meta: meta("{}"))
        presence.untrack("ann", owner: 1)
        #expect(presence.takeDifference() == nil)
        // Came and changed: it only came.
        try presence.track("bob", owner: 1, meta: meta(#"{"n":1}"#))
        try presence.update("bob", owner: 1, meta: meta(#"{"n":2}"#))
        #expect(text(presence.takeDifference()) == #"{"joins":{"bob":{"metas":[{"phx_ref":"r3","n":2}]}},"leaves":{}}"#)
        // Changed twice: clients know only the first.
        try presence.update("bob", owner: 1, meta: meta(#"{"n":3}"#))
        try presence.update("bob", owner: 1, meta: meta(#"{"n":4}"#))
        let update = #"{"joins":{"bob":{"metas":[{"phx_ref":"r5","phx_ref_prev":"r3","n":4}]}},"#
            + #""leaves":{"bob":{"metas":[{"phx_ref":"r3","n":2}]}}}"#
        #expect(text(presence.takeDifference()) == update)
        // Changed and went: it only went, as clients knew it.
        try presence.update("bob", owner: 1, meta: meta(#"{"n":5}"#))
        presence.untrack(owner: 1)
        let left = #"{"joins":{},"leaves":{"bob":{"metas":[{"phx_ref":"r5","phx_ref_prev":"r3","n":4}]}}}"#
        #expect(text(presence.takeDifference()) == left)
    }

    @Test func updatesOfWhatIsExpected() throws {
        var presence = Self.make()
        try presence.track("bob", owner: 1, meta: meta(#" {"n":1, "m":2} "#))
        try presence.track("bob", owner: 2, meta: meta("{}"))
        #expect(text(try presence.meta("bob", owner: 1)) == #"{"n":1, "m":2}"#)
        #expect(text(try presence.meta("bob", owner: 2)) == "{}")
        #expect(throws: Presence.Refusal.notTracked) { try presence.meta("bob", owner: 3) }
        #expect(throws: Presence.Refusal.notTracked) { try presence.meta("ann", owner: 1) }
        let old = try presence.meta("bob", owner: 1)
        try presence.update("bob", owner: 1, expected: old, meta: meta(#"{"n":3}"#))
        #expect(throws: Presence.Refusal.changed) {
            try presence.update("bob", owner: 1, expected: old, meta: meta(#"{"n":4}"#))
        }
        #expect(throws: Presence.Refusal.notTracked) {
            try presence.update("bob", owner: 3, expected: old, meta: meta("{}"))
        }
        #expect(text(try presence.meta("bob", owner: 1)) == #"{"n":3}"#)
        #expect(presence.count == 2)
    }

    @Test func whatAStateHasShownLeavesOpenly() throws {
        var presence = Self.make()
        // Somebody joins and gets the state, before the others are told of ann and bob.
        try presence.track("ann", owner: 1, meta: meta("{}"))
        try presence.track("bob", owner: 2, meta: meta(#"{"n":1}"#))
        _ = presence.state()
        try presence.track("eve", owner: 3, meta: meta("{}"))
        presence.untrack(owner: 1)
        try presence.update("bob", owner: 2, meta: meta(#"{"n":2}"#))
        presence.untrack(owner: 3)
        #expect(
            text(presence.takeDifference())
                == #"{"joins":{"bob":{"metas":[{"phx_ref":"r4","phx_ref_prev":"r2","n":2}]}},"#
                + #""leaves":{"ann":{"metas":[{"phx_ref":"r1"}]},"bob":{"metas":[{"phx_ref":"r2","n":1}]}}}"#)
    }

    @Test func anOwnerTracksAKeyOnce() throws {
        var presence = Self.make()
        try presence.track("bob", owner: 1, meta: meta("{}"))
        #expect(throws: Presence.Refusal.alreadyTracked) { try presence.track("bob", owner: 1, meta: meta("{}")) }
        #expect(throws: Presence.Refusal.notTracked) { try presence.update("bob", owner: 2, meta: meta("{}")) }
        presence.untrack("bob", owner: 2)
        #expect(presence.count == 1)
        try presence.track("ann", owner: 1, meta: meta("{}"))
        presence.untrack(owner: 1)
        #expect(presence.count == 0)
    }

    @Test(arguments: [
        ("__proto__", "{}", .reservedKey), ("constructor", "{}", .reservedKey), ("", "{}", .keyTooLong(limit: 11)),
        ("a23456789012", "{}", .keyTooLong(limit: 11)), ("a", "[]", .metaIsNoObject), ("a", "1", .metaIsNoObject),
        ("a", "{", .metaIsNoObject), ("a", "", .metaIsNoObject), ("a", #"{"phx_ref":"x"}"#, .reservedMember),
        ("a", #"{"a":"12345678901234"}"#, .metaTooLong(limit: 20)),
    ] as [(String, String, Presence.Refusal)])
    func refusals(_ key: String, _ text: String, _ refusal: Presence.Refusal) {
        var presence = Self.make(Presence.Limits(keyBytes: 11, metaBytes: 20))
        #expect(throws: refusal) { try presence.track(key, owner: 1, meta: meta(text)) }
        #expect(presence.isEmpty)
    }

    @Test func theLimitIsExact() throws {
        var presence = Self.make(Presence.Limits(presences: 2))
        try presence.track("a", owner: 1, meta: meta("{}"))
        try presence.track("b", owner: 1, meta: meta("{}"))
        #expect(throws: Presence.Refusal.tooManyPresences(limit: 2)) {
            try presence.track("c", owner: 1, meta: meta("{}"))
        }
        try presence.update("b", owner: 1, meta: meta(#"{"x":1}"#))
        presence.untrack("a", owner: 1)
        try presence.track("c", owner: 1, meta: meta("{}"))
    }

    /// What the clients' syncDiff makes of the differences is the state, whatever happens: for who has been there from
    /// the beginning, and for who has got a state at any time.
    @Test func theDifferencesAddUpToTheState() throws {
        var presence = Self.make()
        var known: [String: Set<String>] = [:]
        var latecomer: [String: Set<String>] = [:]
        var state: UInt64 = 7
        func random(_ count: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % count
        }
        for step in 0..<2_000 {
            let (key, owner) = ("k\(random(5))", random(4))
            switch random(3) {
            case 0: _ = try? presence.track(key, owner: owner, meta: meta(#"{"s":\#(step)}"#))  // may be there already
            case 1: _ = try? presence.update(key, owner: owner, meta: meta(#"{"s":\#(step)}"#))  // may not be there
            default: presence.untrack(key, owner: owner)
            }
            if random(10) == 0 { latecomer = try #require(text(presence.state())).refsByKey }
            guard random(4) == 0 else { continue }
            if let difference = presence.takeDifference() {
                let (joins, leaves) = try #require(text(difference)).partsOfDifference
                Self.apply(joins, leaves, to: &known)
                Self.apply(joins, leaves, to: &latecomer)
            }
            let all = try #require(text(presence.state())).refsByKey
            #expect(known == all)
            if step > 100 { #expect(latecomer == all) }
        }
    }
}

extension PresenceTests {
    private static func apply(
        _ joins: [String: Set<String>], _ leaves: [String: Set<String>], to known: inout [String: Set<String>]
    ) {
        for (key, refs) in joins { known[key, default: []].formUnion(refs) }
        for (key, refs) in leaves {
            known[key]?.subtract(refs)
            if known[key]?.isEmpty == true { known[key] = nil }
        }
    }
}

extension String {
    /// Of `{"k":{"metas":[{"phx_ref":"r",...}]},...}` the refs of each key.
    fileprivate var refsByKey: [String: Set<String>] {
        var result: [String: Set<String>] = [:]
        for match in matches(of: /"(k\d)":\{"metas":\[(.*?)\]\}/) {
            result[String(match.1)] = Set(match.2.matches(of: /"phx_ref":"(r\d+)"/).map { String($0.1) })
        }
        return result
    }

    fileprivate var partsOfDifference: (joins: [String: Set<String>], leaves: [String: Set<String>]) {
        let parts = split(separator: #","leaves":"#, maxSplits: 1)
        return (String(parts[0]).refsByKey, String(parts[1]).refsByKey)
    }
}
