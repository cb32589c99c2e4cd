import Testing
@testable import ZzzConfig

@Suite struct TimeSpanTests {
    @Test(arguments: [
        ("0s", 0), ("1ms", 1), ("500ms", 500), ("10s", 10_000), ("2m", 120_000), ("1h", 3_600_000), ("1d", 86_400_000),
        ("1h30m", 5_400_000), ("1d2h3m4s5ms", 93_784_005), ("90m", 5_400_000),
    ])
    func `reads times`(text: String, milliseconds: Int) {
        #expect(TimeSpan(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "10", "s", "ms", "10 s", " 10s", "10s ", "10S", "-1s", "+1s", "1.5s", "1m1m", "1s1m", "1sms", "1us", "1w",
        "9223372036854775808ms", "106751991168d", "9223372036854775807ms1ms", "١s",
    ])
    func `refuses everything else`(text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test(arguments: [
        (0, "0s"), (1, "1ms"), (999, "999ms"), (1000, "1s"), (75_000, "75s"), (120_000, "2m"), (3_600_000, "1h"),
        (86_400_000, "1d"), (86_401_000, "86401s"),
    ])
    func `writes what it reads`(milliseconds: Int, text: String) {
        #expect(TimeSpan(milliseconds: milliseconds).description == text)
        #expect(TimeSpan(text)?.milliseconds == milliseconds)
    }

    @Test func `is a duration`() {
        #expect(TimeSpan(milliseconds: 1500).duration == .milliseconds(1500))
    }
}
