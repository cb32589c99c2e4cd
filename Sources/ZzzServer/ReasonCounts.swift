/// A counter for each reason.
struct ReasonCounts<Reason: CaseIterable & Equatable & Sendable>: Sendable, Equatable {
    private var counts = [UInt64](repeating: 0, count: Reason.allCases.count)

    subscript(_ reason: Reason) -> UInt64 {
        get { counts[Self.index(reason)] }
        set { counts[Self.index(reason)] = newValue }
    }

    private static func index(_ reason: Reason) -> Int {
        Reason.allCases.enumerated().first { $0.element == reason }?.offset ?? 0
    }
}
