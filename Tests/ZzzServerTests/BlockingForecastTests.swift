import Testing

@testable import ZzzServer

@Suite("A route's handler is expected to block")
struct BlockingForecastTests {
    private static let quick: UInt64 = 1_000
    private static let slow = BlockingForecast.blockingNanoseconds

    @Test("not before it has held a loop")
    func begin() {
        let forecast = BlockingForecast()
        let isBlocking = forecast.isBlocking
        #expect(!isBlocking)
    }

    @Test("until so many calls in a row were quick")
    func patience() {
        let forecast = BlockingForecast()
        forecast.hasStalled()
        for _ in 1..<BlockingForecast.patience { forecast.hasReturned(afterNanoseconds: Self.quick) }
        let before = forecast.isBlocking
        #expect(before)
        forecast.hasReturned(afterNanoseconds: Self.quick)
        let after = forecast.isBlocking
        #expect(!after)
        // And it does not wrap around.
        forecast.hasReturned(afterNanoseconds: Self.quick)
        let later = forecast.isBlocking
        #expect(!later)
    }

    @Test("again after one that blocked", arguments: [(slow - 1, false), (slow, true), (slow + 1, true)])
    func boundary(time: UInt64, blocks: Bool) {
        let forecast = BlockingForecast()
        forecast.hasStalled()
        for _ in 1..<BlockingForecast.patience { forecast.hasReturned(afterNanoseconds: Self.quick) }
        forecast.hasReturned(afterNanoseconds: time)
        let isBlocking = forecast.isBlocking
        #expect(isBlocking == blocks)
    }
}
