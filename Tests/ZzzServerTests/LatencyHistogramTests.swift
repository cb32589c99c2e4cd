import CLinux
import Glibc
import Testing

@testable import ZzzServer

@Suite struct LatencyHistogramTests {
    @Test(arguments: [1.0, 0.385, 41.66])
    func aTimeFallsIntoTheBucketWhoseBoundItDoesNotExceed(_ nanosecondsPerTick: Double) {
        let bounds = LatencyBounds(nanosecondsPerTick: nanosecondsPerTick)
        #expect(bounds.bucket(0) == 0)
        for index in LatencyHistogram.boundsNanoseconds.indices {
            let bound = bounds.ticks[index]
            #expect(bounds.bucket(bound - 1) == index)
            #expect(bounds.bucket(bound) == index)
            #expect(bounds.bucket(bound + 1) == index + 1)
            let error = abs(Double(bound) * nanosecondsPerTick - Double(LatencyHistogram.boundsNanoseconds[index]))
            #expect(error <= nanosecondsPerTick)
        }
        #expect(bounds.bucket(.max) == LatencyHistogram.bucketCount - 1)
    }

    @Test func theBoundsRise() {
        let bounds = LatencyHistogram.boundsNanoseconds
        #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
        #expect(bounds.first == 500_000 && bounds.last == 10_000_000_000 && LatencyHistogram.bucketCount == 15)
    }

    @Test func histogramsAddUp() {
        var one = LatencyHistogram()
        one.counts[0] = 2
        one.sumNanoseconds = 5
        var other = one
        other.counts[14] = 1
        one += other
        #expect(one.counts[0] == 4 && one.counts[14] == 1 && one.count == 5 && one.sumNanoseconds == 10)
    }

    @Test func ticksKeepPaceWithTheMonotonicClock() {
        let nanoseconds = zzz_linux_ticks_calibrate()
        let (began, start) = (zzz_linux_monotonic_ns(), zzz_linux_ticks())
        while zzz_linux_monotonic_ns() < began + 20_000_000 {}
        let (ended, end) = (zzz_linux_monotonic_ns(), zzz_linux_ticks())
        let measured = Double(end - start) * nanoseconds
        let real = Double(ended - began)
        // The thread may be descheduled between two readings; both of them on one side is unlikely.
        #expect(abs(measured - real) < real * 0.2, "\(measured) ns by ticks, \(real) ns by the clock")
    }
}
