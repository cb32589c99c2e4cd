import Glibc
import Testing

@testable import ZzzHost

/// Giving back what an image does not need, and its code still running afterwards.
@Suite struct ImagePagesTests {
    /// Resident bytes of everything that is mapped from a file, from /proc/self/smaps.
    private func resident(_ path: String) -> Int {
        var total = 0
        var isInside = false
        for line in TemporaryDirectory.lines("/proc/self/smaps") {
            let words = line.split(separator: " ")
            if words.count >= 2, words[0].contains("-"), !words[0].hasSuffix(":") {
                isInside = words.contains { $0 == path }
            } else if isInside, words.first == "Rss:" {
                total += Int(words[1]) ?? 0
            }
        }
        return total << 10
    }

    @Test(arguments: [false, true])
    func codeThatWasGivenBackStillRuns(isUnlinked: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("app.so")
        // Some hundred kilobytes of read-only data, and a pointer table that the dynamic linker writes to.
        try FixtureApp.build(at: path) {
            $0.global = """
                static const char data[400000] = {1, [4096] = 2, [8192] = 3, [399999] = 4};
                static const char *const table[] = {data, data + 4096, data + 399999};
                int sum(void) {
                    int sum = 0;
                    for (int i = 0; i < 400000; i += 4096) sum += ((volatile const char *)data)[i];
                    for (int i = 0; i < 3; i++) sum += *(volatile const char *)((const char *volatile const *)table)[i];
                    return sum;
                }
                """
        }
        let image = try AppImage(path: path)
        let handle = try #require(dlopen(path, RTLD_NOW | RTLD_LOCAL))
        let symbol = try #require(dlsym(handle, "sum"))
        let sum = unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)
        let expected = sum()
        let before = resident(path)
        #expect(before > 300_000)
        if isUnlinked { unlink(path) }

        ImagePages.release(path: path)

        if !isUnlinked { #expect(resident(path) < before - 300_000, "\(before) to \(resident(path))") }
        #expect(sum() == expected)
        #expect(image.descriptor.name == "fixture")
        let entry = unsafeBitCast(
            try #require(dlsym(handle, "zzz_app_entry")), to: (@convention(c) () -> UnsafeRawPointer?).self)
        #expect(entry() != nil)
    }

    @Test func whatIsNotMappedIsLeftAlone() {
        ImagePages.release(path: "/nowhere/app.so")
        ImagePages.release(path: "")
    }
}
