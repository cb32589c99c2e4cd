import Testing
@testable import ZzzConfig

@Suite struct ByteCountTests {
    @Test(arguments: [
        ("0", 0), ("1", 1), ("4096", 4096), ("1 B", 1), ("1B", 1), ("8 KiB", 8192), ("8MiB", 8 << 20),
        ("1 GiB", 1 << 30), ("3 TiB", 3 << 40), ("007 B", 7),
    ])
    func `reads sizes`(text: String, bytes: Int) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", " ", "KiB", "1 kb", "1 MB", "1 mib", "1.5 MiB", "-1 B", "+1 B", "1  MiB", " 1 MiB", "1 MiB ", "1 MiB 2",
        "0x10", "1e3", "١ MiB", "9223372036854775808", "8388608 TiB", "1 M\u{0}B",
    ])
    func `refuses everything else`(text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test func `reads the largest integer, and no larger one`() {
        #expect(ByteCount("9223372036854775807")?.bytes == .max)
        #expect(ByteCount("8388607 TiB")?.bytes == 8388607 << 40)
        #expect(ByteCount("9223372036854775808") == nil)
        #expect(ByteCount("8388608 TiB") == nil)
    }

    @Test(arguments: [
        (0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1 KiB"), (1025, "1025 B"), (8 << 20, "8 MiB"),
        (1536 << 10, "1536 KiB"), (1 << 40, "1 TiB"),
    ])
    func `writes what it reads`(bytes: Int, text: String) {
        #expect(ByteCount(bytes: bytes).description == text)
        #expect(ByteCount(text)?.bytes == bytes)
    }
}

