import Testing

@testable import ZzzHost

/// What a shared library must have to be an app. Images stay in this process for good, so each test has its own file.
@Suite struct AppImageTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func refusal(
        flags: String = "-shared -fPIC", _ change: (inout FixtureApp.Code) -> Void
    ) throws -> AppError {
        // The dynamic linker loads no path twice.
        let path = directory.file("app-\(UInt64.random(in: 0...UInt64.max)).so")
        try FixtureApp.build(at: path, flags: flags, change)
        return try #require(failure { () throws(AppError) in try AppImage(path: path) })
    }

    @Test func aGoodImageIsDescribed() throws {
        let path = directory.file("app.so")
        try FixtureApp.build(at: path) { $0.version = #""2.3.1""# }
        var steps: [LoadStep] = []
        let image = try AppImage(path: path) { steps.append($0) }
        #expect(image.descriptor.name == "fixture")
        #expect(image.descriptor.version == "2.3.1")
        #expect(image.descriptor.runtime == "C")
        #expect(image.descriptor.abi == "1.0")
        #expect(steps == [.open, .entry])
    }

    @Test func noEntry() throws {
        let error = try refusal { $0.entryName = "another_entry" }
        #expect(error.reason == "exports no zzz_app_entry")
    }

    @Test func nullEntry() throws {
        #expect(try refusal { $0.entry = "return NULL;" }.reason == "zzz_app_entry returned NULL")
    }

    @Test func unalignedEntry() throws {
        let error = try refusal { $0.entry = "return (const void *)((const char *)&descriptor + 1);" }
        #expect(error.reason.contains("not aligned"))
    }

    @Test func otherMagic() throws {
        #expect(try refusal { $0.magic = "0x1234" }.reason.contains("magic is 0x1234, not 0x215a5a5a"))
    }

    @Test func otherMajor() throws {
        let error = try refusal { $0.major = "ZZZ_ABI_MAJOR + 1" }
        #expect(error.reason == "built for ABI 2.0, this daemon has 1.0")
        #expect(error.remedy == "build the app with the SDK of this daemon")
        #expect(try refusal { $0.major = "0" }.reason == "built for ABI 0.0, this daemon has 1.0")
    }

    @Test func newerMinor() throws {
        let error = try refusal { $0.minor = "ZZZ_ABI_MINOR + 1" }
        #expect(error.reason == "built for ABI 1.1, which is newer than this daemon's 1.0")
        #expect(error.remedy.hasPrefix("upgrade the daemon"))
    }

    @Test func missingFunctions() throws {
        #expect(try refusal { $0.fields = ".enroll = enroll" }.reason == "its descriptor has no create")
        #expect(try refusal { $0.fields = ".create = create" }.reason == "its descriptor has no enroll")
    }

    @Test func badNames() throws {
        #expect(try refusal { $0.name = "NULL" }.reason == "its descriptor's name is NULL")
        #expect(try refusal { $0.name = #""""# }.reason == "its descriptor has an empty name")
        #expect(try refusal { $0.version = #""a\nb""# }.reason == "its descriptor's version is not plain UTF-8 text")
        #expect(try refusal { $0.version = #""\xff""# }.reason == "its descriptor's version is not plain UTF-8 text")
    }

    @Test func nameLengthLimit() throws {
        for (length, isRefused) in [(127, false), (128, false), (129, true)] {
            let path = directory.file("name-\(length).so")
            try FixtureApp.build(at: path) { $0.name = "\"" + String(repeating: "n", count: length) + "\"" }
            let error = failure { () throws(AppError) in try AppImage(path: path) }
            #expect((error != nil) == isRefused, "\(length): \(String(describing: error))")
        }
    }

    /// The ZZZ_HAS rule: what lies beyond `size` is not there, whatever the memory holds.
    @Test func shortDescriptor() throws {
        #expect(try refusal { $0.size = "10" }.reason.contains("10 bytes, too few to reach abi_minor"))
        let error = try refusal { $0.size = "offsetof(zzz_app_descriptor, enroll)" }
        #expect(error.reason.contains("too few to reach enroll"))

        let path = directory.file("short.so")
        try FixtureApp.build(at: path) { $0.size = "offsetof(zzz_app_descriptor, start)" }
        let image = try AppImage(path: path)
        #expect(image.descriptor.start == nil)
        #expect(image.descriptor.stop == nil)
    }

    @Test func missingSymbol() throws {
        let error = try refusal {
            $0.global = "extern int something_that_nobody_has(void);"
            $0.create = "return something_that_nobody_has();"
        }
        #expect(error.reason == "needs the symbol something_that_nobody_has, which nothing provides")
    }

    @Test func missingLibrary() throws {
        try FixtureApp.compile("int f(void) { return 1; }", to: directory.file("libabsent.so"), flags: "-shared -fPIC")
        let error = try refusal(flags: "-shared -fPIC -Wl,--no-as-needed -L\(directory.path) -labsent") { _ in }
        #expect(error.reason == "needs the library libabsent.so, which is not found")
    }

    /// A position-independent program is of type ET_DYN as well.
    @Test func aProgram() throws {
        let error = try refusal(flags: "-fPIE -pie") { $0.global = "int main(void) { return 0; }" }
        #expect(error.reason == "a program, not a shared library")
    }
}
