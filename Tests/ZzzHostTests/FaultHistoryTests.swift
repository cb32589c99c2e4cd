import Testing

@testable import ZzzHost

@Suite("When an app goes into quarantine")
struct FaultHistoryTests {
    private static let second = 1_000_000_000

    private func history(_ times: [Int], generation: UInt64 = 1) -> FaultHistory {
        var history = FaultHistory()
        for time in times { history.add(now: time * Self.second, generation: generation) }
        return history
    }

    @Test("after so many faults, and not one before", arguments: [(1, false), (2, false), (3, true), (4, true)])
    func count(faults: Int, isReached: Bool) {
        let history = history(Array(0..<faults))
        #expect(history.reaches(3, within: 60 * Self.second) == isReached)
    }

    @Test("when they fall into the window, its end included", arguments: [(59, true), (60, true), (61, false)])
    func window(last: Int, isReached: Bool) {
        #expect(history([0, 30, last]).reaches(3, within: 60 * Self.second) == isReached)
    }

    @Test("never, when the number is 0")
    func never() {
        #expect(!history(Array(0..<100)).reaches(0, within: 60 * Self.second))
    }

    @Test("not for what earlier generations did before somebody looked after it")
    func forgiven() {
        var history = history([0, 1, 2], generation: 4)
        history.forgive(before: 5)
        #expect(!history.reaches(3, within: 60 * Self.second))
        // A thread of the old copy that faults late.
        history.add(now: 3 * Self.second, generation: 4)
        #expect(!history.reaches(1, within: 60 * Self.second))
        history.add(now: 4 * Self.second, generation: 5)
        #expect(history.reaches(1, within: 60 * Self.second))
        #expect(history.total == 5)
    }

    @Test("the memory of it is bounded")
    func bounded() {
        let history = history(Array(0..<FaultHistory.capacity + 10))
        #expect(history.total == FaultHistory.capacity + 10)
        #expect(history.reaches(FaultHistory.capacity, within: .max))
        #expect(!history.reaches(FaultHistory.capacity + 1, within: .max))
    }
}
